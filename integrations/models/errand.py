"""What has a person asked for that takes longer than a request?"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.clock import now
from integrations.models.connection import Connection
from integrations.models.lease import Leased
from integrations.models.run import SyncRun
from integrations.models.stream import Stream


class Errand(Leased):
    """Asked for once, however often the button is pressed; a worker does it (`due_at` empty: done, or given up)."""

    class Kind(models.TextChoices):
        DRY = "dry", "Dry run"
        ROLLBACK = "rollback", "Roll back"
        REPAIR = "repair", "Repair"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="errands")
    kind = models.CharField(max_length=8, choices=Kind)
    stream = models.ForeignKey(Stream, models.CASCADE, null=True, related_name="errands")
    run = models.ForeignKey(SyncRun, models.CASCADE, null=True, related_name="errands", help_text="To be undone.")
    day = models.DateField(null=True, help_text="The day that is repaired.")
    queue = models.CharField(max_length=140, blank=True, help_text="Its queue.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=now)
    result = models.ForeignKey(SyncRun, models.SET_NULL, null=True, related_name="+")
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "kind", "stream", "run", "day", "queue"],
                name="errand_asked_once",
                condition=~Q(due_at=None),
                nulls_distinct=False,
            )
        ]
        indexes = [models.Index(fields=["due_at"], name="errand_due", condition=~Q(due_at=None))]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.asked_at:%Y-%m-%d %H:%M}"
