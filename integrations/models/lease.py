"""Who works on a row, and until when? One small mechanism for the inbox, the runs and everything else that is due.

A row is claimed by SKIP LOCKED and gets a higher fence; the attempt is counted and committed before the work starts,
so that a crash counts (contract E5). Who works past its lease cannot write: `hold` asks for the fence in the very
transaction of the effect. Whoever ends with a row, well or not, empties `leased_until`: a lease that ran out instead
is a crash, and three of them in a row make the row poisoned: nobody claims it any more, the sweeper buries it.
"""

from __future__ import annotations

from typing import Any, Self

from django.db import models, transaction
from django.db.models import Case, F, Q, When

from integrations.clock import now, wait

LEASE_SECONDS = 60.0
MOST_CRASHES = 3


class LeaseLost(Exception):
    """Somebody else has the row by now: nothing may be written."""


class LeasedQuerySet(models.QuerySet[Any]):
    def due(self) -> Self:
        is_crashed = Q(leased_until__lt=now(), crashes__lt=MOST_CRASHES - 1)
        return self.filter(Q(leased_until=None) | is_crashed, due_at__lte=now())

    def poisoned(self) -> Self:
        """Whose last three claims all ended in a crash."""
        return self.filter(leased_until__lt=now(), crashes__gte=MOST_CRASHES - 1).exclude(due_at=None)

    def claim(self, limit: int = 1, seconds: float = LEASE_SECONDS) -> list[Any]:
        """Up to `limit` due rows, ours until `seconds` from now; the attempt is counted and committed.

        A row that crashed somebody is claimed alone: it must not take the others down with it again.
        """
        with transaction.atomic():
            first_due = self.due().order_by("due_at", "pk").select_for_update(skip_locked=True)
            keys = _claimed_together(list(first_due.values_list("pk", "leased_until")[:limit]))
            self.model.objects.filter(pk__in=keys).update(
                crashes=Case(When(leased_until=None, then=0), default=F("crashes") + 1),
                fence=F("fence") + 1,
                attempts=F("attempts") + 1,
                leased_until=now() + wait(seconds),
            )
        return list(self.model.objects.filter(pk__in=keys).order_by("due_at", "pk")) if keys else []


def _claimed_together(rows: list[tuple[Any, Any]]) -> list[Any]:
    """Of the rows due (key, lease that ran out) the first if it is a crashed one, else all that are not."""
    if rows and rows[0][1]:
        return [rows[0][0]]
    return [key for key, lease in rows if not lease]


class Leased(models.Model):
    """`due_at` empty: there is nothing to do. `attempts` counts since the last success, `crashes` in a row."""

    due_at = models.DateTimeField(null=True, blank=True)
    leased_until = models.DateTimeField(null=True, blank=True)
    fence = models.BigIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0, db_default=0)

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
