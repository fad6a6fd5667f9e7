"""How is everything that changed here sent there? The newest state of each record once, in the order of the changes.

A record is its own outbox: it bears when it changed. The cursor is (changed_at, id) of the last record settled; a
finished run begins the next one a little earlier than it began itself, so that what was committed late is seen too,
and what is there already is known by its digest and costs no request (contract P1).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from integrations.clock import now, wait
from integrations.connectors.base import Target
from integrations.models import Stream, SyncRun
from integrations.sync import running, sent, watch
from integrations.sync.ours import RECORDS
from integrations.sync.outward import Outward, Ready
from integrations.sync.pull import MORE, SLICE_SECONDS
from integrations.sync.running import Ending

PAGE = 500
OVERLAP_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Place:
    """How far we are. `record_id` 0: at the beginning of a run. `began_at` is when this way through began."""

    changed_at: datetime
    record_id: int
    began_at: datetime

    @classmethod
    def of(cls, stream: Stream, *, is_full: bool) -> Place:
        if is_full or not stream.cursor:
            return cls(datetime.fromisoformat("1970-01-01T00:00:00+00:00"), 0, now())
        changed_at, record_id, began_at = stream.cursor.split("|")
        if record_id == "0":
            return cls(datetime.fromisoformat(changed_at) - wait(OVERLAP_SECONDS), 0, now())
        return cls(datetime.fromisoformat(changed_at), int(record_id), datetime.fromisoformat(began_at))

    def at_end(self) -> Place:
        """Where the next run begins: not later than this one began, however far it came."""
        return replace(self, changed_at=min(self.changed_at, self.began_at), record_id=0)

    def __str__(self) -> str:
        return f"{self.changed_at.isoformat()}|{self.record_id}|{self.began_at.isoformat()}"


@dataclass(frozen=True, slots=True)
class Page:
    """Some records of ours, and those of them that are to be written."""

    rows: list[dict[str, Any]]
    ready: list[Ready]


def push(stream: Stream, run: SyncRun, connector: Target) -> Ending:
    """Raises what the connector raises, LeaseLost and NeedsPerson."""
    if run.kind == SyncRun.Kind.FULL:
        watch.look(stream, connector)
    way, started_at = Outward(stream, run), time.monotonic()
    place = Place.of(stream, is_full=run.kind == SyncRun.Kind.FULL)
    run.expected = RECORDS[stream.entity].objects.filter(changed_at__gte=place.changed_at).count()
    way.retire(sent.orphans(stream), connector)
    upcoming, goes_on = prepared(way, place), False
    page = next(upcoming, None)
    while page and not goes_on:
        following = None
        for _ in _carry(way, connector, page):  # the next one is made ready while this one is on its way
            following = following or next(upcoming, None)
        place = replace(place, changed_at=page.rows[-1]["changed_at"], record_id=page.rows[-1]["pk"])
        stream.cursor, stream.is_full_due = str(place), False
        goes_on = time.monotonic() - started_at > SLICE_SECONDS
        page = following or next(upcoming, None)
    if not goes_on:
        stream.cursor, stream.is_full_due = str(place.at_end()), False
    return Ending(way.has_failed, goes_on, MORE if goes_on else "")


def pages(entity: str, place: Place) -> Iterator[list[dict[str, Any]]]:
    """Our records in the order in which they changed, from a place on."""
    at, key = place.changed_at, place.record_id
    while True:
        rows = _later(entity, at, key).order_by("changed_at", "pk")
        page = list(rows.values("pk", "changed_at", "hidden_at")[:PAGE])
        if page:
            yield page
        if len(page) < PAGE:
            return
        at, key = page[-1]["changed_at"], page[-1]["pk"]


def _later(entity: str, at: datetime, key: int) -> Any:
    later = Q(changed_at__gt=at) | Q(changed_at=at, pk__gt=key)
    return RECORDS[entity].objects.filter(later, changed_at__gte=at)


def prepared(way: Outward, place: Place) -> Iterator[Page]:
    for rows in pages(way.entity, place):
        yield Page(rows, way.unsent(way.ready([row["pk"] for row in rows if row["hidden_at"] is None])))


def _carry(way: Outward, connector: Target, page: Page) -> Iterator[None]:
    """What is new or changed is written, what is hidden is retired; then the page is settled."""
    hidden = [row["pk"] for row in page.rows if row["hidden_at"] is not None]
    gone = sent.links(way.connection, way.entity, hidden) if hidden else {}
    way.retire([link for link in gone.values() if link["state"] == "live"], connector)
    way.run.seen += len(page.rows)
    way.run.unchanged += len(page.rows) - len(hidden) - len(page.ready)
    yield from way.sending(page.ready, connector)
    running.keep(way.stream, way.run)
