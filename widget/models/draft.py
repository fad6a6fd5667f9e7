"""Where is a note while it is being written? In a draft, from the first characters until Done."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Draft(models.Model):
    """One for each activity and user; the page counts `revision`, so what arrives late never overwrites."""

    source = models.CharField(max_length=50, blank=True)
    activity_id = models.CharField(max_length=128)
    call_id = models.CharField(max_length=64, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    note = models.TextField(blank=True)
    outcome = models.ForeignKey("crm.Outcome", models.SET_NULL, null=True, related_name="+")
    fields = models.JSONField(default=dict)
    revision = models.PositiveBigIntegerField(default=0)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "activity_id", "user"], name="draft_once")]
        indexes = [models.Index(fields=["source", "call_id"], name="draft_of_call", condition=~Q(call_id=""))]

    def __str__(self) -> str:
        return f"Draft of {self.activity_id}"

    @classmethod
    def keep(cls, *, revision: int, user: Any, source: str, activity_id: str, **values: Any) -> bool:
        """Stores what the page sent, unless something newer is there. Returns whether it stands there now."""
        mine = cls.objects.filter(source=source, activity_id=activity_id, user=user)
        _, created = mine.get_or_create(
            source=source, activity_id=activity_id, user=user, defaults={"revision": revision, **values}
        )
        if created:
            return True
        newer = {"revision": revision, "changed_at": timezone.now(), **values}
        return bool(mine.filter(revision__lt=revision).update(**newer)) or mine.filter(revision=revision).exists()
