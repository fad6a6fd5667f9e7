"""Has anything changed that every card of a queue needs? One row with a mark, and whatever changes it renews it."""

from __future__ import annotations

from django.db import models


class Mark(models.Model):
    """Written by triggers (widget/migrations/0002), in the transaction of the change; read by widget/house.py."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    value = models.UUIDField()

    def __str__(self) -> str:
        return str(self.value)
