"""Who works on a row, and until when? One small mechanism for the inbox, the runs and everything else that is due.

A row is claimed by SKIP LOCKED and gets a higher fence; the attempt is counted and committed before the work starts,
so that a crash counts (contract E5). Who works past its lease cannot write: `hold` asks for the fence in the very
transaction of the effect.
"""

from __future__ import annotations

from typing import Any, Self

from django.db import models, transaction
from django.db.models import F, Q

from integrations.clock import now, wait

LEASE_SECONDS = 60.0


class LeaseLost(Exception):
    """Somebody else has the row by now: nothing may be written."""


class LeasedQuerySet(models.QuerySet[Any]):
    def due(self) -> Self:
        return self.filter(due_at__lte=now()).filter(Q(leased_until=None) | Q(leased_until__lt=now()))

    def claim(self, limit: int = 1, seconds: float = LEASE_SECONDS) -> list[Any]:
        """Up to `limit` due rows, ours until `seconds` from now; the attempt is counted and committed."""
        with transaction.atomic():
            keys = list(
                self.due()
                .order_by("due_at", "pk")
                .select_for_update(skip_locked=True)
                .values_list("pk", flat=True)[:limit]
            )
            self.model.objects.filter(pk__in=keys).update(
                fence=F("fence") + 1, attempts=F("attempts") + 1, leased_until=now() + wait(seconds)
            )
        return list(self.model.objects.filter(pk__in=keys).order_by("due_at", "pk")) if keys else []


class Leased(models.Model):
    """`due_at` empty: there is nothing to do. `attempts` counts since the last success."""

    due_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    fence = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects = LeasedQuerySet.as_manager()

    class Meta:
        abstract = True

    def hold(self, seconds: float | None = None) -> None:
        """Inside a transaction: locks the row, if it is still ours, and with `seconds` renews the lease. LeaseLost."""
        rows = type(self).objects.filter(pk=self.pk, fence=self.fence, leased_until__gte=now()).select_for_update()
        if not rows.exists():
            raise LeaseLost
        if seconds:
            self.leased_until = now() + wait(seconds)
            type(self).objects.filter(pk=self.pk).update(leased_until=self.leased_until)
