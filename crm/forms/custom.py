"""How is an admin's field filled in? A form field of its kind, and the value as JSON keeps it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from crm import phones
from crm.forms.choices import country_of
from crm.models import ERASED, CustomField, Suppression, User

Kind = CustomField.Kind
Mistakes = dict[str, str]
NO_DIGITS = "There are no digits in it. Write the number as +420 773 796 040."


def has_digits(written: str) -> None:
    if not phones.parse(written).key:
        raise ValidationError(NO_DIGITS, code="no_digits")


FIELDS: dict[str, Callable[..., forms.Field]] = {
    Kind.TEXT: partial(forms.CharField, max_length=500),
    Kind.NUMBER: partial(forms.DecimalField, max_digits=15, decimal_places=4),
    Kind.DATE: partial(forms.DateField, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")),
    Kind.PHONE: partial(forms.CharField, max_length=64, validators=[has_digits]),
    Kind.EMAIL: partial(forms.EmailField, max_length=254),
    Kind.URL: partial(forms.URLField, max_length=500, assume_scheme="https"),
    Kind.CHOICE: forms.ChoiceField,
    Kind.CHECKBOX: forms.BooleanField,
}


def form_field(custom: CustomField, value: Any = None) -> forms.Field:
    """A form field for one of an admin's, filled with the value kept in `record.custom`."""
    options: dict[str, Any] = {"label": custom.title, "initial": value, "required": custom.is_required}
    if custom.kind == Kind.CHECKBOX:
        options["required"] = False  # no is an answer
    if custom.kind == Kind.CHOICE:
        choices = list(dict.fromkeys([*custom.choices, *([value] if value else [])]))
        options["choices"] = [("", "–"), *((choice, choice) for choice in choices)]
    return FIELDS[custom.kind](**options)


def erased(fields: Iterable[CustomField], values: Mapping[str, Any], kept: Mapping[str, Any], user: User) -> Mistakes:
    """What is wrong with an admin's fields, by their keys: numbers and addresses of people who asked to be erased."""
    new = [field for field in fields if values.get(field.key) and values[field.key] != kept.get(field.key)]
    numbers = {field.key: values[field.key] for field in new if field.kind == Kind.PHONE}
    if numbers:
        country = country_of(user)
        numbers = {key: phones.key(written, country) for key, written in numbers.items()}
    emails = {field.key: values[field.key] for field in new if field.kind == Kind.EMAIL}
    return _among("number", numbers) | _among("email", emails)


def _among(kind: str, values: Mapping[str, str]) -> Mistakes:
    found = Suppression.objects.among(kind, values.values())
    return {key: ERASED[kind] for key, value in values.items() if value in found}


def as_json(value: Any) -> Any:
    """A cleaned value as it is kept; what is not filled in is null."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return None if value == "" else value
