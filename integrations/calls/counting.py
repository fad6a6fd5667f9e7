"""Is everything that was closed over there also here? Counted by day and queue; what is missing is fetched (E10)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.db import transaction

from integrations.calls.reader import told
from integrations.calls.sweeping import Tally, count, take
from integrations.clock import now
from integrations.connectors.base import Page, Source
from integrations.models import ActivityCopy, Connection, Entity, LedgerEntry, Stream, SyncRun
from integrations.sync import ahead, engine, running
from integrations.sync.running import Ending

DAYS = 7


@dataclass(frozen=True, slots=True)
class Line:
    """Closed activities of one day, in the zone of the instance, and one queue, by its name over there."""

    day: date
    queue: str
    theirs: int
    ours: int
    missing: int
    counted_at: datetime


def ledger(connection: Connection, day_from: date, day_to: date) -> list[Line]:
    """As last counted, both days included, the newest first."""
    rows = connection.ledger.filter(day__range=(day_from, day_to))
    return [Line(row.day, row.queue, row.theirs, row.ours, len(row.missing), row.counted_at) for row in rows]


def compare(connection: Connection, days: int = DAYS) -> SyncRun:
    """Lists the last days anew, fetches what is missing or differs, and counts. Raises Busy."""
    work = partial(_compare, days=_days(connection, days))
    return engine.under_lease(Stream.objects.inward(connection, Entity.ACTIVITY), SyncRun.Kind.IDS, work)


def repair(connection: Connection, day: date, queue: str = "") -> Tally:
    """Fetches what is missing of one day, and counts it anew; of all its queues, for a list has them all."""
    with connection.open() as connector:
        return sum(_count_day(connection, cast(Any, connector), day), Tally())


def _days(connection: Connection, days: int) -> list[date]:
    today = now().astimezone(ZoneInfo(connection.time_zone)).date()
    return [today - timedelta(days=back) for back in reversed(range(days))]


def _compare(stream: Stream, run: SyncRun, connector: Source, days: Sequence[date]) -> Ending:
    has_failed = False
    for day in days:
        for tally in _count_day(stream.connection, connector, day, lambda: running.keep(stream, run)):
            with running.page(stream, run):
                count(stream, run, tally)
            has_failed |= bool(tally.failed)
    stream.compared_at = now()
    return Ending(has_failed)


def _count_day(connection: Connection, connector: Any, day: date, beat: Any = lambda: None) -> Iterable[Tally]:
    """Takes each page of the day; after the last one the ledger of the day is written."""
    closed: dict[str, set[str]] = defaultdict(set)
    for page in ahead.fetched(pages_of(connection, connector, day), beat=beat):
        yield take(connection, page.records)
        for one in page.records:
            facts = told(one.values)
            if facts.get("action") == "CLOSE" and facts.get("time", "").startswith(day.isoformat()):
                closed[facts.get("queue", "")].add(one.remote_id)
    _write(connection, day, closed)


def pages_of(connection: Connection, connector: Any, day: date) -> Iterable[Page]:
    zone = ZoneInfo(connection.time_zone)
    first, last = (datetime.combine(day, moment, zone) for moment in (time.min, time.max.replace(microsecond=0)))
    return cast(Iterable[Page], connector.window(Entity.ACTIVITY, first, last, by="time"))


def _write(connection: Connection, day: date, closed: dict[str, set[str]]) -> None:
    names = set().union(*closed.values())
    here = ActivityCopy.objects.filter(connection=connection, name__in=names, is_closed=True, applied__gt=0)
    found = set(here.exclude(activity=None).values_list("name", flat=True))
    entries = [
        LedgerEntry(
            connection=connection,
            day=day,
            queue=queue,
            theirs=len(theirs),
            ours=len(theirs & found),
            missing=sorted(theirs - found),
        )
        for queue, theirs in sorted(closed.items())
    ]
    with transaction.atomic():
        connection.ledger.filter(day=day).exclude(queue__in=closed).delete()
        LedgerEntry.objects.bulk_create(
            entries,
            update_conflicts=True,
            unique_fields=["connection", "day", "queue"],
            update_fields=["theirs", "ours", "missing", "counted_at"],
        )
