"""What did no listing tell us? All ids over there beside all of ours, and what we sent beside what stands there.

Contract C7: only a listing that was read to its end counts. Who is missing in it is asked for by name: definitely not
there is deleted, "you may not see it" is suspended until a person says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection as database

from integrations.clock import now
from integrations.connectors.base import Source
from integrations.connectors.errors import NotAuthorized
from integrations.crash import crash_point
from integrations.models import Direction, RemoteLink, Stream, SyncRun
from integrations.sync import ahead, deletions, quarantine, running, watch
from integrations.sync.again import chunks
from integrations.sync.drift import restore
from integrations.sync.inward import Inward
from integrations.sync.pull import wake_outward
from integrations.sync.running import Ending

LISTED = 'create temp table if not exists listed (remote_id text collate "C" primary key) on commit preserve rows'
MISSING_HERE = """
select remote_id from listed where not exists (
  select from integrations_remotelink link
  where link.connection_id = %s and link.entity = %s and link.remote_id = listed.remote_id and link.state <> 'gone')
"""
MISSING_THERE = """
select link.remote_id from integrations_remotelink link
where link.connection_id = %s and link.entity = %s and link.state = 'live' and link.id <= %s
  and not exists (select from listed where listed.remote_id = link.remote_id)
"""


def everything(stream: Stream, run: SyncRun, connector: Any) -> Ending:
    """The nightly comparison of a stream, whichever way it flows."""
    watch.look(stream, connector)
    work = _ids if stream.direction == Direction.INWARD else restore
    ending = work(stream, run, connector)
    stream.compared_at = now()
    return ending


def _ids(stream: Stream, run: SyncRun, connector: Source) -> Ending:
    newest = RemoteLink.objects.order_by("-pk").values_list("pk", flat=True).first() or 0  # later ones are too new
    with database.cursor() as cursor:
        cursor.execute(LISTED)
        cursor.execute("truncate listed")
    for names in ahead.fetched(connector.ids(stream.entity), beat=lambda: running.keep(stream, run)):
        _list(names)
        run.seen += len(names)
        running.keep(stream, run)
    way = Inward(stream, run)
    _take_new(way, connector, _names(MISSING_HERE, stream.connection_id, stream.entity))
    _settle_missing(way, connector, _names(MISSING_THERE, stream.connection_id, stream.entity, newest))
    wake_outward(way)
    return Ending(way.has_failed)


def _list(names: Sequence[str]) -> None:
    with database.cursor() as cursor:
        cursor.execute("insert into listed select unnest(%s::text[]) on conflict do nothing", [list(names)])


def _names(statement: str, *values: Any) -> list[str]:
    with database.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]


def _take_new(way: Inward, connector: Source, names: Sequence[str]) -> None:
    """Records that no listing of changes has brought; those in quarantine have their own time."""
    waiting = set(quarantine.open_ones(way.stream).values_list("key", flat=True))
    for some in chunks([name for name in names if name not in waiting]):
        ready = way.read(connector.fetch(way.entity, some))
        with running.page(way.stream, way.run):
            way.write(ready)


def _settle_missing(way: Inward, connector: Source, names: Sequence[str]) -> None:
    """Asked for before the first is hidden, so that too many are none (contract C7)."""
    gone: list[str] = []
    unseen: list[str] = []
    for some in chunks(names):
        for name, state in _asked(connector, way.entity, some):
            (gone if state == RemoteLink.State.GONE else unseen).append(name)
        running.keep(way.stream, way.run)
    crash_point("compare-before-hiding")
    with running.page(way.stream, way.run):
        deletions.apply(way.stream, way.run, unseen, RemoteLink.State.SUSPENDED)
        deletions.apply(way.stream, way.run, gone)
        way.has_written |= bool(gone)


def _asked(connector: Source, entity: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What became of those that are not listed; who is there after all is left out."""
    try:
        there = {one.remote_id for one in connector.fetch(entity, names)}
    except NotAuthorized:
        if len(names) == 1:
            yield names[0], RemoteLink.State.SUSPENDED
            return
        middle = len(names) // 2
        yield from _asked(connector, entity, names[:middle])
        yield from _asked(connector, entity, names[middle:])
        return
    yield from ((name, RemoteLink.State.GONE) for name in names if name not in there)
