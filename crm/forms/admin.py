"""What may an administrator write? Numbers in any spelling, and people with a name in small letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm

from crm import ids, phones
from crm.forms.custom import NO_DIGITS
from crm.forms.signin import USER_NAME
from crm.models import ERASED, EmailAddress, PhoneNumber, Suppression, User
from crm.models.ownership import PHONE


class Chooser(AutocompleteSelect):
    """Django's own, which fails where a form comes back with something that is no id."""

    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> list[Any]:
        return super().optgroups(name, [one for one in value if ids.read(str(one)) is not None], attr)


class NumberForm(forms.ModelForm):
    """A number as people write it; its key follows from it."""

    country = forms.CharField(initial="CZ", max_length=2, help_text="For a number without a country code.")

    class Meta:
        model = PhoneNumber
        fields = ("written", "kind", "is_shared")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        number = phones.parse(cleaned.get("written", ""), cleaned.get("country", "CZ").upper())
        if not number.key:
            raise forms.ValidationError({"written": NO_DIGITS})
        if {"written", "country"} & set(self.changed_data):
            if Suppression.objects.among("number", [number.key]):
                raise forms.ValidationError({"written": ERASED["number"]})
            self.instance.number, self.instance.extension = number.key, number.extension
        return cleaned


class OwnedNumbers(forms.BaseInlineFormSet):
    """The numbers of a record; those that come from its master are left as they are."""

    def clean(self) -> None:
        super().clean()
        for form in self.forms:
            if label := self._owner(form):
                raise forms.ValidationError(f"Numbers of this kind come from {label}: change them there.")

    def _owner(self, form: forms.ModelForm) -> str:
        """Whose number it is that this line takes away, moves or adds; "" where it is ours, or stays."""
        if not set(form.changed_data) - {"is_shared"}:
            return ""
        kinds = [form.initial.get("kind"), getattr(form, "cleaned_data", {}).get("kind")]
        return next((label for kind in kinds if (label := self.instance.owned.get(f"{PHONE}{kind}"))), "")


class AddressForm(forms.ModelForm):
    class Meta:
        model = EmailAddress
        fields = ("address",)

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"])
        if "address" in self.changed_data and Suppression.objects.among("email", [address]):
            raise forms.ValidationError(ERASED["email"])
        return address


class QueueForm(forms.ModelForm):
    """Numbers may be written in any spelling; they are compared by their keys."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        country = cleaned.get("country") or "CZ"
        for name in ("own_numbers", "ignored_numbers"):
            keys = [phones.key(written, country) for written in cleaned.get(name) or ()]
            if "" in keys:
                self.add_error(name, NO_DIGITS)
            cleaned[name] = list(dict.fromkeys(keys))
        return cleaned


class NewUserForm(AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("username", "name")
        labels = {"username": USER_NAME}

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = (
            "username", "password", "name", "email", "role", "teams", "is_active", "extension", "single_key_shortcuts",
        )  # fmt: skip
        labels = {"username": USER_NAME}

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()
