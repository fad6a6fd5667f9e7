"""What is due now? Read from the rows alone, so that nothing is lost with a wake-up, and two that ask do no harm."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q

from integrations.clock import now, wait
from integrations.models import ActivityCopy, Connection, Entity, Errand, RecordFailure, Stream, SyncRun, WebhookEvent
from integrations.models.lease import LeasedQuerySet

Call = tuple[str, object]  # a task of integrations.tasks, and the id it gets

ORDER = [Entity(entity) for entity in Entity]  # an account is there before the contact that names it
IN_TURN = (Entity.ACCOUNT, Entity.CONTACT)
COMPARED = (Entity.ACCOUNT, Entity.CONTACT, Entity.ACTIVITY)
NIGHT = range(1, 5)  # hours, in the zone of the connection
DAY_SECONDS = 20 * 3600.0  # so that a night that began late still has its turn
AGAIN_SECONDS = 600.0  # one that broke off is not begun again at once: it lists everything
LATE_SECONDS = 30 * 3600.0  # a night was missed: by day, then
POISON = "The worker died three times in a row at this."

log = logging.getLogger(__name__)


def due() -> Iterator[Call]:
    """Every task that has something to do, the agents' business first."""
    yield from (("handle_events", key) for key in _connections(WebhookEvent.objects.due()))
    yield from (("reread", key) for key in _connections(ActivityCopy.objects.due()))
    yield from (("do_errand", key) for key in Errand.objects.due().values_list("pk", flat=True))
    yield from streams()
    yield from failures()
    yield from comparisons()


def streams(**of: Any) -> Iterator[Call]:
    """Every stream that is due; of those that name each other, the first of a connection and direction."""
    taken: set[object] = set()
    for stream in sorted(working_streams().filter(**of).exclude(due_at=None), key=lambda row: ORDER.index(row.entity)):
        place = (stream.connection_id, stream.direction) if stream.entity in IN_TURN else stream.pk
        is_held = bool(stream.leased_until and stream.leased_until >= now())
        is_due = stream.due_at <= now() and not is_held
        if is_due and place not in taken:
            yield "run_stream", stream.pk
        if is_due or is_held:
            taken.add(place)


def has_its_turn(stream: Stream) -> bool:
    """Whether nothing that goes before it is due or under way: accounts, say, before the contacts that name them."""
    return ("run_stream", stream.pk) in streams(connection=stream.connection)


def failures() -> Iterator[Call]:
    """Streams with quarantined records whose next try has come."""
    waiting = RecordFailure.objects.filter(state=RecordFailure.State.WAITING, next_try_at__lte=now())
    found = working_streams().filter(pk__in=waiting.values("stream"))
    yield from (("retry", key) for key in found.values_list("pk", flat=True))


def comparisons() -> Iterator[Call]:
    """The first stream whose last full comparison was before today, once it is night where the connection is.

    One at a time: a comparison of a million records may take an hour, and others wait for the worker meanwhile.
    """
    held = Q(leased_until__gte=now())
    if Stream.objects.filter(held, runs__kind="ids", runs__state="running").exists():
        return
    broken = SyncRun.objects.filter(
        stream=OuterRef("pk"), kind="ids", state="failed", started_at__gt=now() - wait(AGAIN_SECONDS)
    )
    for stream in working_streams().filter(~Exists(broken), ~held, is_enabled=True, entity__in=COMPARED):
        if is_night_shift(now(), stream.compared_at, stream.connection.time_zone):
            yield "compare", stream.pk
            return


def is_night_shift(moment: datetime, compared_at: datetime | None, zone: str) -> bool:
    """Whether what was last compared then is compared again now: at night, or by day when a night was missed."""
    if not compared_at or compared_at < moment - wait(LATE_SECONDS):
        return True
    return compared_at < moment - wait(DAY_SECONDS) and moment.astimezone(ZoneInfo(zone)).hour in NIGHT


def working_streams() -> Any:
    """The streams nobody has stopped, of connections that may be asked now."""
    may_be_asked = Q(connection__rests_until=None) | Q(connection__rests_until__lte=now())
    stands = {"connection__is_enabled": True, "connection__paused_reason": "", "paused_reason": ""}
    return Stream.objects.filter(may_be_asked, **stands).select_related("connection")


def bury() -> None:
    """Takes away what ended three workers in a row; each of them is said, and a person decides (contract E5)."""
    for rows, values in _graves():
        keys = list(rows.poisoned().values_list("pk", flat=True)[:100])
        rows.filter(pk__in=keys).update(leased_until=None, **values)
        for key in keys:
            log.error("A row was buried: it ended three workers.", extra={"model": rows.model.__name__, "row": key})
    SyncRun.objects.filter(stream__paused_reason=POISON, state=SyncRun.State.RUNNING).update(
        state=SyncRun.State.STOPPED, ended_at=now(), message=POISON
    )


def _graves() -> list[tuple[LeasedQuerySet, dict[str, Any]]]:
    """Whose rows may be poisoned, and what becomes of them; an activity is tried again a day later."""
    return [
        (WebhookEvent.objects.all(), {"due_at": None, "settled_at": now(), "reason": POISON, "state": "dead"}),
        (ActivityCopy.objects.all(), {"due_at": now() + wait(DAY_SECONDS)}),
        (Errand.objects.all(), {"due_at": None, "message": POISON}),
        (Stream.objects.all(), {"paused_reason": POISON}),
    ]


def _connections(rows: LeasedQuerySet) -> list[object]:
    """The enabled connections of these rows."""
    found = rows.filter(connection__in=Connection.objects.filter(is_enabled=True))
    return list(found.order_by().values_list("connection", flat=True).distinct())
