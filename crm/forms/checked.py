"""What is wrong with what was filled in, and did somebody else save meanwhile? What all our forms have in common."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.forms.utils import pretty_name

LONG = 5_000  # characters of an address, a description or a note


class PlainForm(forms.BaseForm):
    """Says what is missing by name, and gives a long text an end."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            word(name, field)


def word(name: str, field: forms.Field) -> None:
    field.error_messages["required"] = f"{field.label or pretty_name(name)} is missing: fill it in."
    if isinstance(field.widget, forms.Textarea):
        field.validators.append(MaxLengthValidator(LONG))
        field.widget.attrs |= {"rows": 3, "maxlength": LONG}


class CheckedForm(PlainForm, forms.ModelForm):
    """Carries the record's `changed_at`; a view asks `is_outdated` with the record freshly read and locked."""

    seen_at = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen_at"].initial = self.version

    @property
    def version(self) -> str:
        return self.instance.changed_at.isoformat() if self.instance.pk else ""

    @property
    def is_outdated(self) -> bool:
        return self.is_bound and self.data.get("seen_at", "") != self.version

    def differences(self) -> list[tuple[str, str, str]]:
        """Field, what is saved now, what stands in the form: both versions side by side."""
        fields = [self[name] for name in self.changed_data if name != "seen_at"]
        return [(str(field.label), words(field, field.initial), words(field, field.value())) for field in fields]

    def accept_current(self) -> None:
        """The next save goes ahead: who makes it has seen both versions."""
        self.data = {**self.data, "seen_at": self.version}


def words(field: forms.BoundField, value: Any) -> str:
    """A field's value as people read it."""
    if isinstance(field.field, forms.BooleanField):
        return "Yes" if value else "No"
    titles = {str(key): str(title) for key, title in getattr(field.field, "choices", ())}
    return titles.get(str(value), "" if value is None else str(value)) or "–"
