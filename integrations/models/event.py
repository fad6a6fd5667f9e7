"""What has been told us by webhook? The inbox: bytes are kept before anybody looks at what they say."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from integrations.clock import now
from integrations.models.connection import Connection
from integrations.models.lease import Leased


class WebhookEvent(Leased):
    """One body of one source, however often it came (contract E3). `due_at` empty: settled."""

    class State(models.TextChoices):
        PENDING = "pending", "Waiting"
        DONE = "done", "Done"
        RETRY = "retry", "Tried again"
        DEAD = "dead", "Dead"
        IGNORED = "ignored", "Ignored"
        MALFORMED = "malformed", "Unreadable"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="events", db_index=False)
    key = models.CharField(
        max_length=64, db_collation="C", help_text="The sender's delivery id, or the body's SHA-256."
    )
    body = models.BinaryField()
    headers = models.JSONField(default=dict)
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    repeats = models.PositiveIntegerField(default=0)
    received_at = models.DateTimeField(default=now)
    settled_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=140, blank=True, help_text="The object it speaks of, such as activity:name.")

    class Meta:
        ordering = ["-received_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["connection", "key"], name="event_once_a_body")]
        indexes = [
            models.Index(fields=["due_at"], name="event_due", condition=~Q(due_at=None)),
            models.Index(fields=["connection", "-received_at"], name="event_by_time"),
            models.Index(fields=["state", "-received_at"], name="event_by_state"),
            models.Index(
                fields=["received_at"],
                name="event_with_body",
                condition=Q(state__in=["done", "ignored"]) & ~Q(body=b""),
            ),
        ]

    def __str__(self) -> str:
        return self.subject or self.key[:12]
