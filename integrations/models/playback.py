"""Who listened to which recording, and when?"""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Playback(models.Model):
    """A line for each time somebody began to listen; written before the first byte goes out, changed by nobody."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="playbacks", db_index=False)
    activity = models.ForeignKey("crm.Activity", models.CASCADE, related_name="playbacks", db_index=False)
    played_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "played recording"
        ordering = ["-played_at", "-pk"]
        indexes = [
            models.Index(fields=["activity", "-played_at"], name="playback_of_activity"),
            models.Index(fields=["user", "-played_at"], name="playback_by_user"),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.played_at:%d.%m.%Y %H:%M}"
