"""What would a run do? The same steps without the last one: a diff per record, and nothing else is written."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from integrations.connectors.base import Page, Source, Target
from integrations.models import Direction, RecordChange, RemoteLink, Stream, SyncRun
from integrations.sync import push, running
from integrations.sync.beside import standing
from integrations.sync.bulk import copy, dumped
from integrations.sync.inward import Inward, Outcome
from integrations.sync.outward import Outward
from integrations.sync.outward import Ready as Sendable
from integrations.sync.reading import Fetched, Ready
from integrations.sync.running import Ending
from integrations.wording import counted

SECONDS = 90.0
MOST_CHANGES = 2_000  # of which the diff is kept; the rest is counted
TOO_LONG = "It looked at the first {:,} records; there are more."
FAILED = "{} would be listed under Failures, in whole or with a field."
Row = tuple[str, int | None, str, Mapping[str, Any], Mapping[str, Any], str]  # id, ours, action, before, after, reason


class Notes:
    """The rows of a dry run, as many as a person can look through; `failed` would be listed as failures."""

    def __init__(self, run: SyncRun) -> None:
        self.run, self.kept, self.failed = run, 0, 0

    @property
    def left(self) -> int:
        return MOST_CHANGES - self.kept

    def keep(self, rows: Sequence[Row]) -> None:
        rows = rows[: self.left]
        self.kept += len(rows)
        columns = ["run_id", "remote_id", "record_id", "action", "before", "after", "reason"]
        copy(RecordChange._meta.db_table, columns, (
            (self.run.pk, name[:128], record, action, dumped(before), dumped(after), reason[:300])
            for name, record, action, before, after, reason in rows
        ))  # fmt: skip


def look(stream: Stream, run: SyncRun, connector: Any) -> Ending:
    """The cursor stays where it is: a dry run looks at what the next run would, or at everything before the first."""
    notes, until = Notes(run), time.monotonic() + SECONDS
    is_over = (_inward if stream.direction == Direction.INWARD else _outward)(stream, run, connector, notes, until)
    told = [FAILED.format(counted(notes.failed, "record"))] * bool(notes.failed)
    told += [TOO_LONG.format(run.seen)] * (not is_over)
    return Ending(bool(notes.failed), message=" ".join(told))


def _inward(stream: Stream, run: SyncRun, connector: Source, notes: Notes, until: float) -> bool:
    way = Inward(stream, run)
    is_full = stream.is_full_due
    for page in connector.changes(stream.entity, None if is_full else stream.cursor or None, is_full=is_full):
        _page(way, page, notes)
        if time.monotonic() > until and not page.is_last:
            return False
    return True


def _page(way: Inward, page: Page, notes: Notes) -> None:
    run = way.run
    ready = way.news(Fetched(page, way.digests(page.records)))
    run.seen += len(page.records)
    run.unchanged += len(page.records) - len(ready)
    run.expected = page.total if page.total is not None else run.expected
    way.find_accounts(ready)
    outcome = way.settle(ready, is_locked=False)
    notes.failed += len({one.key for one in outcome.failed})
    gone = _gone(way, [*page.deleted, *(one.loser_id for one in page.merged)])
    with running.page(way.stream, run):
        _count(run, outcome, len(gone))
        notes.keep(list(_rows(outcome, ready)) + gone)


def _count(run: SyncRun, outcome: Outcome, gone: int) -> None:
    changed = sum(bool(one.changes or one.is_back) for one in outcome.edited)
    run.created += len(outcome.made)
    run.updated += changed
    run.unchanged += len(outcome.edited) - changed
    run.rejected += outcome.refused
    run.deleted += gone


def _rows(outcome: Outcome, ready: Sequence[Ready]) -> Iterator[Row]:
    action = RecordChange.Action
    yield from ((one.key, None, action.REJECTED, {}, {}, _why(one.field, one.reason)) for one in outcome.failed)
    yield from ((one.remote_id, one.record_id, action.UPDATED, one.before, one.changes, "")
                for one in outcome.edited if one.changes or one.is_back)  # fmt: skip
    yield from ((one.remote_id, None, action.CREATED, {}, one.values, "") for one in outcome.made)


def _why(field: str, reason: str) -> str:
    return f"{field}: {reason}" if field else reason


def _gone(way: Inward, names: list[str]) -> list[Row]:
    links = RemoteLink.objects.filter(
        connection=way.connection, entity=way.entity, remote_id__in=names, state=RemoteLink.State.LIVE
    )
    found = links.values_list("remote_id", f"{way.entity}_id") if names else ()
    return [(name, record, RecordChange.Action.HIDDEN, {}, {}, "") for name, record in found]


def _outward(stream: Stream, run: SyncRun, connector: Target, notes: Notes, until: float) -> bool:
    way = Outward(stream, run)
    for rows in push.pages(stream.entity, push.Place.of(stream, is_full=stream.is_full_due)):
        shown = [row["pk"] for row in rows if row["hidden_at"] is None]
        ready = way.unsent(way.ready(shown))
        kept = _sendable(way, ready[: notes.left], connector)
        notes.failed += sum(bool(one.failed) for one in ready)
        with running.page(stream, run):
            run.seen += len(rows)
            run.unchanged += len(shown) - len(ready)
            run.created += sum(one.link is None for one in ready)
            run.updated += sum(one.link is not None for one in ready)
            notes.keep(kept)
        if time.monotonic() > until:
            return False
    return True


def _sendable(way: Outward, ready: Sequence[Sendable], connector: Target) -> list[Row]:
    """With what stands over there, where that can be read."""
    there = way.there(ready, connector)
    return [_sent(way.held(one, there.get(one.item.remote_id or "")), there) for one in ready]


def _sent(one: Sendable, there: Mapping[str, Mapping[str, Any]]) -> Row:
    action = RecordChange.Action.UPDATED if one.link else RecordChange.Action.CREATED
    reason = _why(one.failed[0].field, one.failed[0].reason) if one.failed else ""
    name = one.item.remote_id or ""
    before = standing(there[name], one.item.values) if name in there else {}
    return (name, one.record_id, action, before, dict(one.item.values), reason)
