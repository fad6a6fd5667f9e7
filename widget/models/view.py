"""Who looked? One line for each card that was opened, and whether Daktela says the call was theirs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class CardView(models.Model):
    """`is_theirs` is empty while nobody could be asked; look-ups no activity backs are limited (threat 7)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="card_views", db_index=False)
    queue = models.ForeignKey("crm.Queue", models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=50, blank=True)
    activity_id = models.CharField(max_length=128, blank=True)
    number = models.CharField(max_length=40, blank=True)
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, related_name="card_views", db_index=False)
    account = models.ForeignKey("crm.Account", models.SET_NULL, null=True, related_name="card_views", db_index=False)
    is_theirs = models.BooleanField(null=True)
    viewed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "viewed card"
        ordering = ["-viewed_at"]
        indexes = [
            models.Index(fields=["contact", "-viewed_at"], name="view_of_contact"),
            models.Index(fields=["user", "-viewed_at"], name="unbacked_look_up", condition=~Q(is_theirs=True)),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.viewed_at:%d.%m.%Y %H:%M}"
