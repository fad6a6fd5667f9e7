"""Which numbers and addresses does a record have? A line for each, and an empty one; an emptied line goes away."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory

from crm import phones
from crm.forms.checked import PlainForm
from crm.forms.custom import has_digits
from crm.models import ERASED, Owned, PhoneNumber, Suppression
from crm.models.ownership import EMAIL, PHONE

MANY = 20  # lines


class NumberLine(PlainForm, forms.Form):
    value = forms.CharField(
        label="Number",
        max_length=64,
        validators=[has_digits],
        widget=forms.TextInput(attrs={"type": "tel", "class": "input", "autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label="Kind", choices=PhoneNumber.Kind.choices, widget=forms.Select(attrs={"class": "input"})
    )


class EmailLine(PlainForm, forms.Form):
    value = forms.EmailField(
        label="E-mail", max_length=254, widget=forms.EmailInput(attrs={"class": "input", "autocomplete": "off"})
    )


def mark_erased(kind: str, values: dict[forms.Form, str]) -> None:
    """An error on each line whose value must not be kept again."""
    erased = Suppression.objects.among(kind, values.values())
    for form, value in values.items():
        if value in erased:
            form.add_error("value", ERASED[kind])


class Rows(BaseFormSet):
    """Lines in any number; what stands in them afterwards is what the record has, so a line needs no id.

    What the record's master says stands in no line (`of_master`, pairs of a value and the system it comes from).
    """

    title: str
    of_master: list[tuple[str, str]]
    is_closed = False  # nobody may add a line either

    def initial_form_count(self) -> int:
        return 0

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.empty_permitted = True
        form.has_changed = lambda: bool((form["value"].data or "").strip())  # type: ignore[method-assign]

    def differences(self) -> list[tuple[str, str, str]]:
        """As CheckedForm's: what it is, what is saved now, what stands in the lines."""
        saved = ", ".join(line["value"] for line in self.initial or ())
        mine = ", ".join(filter(None, (form["value"].value() for form in self.forms)))
        return [(self.title, saved or "–", mine or "–")] if saved != mine else []

    @property
    def filled(self) -> list[dict[str, Any]]:
        """The cleaned lines, without the empty ones."""
        return [form.cleaned_data for form in self.forms if form.cleaned_data]


_Numbers = formset_factory(NumberLine, formset=Rows, max_num=MANY, absolute_max=MANY * 2, validate_max=True)
_Emails = formset_factory(EmailLine, formset=Rows, max_num=MANY, absolute_max=MANY * 2, validate_max=True)


class NumberRows(_Numbers):  # type: ignore[misc, valid-type]
    """The numbers of one contact or account; `country` is where those without a code are read."""

    title = "Numbers"

    def __init__(self, *args: Any, record: Any, country: str, caller: str = "", **kwargs: Any) -> None:
        """`caller` is a number that a new record starts with."""
        self.record, self.country = record, country
        rows = list(record.phone_numbers.filter(custom_field=None)) if record.pk else []
        owned = {row: record.owned[name] for row in rows if (name := f"{PHONE}{row.kind}") in record.owned}
        self.of_master = [(f"{row} ({row.get_kind_display()})", label) for row, label in owned.items()]
        self.known = {str(row): row for row in rows if row not in owned}
        lines = [{"value": value, "kind": row.kind} for value, row in self.known.items()]
        lines += [{"value": phones.spell(caller), "kind": PhoneNumber.Kind.OTHER}] if caller else []
        self.extra = len(lines) + 1
        super().__init__(*args, initial=lines, prefix="numbers", **kwargs)

    def identity(self, value: str) -> tuple[str, str]:
        """Number and extension of a line. One that nobody touched is not read anew: it may be of another country."""
        if row := self.known.get(value):
            return row.number, row.extension
        number = phones.parse(value, self.country)
        return number.key, number.extension

    def clean(self) -> None:
        self._refuse_twins()
        self._refuse_owned()
        self._refuse_erased()

    def _refuse_twins(self) -> None:
        seen = set()
        for form in self.forms:
            if value := getattr(form, "cleaned_data", {}).get("value"):
                if (identity := self.identity(value)) in seen:
                    form.add_error("value", "This number stands in another line already. Remove one of them.")
                seen.add(identity)

    def _refuse_owned(self) -> None:
        for form in self.forms:
            if label := self.record.owned.get(f"{PHONE}{getattr(form, 'cleaned_data', {}).get('kind')}"):
                form.add_error("kind", f"Numbers of this kind come from {label}. Choose another kind.")

    def _refuse_erased(self) -> None:
        """A number the record has already stays; a new one may be an erased person's."""
        new = [
            form for form in self.forms if getattr(form, "cleaned_data", {}).get("value", "") not in ("", *self.known)
        ]
        keys = {form: self.identity(form.cleaned_data["value"])[0] for form in new}
        mark_erased("number", keys)

    def save(self) -> None:
        """Numbers that are there already keep what agents confirmed about them."""
        lines = {self.identity(line["value"]): line for line in self.filled}
        for row in self.known.values():
            line = lines.pop((row.number, row.extension), None)
            if line is None:
                row.delete()
            elif line["kind"] != row.kind:
                row.kind = line["kind"]
                row.save(update_fields=["kind"])
        for line in lines.values():
            self.record.add_number(line["value"], self.country, kind=line["kind"])


class EmailRows(_Emails):  # type: ignore[misc, valid-type]
    """The e-mail addresses of one contact or account."""

    title = "E-mail addresses"

    def __init__(self, *args: Any, record: Any, **kwargs: Any) -> None:
        self.record = record
        lines = [{"value": row.address} for row in record.email_addresses.all()] if record.pk else []
        self.of_master = [(line["value"], record.owned[EMAIL]) for line in lines if EMAIL in record.owned]
        self.is_closed = EMAIL in record.owned
        lines = [] if self.is_closed else lines
        self.extra = 0 if self.is_closed else len(lines) + 1
        super().__init__(*args, initial=lines, prefix="emails", **kwargs)

    def clean(self) -> None:
        if self.is_closed and self.filled:
            raise forms.ValidationError(str(Owned("E-mail addresses", self.record.owned[EMAIL])))
        known = {row.address.lower() for row in self.record.email_addresses.all()} if self.record.pk else set()
        written = {form: getattr(form, "cleaned_data", {}).get("value", "").lower() for form in self.forms}
        mark_erased("email", {form: address for form, address in written.items() if address not in ("", *known)})

    def save(self) -> None:
        if not self.is_closed:
            self.record.set_emails(line["value"] for line in self.filled)
