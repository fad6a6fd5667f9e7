"""How does each record look in JSON? Every field is named: nothing comes out or goes in that is not listed here."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from rest_framework import serializers

from crm import phones
from crm.api.reachable import ReachableSerializer, VisibleField, addresses
from crm.api.strict import CustomValues, StrictSerializer
from crm.forms.checked import LONG
from crm.forms.choices import country_of
from crm.forms.custom import NO_DIGITS
from crm.models import (
    ERASED,
    Account,
    Activity,
    Call,
    Contact,
    CustomField,
    Outcome,
    Queue,
    QueueOutcome,
    Suppression,
    Task,
    Team,
    Ticket,
    User,
)

STAMPS = ("created_at", "changed_at")


class ContactSerializer(ReachableSerializer):
    account = VisibleField(Account)
    custom = CustomValues("contact")

    class Meta:
        model = Contact
        fields = (
            "id", "first_name", "last_name", "account", "job_title", "stage", "language", "do_not_call", "is_vip",
            "alert", "address", "description", "numbers", "emails", "custom", "owner", "team", "master",
            *STAMPS,
        )  # fmt: skip
        read_only_fields = ("master", *STAMPS)
        office_fields = ("owner", "team")
        columns = {"emails": addresses("contact")}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs.get("first_name", self.kept("first_name")) or attrs.get("last_name", self.kept("last_name"))):
            raise serializers.ValidationError({"last_name": ["A contact needs a name."]})
        if self.signed_in.role == User.Role.AGENT and self.kept("do_not_call") and attrs.get("do_not_call") is False:
            raise serializers.ValidationError({"do_not_call": ["Only the office may take this back."]})
        return super().validate(attrs)


class AccountSerializer(ReachableSerializer):
    custom = CustomValues("account")

    class Meta:
        model = Account
        fields = (
            "id", "name", "website", "address", "description", "alert", "numbers", "emails", "custom", "owner", "team",
            "master", *STAMPS,
        )  # fmt: skip
        read_only_fields = ("master", *STAMPS)
        office_fields = ("owner", "team")
        columns = {"emails": addresses("account")}


class CallSerializer(StrictSerializer):
    class Meta:
        model = Call
        fields = (
            "id", "source", "call_id", "direction", "number", "queue", "contact", "account", "team", "started_at",
            "answered_at", "ended_at", "duration_seconds", *STAMPS,
        )  # fmt: skip
        read_only_fields = fields


class ActivitySerializer(StrictSerializer):
    """Note, outcome, wrap-up fields and links are ours to write; everything else is Daktela's."""

    note = serializers.CharField(required=False, allow_blank=True, max_length=LONG)
    outcome = VisibleField(Outcome)
    contact = VisibleField(Contact)
    account = VisibleField(Account)
    custom = CustomValues("activity")

    class Meta:
        model = Activity
        fields = (
            "id", "source", "activity_id", "type", "status", "direction", "call", "queue", "user", "user_name",
            "number", "contact", "account", "link", "title", "text", "note", "outcome", "custom", "team", "time",
            "answered_at", "closed_at", "done_at", "duration_seconds", "has_recording", "revision", *STAMPS,
        )  # fmt: skip
        read_only_fields = tuple(set(fields) - {"note", "outcome", "contact", "account", "custom"})

    def validate_outcome(self, outcome: Outcome | None) -> Outcome | None:
        queue = self.kept("queue")
        if outcome and queue and not QueueOutcome.objects.filter(queue=queue, outcome=outcome).exists():
            raise serializers.ValidationError(f"{queue} does not offer this outcome.")
        return outcome

    def update(self, instance: Activity, validated_data: dict[str, Any]) -> Activity:
        links: dict[str, Any] = {
            name: validated_data.pop(name) for name in ("contact", "account") if name in validated_data
        }
        self.link(instance, links)
        instance.note = validated_data.get("note", instance.note)
        instance.custom = {**instance.custom, **validated_data.get("custom", {})}
        instance.save(update_fields=["note", "custom", "changed_at"])
        if "outcome" in validated_data:
            instance.correct_outcome(validated_data["outcome"], by=self.signed_in)
        return instance

    def link(self, activity: Activity, links: dict[str, Any]) -> None:
        """Null takes a link off, a record sets it; both say that a person did."""
        gone = {name for name, record in links.items() if record is None}
        if gone:
            activity.unlink(person="contact" in gone, company="account" in gone)
        given = {name: record for name, record in links.items() if record is not None}
        if given:
            activity.link_to(**given, by=self.signed_in)


