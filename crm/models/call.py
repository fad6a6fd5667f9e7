"""What happened on the line? One phone call, whoever handled it: a transfer adds an activity, never a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import Q

from crm.models.record import Record

if TYPE_CHECKING:
    from crm.models.account import Account
    from crm.models.contact import Contact
    from crm.models.user import User


class Direction(models.TextChoices):
    """Daktela's own words (seed 000, section 3.1)."""

    IN = "in", "Incoming"
    OUT = "out", "Outgoing"
    INTERNAL = "internal", "Internal"


class Call(Record):
    """`source` (the slug of its connection) and `call_id` (Daktela's `id_call`) together are its identity."""

    source = models.CharField(max_length=50, blank=True)
    call_id = models.CharField(max_length=64)
    direction = models.CharField(max_length=8, choices=Direction, default=Direction.IN)
    number = models.CharField(max_length=40, blank=True, db_collation="C")
    queue = models.ForeignKey("crm.Queue", models.SET_NULL, null=True, blank=True, related_name="calls", db_index=False)
    contact = models.ForeignKey(
        "crm.Contact", models.SET_NULL, null=True, blank=True, related_name="calls", db_index=False
    )
    account = models.ForeignKey(
        "crm.Account", models.SET_NULL, null=True, blank=True, related_name="calls", db_index=False
    )
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    duration_seconds = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["source", "call_id"], name="call_once_a_source")]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="call_by_time"),
            models.Index(fields=["contact", "-started_at", "-id"], name="call_of_contact"),
            models.Index(fields=["account", "-started_at", "-id"], name="call_of_account"),
            models.Index(fields=["number", "-started_at"], name="call_by_number"),
            models.Index(fields=["queue", "-started_at", "-id"], name="call_of_queue"),
            models.Index(fields=["number"], name="call_of_nobody", condition=Q(contact=None)),
            models.Index(fields=["-started_at", "-id"], name="call_of_nobody_by_time", condition=Q(contact=None)),
        ]

    def __str__(self) -> str:
        return f"{self.get_direction_display()} call {self.call_id}"

    def link_to(self, contact: Contact | None = None, account: Account | None = None, *, by: User) -> None:
        """Relates the call and everybody's part in it; one that nobody handled is linked all the same."""
        self.contact, self.account = contact or self.contact, company_with(self, contact, account)
        with transaction.atomic():
            for activity in self.activities.all():
                activity.link_to(contact, account, by=by)
            self.save(update_fields=["contact", "account", "changed_at"])

    def unlink(self, *, person: bool = True, company: bool = True) -> None:
        """Takes the person, the company or both off the call and off everybody's part in it."""
        self.contact = None if person else self.contact
        self.account = None if company else self.account
        with transaction.atomic():
            for activity in self.activities.all():
                activity.unlink(person=person, company=company)
            self.save(update_fields=["contact", "account", "changed_at"])

    @property
    def is_missed(self) -> bool:
        return self.answered_at is None and self.ended_at is not None and self.direction == Direction.IN


def company_with(linked: Any, contact: Contact | None, account: Account | None) -> Account | None:
    """The company of a call or activity that is being linked to this person, to this company, or to both.

    A company that came with the last person goes with that person; one that somebody chose stays.
    """
    if account or contact is None:
        return account or linked.account
    came_along = linked.contact is not None and linked.contact.account_id == linked.account_id
    return contact.account if came_along or not linked.account_id else linked.account
