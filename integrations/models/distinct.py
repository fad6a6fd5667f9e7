"""Which two records that share a number or an address are two all the same? A person said so."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from integrations.clock import now
from integrations.models.link import RemoteLink


class Distinct(models.Model):
    """The record of a link, and one of ours that is somebody else: they are not proposed again (contract C5)."""

    link = models.ForeignKey(RemoteLink, models.CASCADE, related_name="+", db_index=False)
    record_id = models.BigIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False)
    said_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["link", "record_id"], name="distinct_once_a_pair")]

    def __str__(self) -> str:
        return f"{self.link} is not {self.record_id}"
