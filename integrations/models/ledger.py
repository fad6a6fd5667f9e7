"""Have we got everything that happened over there? Counted by day and queue, with the names of what is missing."""

from __future__ import annotations

from django.db import models

from integrations.clock import now
from integrations.models.connection import Connection


class LedgerEntry(models.Model):
    """The reconciliation ledger: activities of a day (in the zone of the instance) and a queue, over there and here."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="ledger", db_index=False)
    day = models.DateField()
    queue = models.CharField(max_length=64, blank=True, help_text="Its name over there; empty: of no queue.")
    theirs = models.PositiveIntegerField(default=0)
    ours = models.PositiveIntegerField(default=0)
    missing = models.JSONField(default=list, help_text="The names of those that we have not, or not closed.")
    counted_at = models.DateTimeField(default=now)

    class Meta:
        ordering = ["-day", "queue"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "day", "queue"], name="ledger_once_a_day_and_queue")
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.queue}: {self.ours} of {self.theirs}"
