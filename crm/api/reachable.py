"""What do people and companies have in common in JSON? Numbers, addresses, an admin's fields, an owner and a team."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from rest_framework import serializers

from crm import phones
from crm.api.owned import changes_of_owned
from crm.api.strict import StrictSerializer
from crm.forms.checked import LONG
from crm.forms.choices import colleagues, country_of, queues, teams
from crm.forms.custom import NO_DIGITS
from crm.models import ERASED, EmailAddress, PhoneNumber, Queue, Suppression, Team, User
from crm.models.record import Record

CHOICES = {User: colleagues, Team: teams, Queue: queues}


class VisibleField(serializers.PrimaryKeyRelatedField[Any]):
    """Another record by its id; one the user may not see does not exist, but what stands there may be sent back."""

    def __init__(self, model: Any = None, **kwargs: Any) -> None:
        self.model = model
        if not kwargs.get("read_only"):
            kwargs.setdefault("queryset", model.objects.all())
            kwargs |= {"required": False, "allow_null": True}
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        record = getattr(self.parent, "instance", None)
        if record is not None and type(data) is int and data == getattr(record, f"{self.source}_id", None):
            return getattr(record, str(self.source))
        return super().to_internal_value(data)

    def get_queryset(self) -> Any:
        user = self.context["request"].user
        if choices := CHOICES.get(self.model):
            return choices(user)
        if issubclass(self.model, Record):
            return self.model.objects.visible_to(user)
        return super().get_queryset()


class NumberSerializer(StrictSerializer):
    """`number` is written in any spelling and read as E.164; `written` is how it was written."""

    number = serializers.CharField(max_length=64)

    class Meta:
        model = PhoneNumber
        fields = ("id", "number", "written", "extension", "kind", "is_shared", "custom_field", "confirmed_at")
        read_only_fields = ("written", "extension", "custom_field", "confirmed_at")

    def validate_number(self, written: str) -> str:
        if not phones.parse(written).key:
            raise serializers.ValidationError(NO_DIGITS)
        return written


class EmailsField(serializers.ListField):
    """All addresses of a record; what is written replaces them."""

    child = serializers.EmailField(max_length=254)

    def to_representation(self, data: Any) -> list[str]:
        return [row.address for row in data.order_by("pk")]


def addresses(owner: str) -> ArraySubquery:
    return ArraySubquery(EmailAddress.objects.filter(**{owner: OuterRef("pk")}).order_by("pk").values("address"))


class ReachableSerializer(StrictSerializer):
    """`numbers` and `emails` are the whole lists: what is not in them goes, except what stands in a custom field.

    What comes from the record's `master` is only read: a change of it is refused by name, the same may be sent back.
    """

    numbers = NumberSerializer(many=True, required=False, source="phone_numbers")
    emails = EmailsField(required=False, source="email_addresses", max_length=50)
    address = serializers.CharField(required=False, allow_blank=True, max_length=LONG)
    description = serializers.CharField(required=False, allow_blank=True, max_length=LONG)
    owner = VisibleField(User)
    team = VisibleField(Team)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if self.instance is None and "custom" not in attrs:
            self.check_required()
        if wrong := changes_of_owned(self.instance, attrs, self.signed_in) or self.erased(attrs):
            raise serializers.ValidationError(wrong)
        return super().validate(attrs)

    def erased(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What must not be kept again of what is new, by its field (contract X1)."""
        wrong: dict[str, Any] = {}
        country = country_of(self.signed_in)
        numbers = {phones.key(one["number"], country) for one in attrs.get("phone_numbers", ())}
        emails = {address.lower() for address in attrs.get("email_addresses", ())}
        if self.instance:
            numbers -= set(self.instance.phone_numbers.values_list("number", flat=True))
            emails -= {row.address.lower() for row in self.instance.email_addresses.all()}
        for name, kind, values in (("numbers", "number", numbers), ("emails", "email", emails)):
            if Suppression.objects.among(kind, values):
                wrong[name] = [ERASED[kind]]
        return wrong

    def check_required(self) -> None:
        try:
            self.fields["custom"].run_validation({})
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"custom": error.detail}) from error

    def create(self, validated_data: dict[str, Any]) -> Any:
        if self.signed_in.role == User.Role.AGENT and "team" not in validated_data:
            validated_data["team"] = self.signed_in.team_of_new()
        record = cast(Any, self.Meta).model()
        return self.write(record, validated_data)

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        return self.write(instance, validated_data)

    def write(self, record: Any, values: dict[str, Any]) -> Any:
        """Saves the record and what belongs to it; the caller holds the transaction and the row's lock."""
        numbers, emails = values.pop("phone_numbers", None), values.pop("email_addresses", None)
        custom, country = values.pop("custom", {}), country_of(self.signed_in)
        for name, value in values.items():
            setattr(record, name, value)
        record.save()
        if custom:
            record.set_custom(custom, country)
        if numbers is not None:
            replace_numbers(record, numbers, country)
        if emails is not None:
            record.set_emails(emails)
        return record


def replace_numbers(record: Any, numbers: list[dict[str, Any]], country: str) -> None:
    """Keeps the rows that are still named, with what agents taught them; adds the new ones and drops the others."""
    kept = []
    for values in numbers:
        plain = {key: value for key, value in values.items() if key != "number"}
        row = record.add_number(values["number"], country, **plain)
        PhoneNumber.objects.filter(pk=row.pk).update(**plain) if plain else None
        kept.append(row.pk)
    record.phone_numbers.filter(custom_field=None).exclude(pk__in=kept).delete()
