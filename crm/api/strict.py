"""What may a request write? Only fields that exist, each by those who may, and an admin's fields by their kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from crm.forms.custom import as_json, erased, form_field
from crm.models import CustomField, User

UNKNOWN = "There is no such field."
OFFICE_ONLY = "Only the office may change this."


class StrictSerializer(serializers.ModelSerializer[Any]):
    """Refuses unknown keys and, from agents, changes of Meta.office_fields (threat 9).

    A key that is only read, such as an id, may stay in what is sent back; it changes nothing.
    """

    @property
    def signed_in(self) -> User:
        user: User = self.context["request"].user
        return user

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, Mapping):
            unknown = [key for key in data if key not in self.fields]
            if unknown:
                raise serializers.ValidationError({key: [UNKNOWN] for key in unknown})
        return super().to_internal_value(data)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.signed_in.role == User.Role.AGENT:
            office_fields = getattr(self.Meta, "office_fields", ())
            changed = [name for name in office_fields if name in attrs and attrs[name] != self.kept(name)]
            if changed:
                raise serializers.ValidationError({name: [OFFICE_ONLY] for name in changed})
        return attrs

    def kept(self, name: str) -> Any:
        """What the record has now; on a new one nothing."""
        return getattr(self.instance, name, None)


@extend_schema_field({"type": "object", "additionalProperties": True})
class CustomValues(serializers.Field[Any, Any, Any, Any]):
    """An admin's fields of a record by their keys; an absent key changes nothing, null empties."""

    def __init__(self, record: str, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.record = record

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, Mapping):
            raise serializers.ValidationError('Write an object, such as {"key": "value"}.')
        known = {field.key: field for field in self.fields()}
        errors = {key: [UNKNOWN] for key in data if key not in known}
        if self.parent.instance is None:
            required = (field.key for field in known.values() if field.is_required)
            errors |= {key: ["This field is required."] for key in required if key not in data}
        values = {key: cleaned(known[key], data[key], errors) for key in data if key in known}
        kept = getattr(self.parent.instance, "custom", {})
        user = self.context["request"].user
        errors |= {key: [text] for key, text in erased(known.values(), values, kept, user).items()}
        if errors:
            raise serializers.ValidationError(errors)
        return values

    def fields(self) -> Any:
        return CustomField.objects.filter(record=self.record)

    def to_representation(self, value: Any) -> Any:
        return value


def cleaned(field: CustomField, value: Any, errors: dict[str, list[str]]) -> Any:
    """The value as it is kept, by the form field of its kind; what is wrong with it goes into `errors`."""
    if isinstance(value, Mapping | list):
        errors[field.key] = ["Write a text, a number, true, false or null."]
        return None
    try:
        return as_json(form_field(field).clean(value))
    except DjangoValidationError as error:
        errors[field.key] = list(error.messages)
        return None
