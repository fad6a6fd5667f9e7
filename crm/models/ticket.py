"""Which cases of the customer are open? Tickets of another system, mirrored and read-only here."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from crm.models.record import Record, RecordQuerySet


class TicketQuerySet(RecordQuerySet):
    def open(self) -> Self:
        return self.filter(stage__in=[Ticket.Stage.OPEN, Ticket.Stage.WAIT])


class Ticket(Record):
    """`source` and `ticket_id` are its identity; everything else is as the source tells it."""

    class Stage(models.TextChoices):
        OPEN = "OPEN", "Open"
        WAIT = "WAIT", "Waiting"
        CLOSE = "CLOSE", "Closed"
        ARCHIVE = "ARCHIVE", "Archived"

    source = models.CharField(max_length=50)
    ticket_id = models.CharField(max_length=64)
    title = models.CharField(max_length=255)
    stage = models.CharField(max_length=7, choices=Stage, default=Stage.OPEN)
    priority = models.CharField(max_length=20, blank=True)
    category = models.CharField(max_length=128, blank=True)
    user_name = models.CharField(max_length=150, blank=True)
    contact = models.ForeignKey(
        "crm.Contact", models.SET_NULL, null=True, blank=True, related_name="tickets", db_index=False
    )
    account = models.ForeignKey(
        "crm.Account", models.SET_NULL, null=True, blank=True, related_name="tickets", db_index=False
    )
    opened_at = models.DateTimeField()
    edited_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    objects = TicketQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["source", "ticket_id"], name="ticket_once_a_source")]
        indexes = [
            models.Index(fields=["contact", "-opened_at", "-id"], name="ticket_of_contact"),
            models.Index(fields=["account", "-opened_at", "-id"], name="ticket_of_account"),
            models.Index(
                fields=["contact", "-opened_at"], name="ticket_open_of_contact", condition=Q(stage__in=["OPEN", "WAIT"])
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.stage in (self.Stage.OPEN, self.Stage.WAIT)
