"""How does what a webhook brought get into our records? Kept first, as it came; then read, asked about, and merged.

A body is a hint that names an object (contract E4): what counts is what Daktela says when asked. An event is claimed
before it is worked on and given back with its outcome, so a crash loses nothing and repeats no effect (E5).
"""

from __future__ import annotations

import logging
import random
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import OperationalError, transaction
from django.db.models import QuerySet

from crm.models import User
from integrations import calls, connectors, payload
from integrations.calls.reader import Told, claimed
from integrations.clock import now, wait
from integrations.connectors.base import Receiver
from integrations.connectors.errors import ConnectorError, RateLimited, RecordRejected
from integrations.connectors.events import Event
from integrations.crash import crash_point
from integrations.models import Connection, Direction, Entity, Stream, WebhookEvent
from integrations.models.lease import LEASE_SECONDS, LeaseLost
from integrations.wake import wake

BATCH = 100
WORK_SECONDS = 5.0  # then whoever else waits has his turn, and another task goes on
PATIENCE_SECONDS = (5, 30, 120, 600, 3600, 3 * 3600, 6 * 3600, 12 * 3600)
SPREAD = 0.2
MOST_FAULTS = 3  # of our own: what raises something nobody expected is not tried for a day
SETTLED = ("state", "reason", "subject", "settled_at", "due_at", "attempts", "leased_until")

State = WebhookEvent.State
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Work:
    """One event, and what became of it; `events` is what its body says."""

    row: WebhookEvent
    events: Sequence[Event] = ()
    state: str = State.DONE
    reason: str = ""
    rest_seconds: float = 0.0  # that we were asked to wait

    @property
    def subject(self) -> str:
        return f"{self.events[0].entity}:{self.events[0].remote_id}"[:140] if self.events else ""

    def names(self, entity: str) -> set[str]:
        return {event.remote_id for event in self.events if event.entity == entity}


def handle_due(connection: Connection) -> int:
    """Everything of this source that is due, the oldest first; how many were taken. Another task does what is left."""
    until, count = now() + wait(WORK_SECONDS), 0
    while events := connection.events.claim(BATCH):
        handle(events)
        count += len(events)
        if now() > until:
            wake("handle_events", connection.pk)
            break
    return count


def handle(events: Sequence[WebhookEvent]) -> None:
    """Events of one connection that we have claimed. One that fails for its own sake takes none of the others along."""
    connection = events[0].connection
    crash_point("inbox-claimed")
    works = [_read(connection, event) for event in events]
    try:
        _attempt(connection, works)
        crash_point("inbox-before-done")
        _settle(works)
    except LeaseLost:
        log.warning("Somebody else has the events by now.", extra={"connection": connection.slug})


def _read(connection: Connection, row: WebhookEvent) -> Work:
    """What the body says. What nobody can read is kept as malformed; it is shown, and never tried again."""
    receiver = connectors.get(connection.connector)
    body = bytes(row.body)
    try:
        payload.check(body)
        events = receiver.read(body) if issubclass(receiver, Receiver) else []
    except (ValueError, RecursionError) as error:
        return Work(row, state=State.MALFORMED, reason=str(error)[:300])
    if not events:
        return Work(row, state=State.IGNORED, reason="It speaks of nothing that we keep.")
    return Work(row, events)


def _attempt(connection: Connection, works: Sequence[Work]) -> None:
    """Does it for all; what fails for a reason of its own is found by doing it for each."""
    try:
        _do(connection, [work for work in works if work.state == State.DONE])
    except (LeaseLost, SoftTimeLimitExceeded):
        raise
    except Exception as error:
        if _is_away(error) or len(works) == 1:
            for work in works:
                _put_off(work, error)
        else:
            for work in works:
                _attempt(connection, [work])


