"""Which Daktela user is which of our users?"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from integrations.models.connection import Connection


class Agent(models.Model):
    """`remote_user` is the log-in name in Daktela. People with only a desk telephone have no row here."""

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="agents")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="agents")
    remote_user = models.CharField("Daktela log-in", max_length=150)
    gone_at = models.DateTimeField(
        "gone since", null=True, blank=True, editable=False, help_text="Deleted or switched off over there."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "remote_user"], name="agent_once_a_daktela_user"),
            models.UniqueConstraint(fields=["connection", "user"], name="agent_once_a_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.remote_user}"
