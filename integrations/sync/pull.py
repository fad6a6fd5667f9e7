"""How is everything that changed over there brought here? Page after page, fetched ahead, each with its cursor."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from integrations.clock import now
from integrations.connectors.base import Page, Remote, Source
from integrations.connectors.errors import CursorExpired
from integrations.models import Direction, Stream, SyncRun
from integrations.sync import ahead, deletions, merges, records, running, watch
from integrations.sync.bulk import planned_anew
from integrations.sync.inward import Inward
from integrations.sync.reading import Fetched
from integrations.sync.running import Ending
from integrations.wake import wake

SLICE_SECONDS = 90.0  # then the rest is another run's: a worker's task has a time limit
MORE = "It goes on at once: there is more than one run carries."
TOLD_EVERY_SECONDS = 1.0
OBJECTS = 200_000  # more than the pages in hand are made of


@dataclass
class Progress:
    """Pages that changed nothing are kept together, with the cursor of the last; `told_at` is monotonic."""

    told_at: float


def pull(stream: Stream, run: SyncRun, connector: Source) -> Ending:
    """Raises what the connector raises, LeaseLost and NeedsPerson."""
    if run.kind == SyncRun.Kind.FULL:
        watch.look(stream, connector)
    with tidied_rarely():
        return _pulled(Inward(stream, run), connector)


@contextmanager
def tidied_rarely() -> Iterator[None]:
    """A page is thousands of objects and no cycles: looking for them as often as usual took a third of a run."""
    usual = gc.get_threshold()
    gc.set_threshold(OBJECTS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _pulled(way: Inward, connector: Source) -> Ending:
    stream, run = way.stream, way.run
    since = None if run.kind == SyncRun.Kind.FULL else stream.cursor or None
    try:
        return _carried(way, connector, since)
    except CursorExpired as error:
        run.kind, stream.is_full_due = SyncRun.Kind.FULL, True
        ending = _carried(way, connector, None)
        return replace(ending, message=f"{error} So everything was compared. {ending.message}".strip())


def _carried(way: Inward, connector: Source, since: str | None) -> Ending:
    stream, run, started_at = way.stream, way.run, time.monotonic()
    is_full = run.kind == SyncRun.Kind.FULL
    pages = connector.changes(stream.entity, since, is_full=is_full)
    progress = Progress(told_at=started_at)
    goes_on = False
    for fetched in ahead.fetched(way.fetched(pages), beat=lambda: running.keep(stream, run)):
        page = fetched.page
        run.expected = page.total if page.total is not None else run.expected
        run.requests = getattr(connector.access.pace, "requests", 0)
        carry(way, connector, fetched, progress)
        goes_on = not page.is_last and page.cursor is not None and time.monotonic() - started_at > SLICE_SECONDS
        if goes_on:
            break
    wake_outward(way)
    return Ending(way.has_failed, goes_on, MORE if goes_on else "")


def carry(way: Inward, connector: Source, fetched: Fetched, progress: Progress) -> None:
    """One page, with its cursor and its failures, in one transaction (contract C4)."""
    stream, run, page = way.stream, way.run, fetched.page
    news = way.news(fetched)
    ready = [*news, *way.read(_survivors(way, connector, page))] if page.merged else news
    if not (ready or page.deleted or page.merged):
        _count(way, page, len(news))
        _tell(stream, run, progress)
        return
    with running.page(stream, run):
        _count(way, page, len(news))
        with planned_anew():
            way.write(ready)
        deletions.apply(stream, run, page.deleted)
        way.has_failed |= not merges.apply(stream, run, page.merged)
        way.has_written |= bool(page.deleted or page.merged)
    progress.told_at = time.monotonic()


def _count(way: Inward, page: Page, news: int) -> None:
    """The counts and the cursor that are true with this page."""
    stream, run = way.stream, way.run
    run.seen += len(page.records)
    run.unchanged += len(page.records) - news
    if page.cursor is not None or page.is_last:
        stream.cursor = page.cursor or stream.cursor
        stream.is_full_due = False  # what is left of it continues from here


def _survivors(way: Inward, connector: Source, page: Page) -> Sequence[Remote]:
    """Who others were merged into, if neither we nor this page know them."""
    here = {one.remote_id for one in page.records}
    names = [one.survivor_id for one in page.merged if one.survivor_id not in here]
    known = records.ours(way.connection, way.entity, names) if names else {}
    missing = [name for name in names if name not in known]
    return connector.fetch(way.entity, missing) if missing else ()


def _tell(stream: Stream, run: SyncRun, progress: Progress) -> None:
    """How far a run is where nothing changes: now and then, so that nothing is written (goal G7)."""
    if time.monotonic() - progress.told_at > TOLD_EVERY_SECONDS:
        running.keep(stream, run)
        progress.told_at = time.monotonic()


def wake_outward(way: Inward) -> None:
    """What came in is due at the other connections; the wake-up is a hint, the row is the truth."""
    if not way.has_written:
        return
    others = Stream.objects.filter(direction=Direction.OUTWARD, is_enabled=True).exclude(connection=way.connection)
    for key in list(others.values_list("pk", flat=True)):
        Stream.objects.filter(pk=key, due_at__gt=now()).update(due_at=now())
        wake("run_stream", key)