def _do(connection: Connection, works: Sequence[Work]) -> None:
    claims: dict[str, list[Told]] = defaultdict(list)
    for work in works:
        for event in work.events:
            if event.entity == Entity.ACTIVITY:
                claims[event.remote_id].append(claimed(event))
    calls.hear(connection, claims)
    gone = calls.refresh(connection, claims, held=lambda: _hold(works))
    _run_soon(connection, {event.entity for work in works for event in work.events} - {Entity.ACTIVITY})
    for work in works:
        if work.names(Entity.ACTIVITY) and work.names(Entity.ACTIVITY) <= gone:
            work.state, work.reason = State.IGNORED, "The other system has no such activity."


def _run_soon(connection: Connection, entities: Collection[str]) -> None:
    """Something happened to what streams carry: they run now instead of at their time (W9)."""
    streams = Stream.objects.filter(
        connection=connection, entity__in=entities, direction=Direction.INWARD, is_enabled=True
    )
    streams.filter(due_at__gt=now()).update(due_at=now())


def _hold(works: Sequence[Work]) -> None:
    """In a transaction: locks the events and renews the lease. Raises LeaseLost where one is somebody else's by now."""
    fences = {work.row.pk: work.row.fence for work in works}
    rows = WebhookEvent.objects.filter(pk__in=fences, leased_until__gte=now()).order_by("pk").select_for_update()
    if dict(rows.values_list("pk", "fence")) != fences:
        raise LeaseLost
    WebhookEvent.objects.filter(pk__in=fences).update(leased_until=now() + wait(LEASE_SECONDS))


def _is_away(error: Exception) -> bool:
    """Whether the other system, or our own database, could not be asked, whatever about."""
    is_theirs = isinstance(error, ConnectorError) and not isinstance(error, RecordRejected)
    return is_theirs or isinstance(error, OperationalError)


def _put_off(work: Work, error: Exception) -> None:
    """Later, or never: by what went wrong, and how often (contract E5)."""
    if work.state != State.DONE:
        return
    work.rest_seconds = (isinstance(error, RateLimited) and error.retry_after_seconds) or 0.0
    work.reason = (
        str(error)[:300] if isinstance(error, ConnectorError) else f"It broke our own work: {type(error).__name__}."
    )
    if not isinstance(error, ConnectorError):
        log.error("An event cannot be handled.", exc_info=error, extra={"event": work.row.pk})
    most = len(PATIENCE_SECONDS) if _is_away(error) else 0 if isinstance(error, ConnectorError) else MOST_FAULTS - 1
    work.state = State.RETRY if work.row.attempts <= most else State.DEAD


def _settle(works: Sequence[Work]) -> None:
    """Gives the events back with their outcomes."""
    for work in works:
        row, is_over = work.row, work.state != State.RETRY
        row.state, row.reason, row.subject = work.state, work.reason, work.subject
        row.settled_at, row.due_at = (now(), None) if is_over else (None, _next_try(row.attempts, work.rest_seconds))
        row.attempts = 0 if is_over else row.attempts
        row.leased_until = None
    with transaction.atomic():
        _hold(works)
        WebhookEvent.objects.bulk_update([work.row for work in works], SETTLED)


def _next_try(attempts: int, rest_seconds: float) -> datetime:
    """Later each time, and not before we may ask again; spread, so that not all come back at once."""
    seconds = PATIENCE_SECONDS[min(attempts, len(PATIENCE_SECONDS)) - 1]
    patience = wait(seconds * random.uniform(1 - SPREAD, 1 + SPREAD))  # noqa: S311 no secret
    return now() + max(patience, timedelta(seconds=rest_seconds))


def replay(events: QuerySet[WebhookEvent], by: User) -> int:
    """These are handled anew, by the same code; who asked for it is kept (contract E8)."""
    with transaction.atomic():
        rows = list(events.filter(leased_until=None).exclude(body=b"").defer("body", "headers").select_for_update())
        again = WebhookEvent.objects.filter(pk__in=[row.pk for row in rows])
        again.update(state=State.PENDING, due_at=now(), settled_at=None, attempts=0, crashes=0)
        LogEntry.objects.log_actions(by.pk, rows, CHANGE, "Replayed.")
    for key in {row.connection_id for row in rows}:
        wake("handle_events", key)
    return len(rows)
