"""How did it end? Outcomes (dispositions), and which of them a queue offers on which digit."""

from __future__ import annotations

from django.db import models


class Outcome(models.Model):
    title = models.CharField(max_length=60, unique=True)
    asks_call_back = models.BooleanField(default=False, help_text="Choosing it opens the call-back times.")
    source = models.CharField(
        max_length=50, blank=True, db_default="", default="", help_text="The connection it lives in, by its slug."
    )
    remote_name = models.CharField(max_length=255, blank=True, help_text="The status's name in Daktela.")
    gone_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="When it was gone from there.")

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class QueueOutcome(models.Model):
    queue = models.ForeignKey("crm.Queue", models.CASCADE, related_name="queue_outcomes")
    outcome = models.ForeignKey(Outcome, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=1, help_text="Its digit on the agent's keyboard.")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["queue", "outcome"], name="outcome_once_a_queue")]

    def __str__(self) -> str:
        return f"{self.position} {self.outcome}"
