"""What has been kept long enough? Bodies, outcomes and the steps of a run go when their time is over (contract E9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q, QuerySet

from integrations.clock import now
from integrations.models import Errand, RecordChange, RecordFailure, SyncRun, WebhookEvent

BODIES_KEPT = timedelta(days=90)
OUTCOMES_KEPT = timedelta(days=395)  # 13 months
UNSETTLED_KEPT = timedelta(days=180)
STEPS_KEPT = timedelta(days=90)  # what a run did to each record: how long it can be rolled back
AT_ONCE = 5000  # rows in a transaction

SETTLED = (WebhookEvent.State.DONE, WebhookEvent.State.IGNORED)
UNSETTLED = (WebhookEvent.State.DEAD, WebhookEvent.State.MALFORMED)


def tidy() -> int:
    """Takes away a portion of what is over; the number of rows, so that who calls knows whether there may be more."""
    return _emptied(_bodies()) + sum(_deleted(rows) for rows in _over())


def _bodies() -> QuerySet[WebhookEvent]:
    """What a sender wrote is personal data; the key alone still tells that it came."""
    return WebhookEvent.objects.filter(state__in=SETTLED, received_at__lt=now() - BODIES_KEPT).exclude(body=b"")


def _over() -> Iterator[QuerySet]:
    yield WebhookEvent.objects.filter(state__in=SETTLED, received_at__lt=now() - OUTCOMES_KEPT)
    yield WebhookEvent.objects.filter(state__in=UNSETTLED, received_at__lt=now() - UNSETTLED_KEPT)
    yield RecordChange.objects.filter(run__started_at__lt=now() - STEPS_KEPT)
    yield RecordFailure.objects.filter(settled_at__lt=now() - STEPS_KEPT)
    yield Errand.objects.filter(Q(due_at=None), asked_at__lt=now() - STEPS_KEPT)
    yield SyncRun.objects.filter(ended_at__lt=now() - OUTCOMES_KEPT)


def _emptied(events: QuerySet[WebhookEvent]) -> int:
    keys = list(events.values_list("pk", flat=True)[:AT_ONCE])
    return WebhookEvent.objects.filter(pk__in=keys).update(body=b"", headers={})


def _deleted(rows: QuerySet) -> int:
    keys = list(rows.order_by().values_list("pk", flat=True)[:AT_ONCE])
    return rows.model._default_manager.filter(pk__in=keys).delete()[0]