class TaskSerializer(StrictSerializer):
    """`done_at` says when it was done; null opens it again. The same `request_id` never makes a second task."""

    text = serializers.CharField(required=False, allow_blank=True, max_length=LONG)
    contact = VisibleField(Contact)
    account = VisibleField(Account)
    activity = VisibleField(Activity)
    queue = VisibleField(Queue)
    user = VisibleField(User)
    number = serializers.CharField(required=False, allow_blank=True, max_length=64)
    request_id = serializers.UUIDField(required=False, allow_null=True, write_only=True)

    class Meta:
        model = Task
        fields = (
            "id", "title", "text", "due_at", "is_call_back", "contact", "account", "activity", "queue", "number",
            "user", "created_by", "team", "done_at", "request_id", *STAMPS,
        )  # fmt: skip
        read_only_fields = ("created_by", "team", *STAMPS)

    def validate_number(self, written: str) -> str:
        key = phones.key(written, country_of(self.signed_in))
        if written and not key:
            raise serializers.ValidationError(NO_DIGITS)
        if key != self.kept("number") and Suppression.objects.among("number", [key]):
            raise serializers.ValidationError(ERASED["number"])
        return key

    def create(self, validated_data: dict[str, Any]) -> Task:
        """The new task, or the one this request has made before."""
        request_id = validated_data.pop("request_id", None)
        owner = validated_data.get("contact") or validated_data.get("account") or validated_data.get("activity")
        values = {
            "user": self.signed_in,
            **validated_data,
            "created_by": self.signed_in,
            "team": owner.team if owner else self.signed_in.team_of_new(),
        }
        if request_id is None:
            return Task.objects.create(**values)
        task, _ = Task.objects.get_or_create(request_id=request_id, defaults=values)
        if task.created_by_id != self.signed_in.pk:
            raise serializers.ValidationError({"request_id": ["It is taken. Make a new one."]})
        return task

    def update(self, instance: Task, validated_data: dict[str, Any]) -> Task:
        validated_data.pop("request_id", None)
        return super().update(instance, validated_data)


class TicketSerializer(StrictSerializer):
    class Meta:
        model = Ticket
        fields = (
            "id", "source", "ticket_id", "title", "stage", "priority", "category", "user_name", "contact", "account",
            "team", "opened_at", "edited_at", "due_at", *STAMPS,
        )  # fmt: skip
        read_only_fields = fields


class QueueOutcomeSerializer(StrictSerializer):
    title = serializers.CharField(source="outcome.title", read_only=True)

    class Meta:
        model = QueueOutcome
        fields = ("outcome", "title", "position")


class QueueSerializer(StrictSerializer):
    offered_outcomes = QueueOutcomeSerializer(many=True, source="queue_outcomes", read_only=True)
    wrapup_keys: Any = serializers.SlugRelatedField(many=True, slug_field="key", read_only=True, source="wrapup_fields")

    class Meta:
        model = Queue
        fields = (
            "id", "slug", "name", "source", "title", "country", "time_zone", "team", "outcome_is_required",
            "wrapup_seconds", "offered_outcomes", "wrapup_keys",
        )  # fmt: skip
        read_only_fields = fields
        columns = {"wrapup_keys": ArraySubquery(CustomField.objects.filter(queue=OuterRef("pk")).values("key"))}


class TeamSerializer(StrictSerializer):
    class Meta:
        model = Team
        fields = ("id", "name", "kind")


class UserSerializer(StrictSerializer):
    class Meta:
        model = User
        fields = ("id", "username", "name", "role")


class OutcomeSerializer(StrictSerializer):
    class Meta:
        model = Outcome
        fields = ("id", "title", "asks_call_back")


class CustomFieldSerializer(StrictSerializer):
    class Meta:
        model = CustomField
        fields = ("id", "record", "key", "title", "kind", "choices", "is_required", "position")
