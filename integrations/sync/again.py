"""How is one record carried by itself? Asked for by its id, and then like any page: a page of one (contract C6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from integrations.connectors.base import Source, Target
from integrations.models import Direction, Stream, SyncRun
from integrations.sync import deletions, quarantine, running, sent
from integrations.sync.inward import Inward
from integrations.sync.outward import Outward
from integrations.sync.pull import wake_outward
from integrations.sync.running import Ending

AT_ONCE = 100


def these(keys: Sequence[str]) -> Callable[[Stream, SyncRun, Any], Ending]:
    """Carries the records of these keys: ids over there inward, ids of ours outward."""
    return lambda stream, run, connector: _carried(stream, run, connector, keys)


def due(stream: Stream, run: SyncRun, connector: Any) -> Ending:
    """Carries every quarantined record whose next try has come."""
    return _carried(stream, run, connector, [failure.key for failure in quarantine.due(stream)])


def _carried(stream: Stream, run: SyncRun, connector: Any, keys: Sequence[str]) -> Ending:
    if stream.direction == Direction.INWARD:
        return _inward(stream, run, connector, keys)
    return _outward(stream, run, connector, [int(key) for key in keys if key.isdigit()])


def _inward(stream: Stream, run: SyncRun, connector: Source, keys: Sequence[str]) -> Ending:
    """Bytes we know already are looked at all the same: something of ours may have changed since."""
    way = Inward(stream, run)
    for some in chunks(keys):
        ready = way.read(connector.fetch(stream.entity, some))
        missing = [key for key in some if key not in {one.remote_id for one in ready}]
        with running.page(stream, run):
            run.seen += len(some)
            way.write(ready)
            deletions.apply(stream, run, missing)
            quarantine.heal(stream, missing)
    wake_outward(way)
    return Ending(way.has_failed)


def _outward(stream: Stream, run: SyncRun, connector: Target, ids: Sequence[int]) -> Ending:
    way = Outward(stream, run)
    for some in chunks(ids):
        ready = way.ready(some)
        run.seen += len(some)
        way.send(ready, connector)
        there = {one.record_id for one in ready}
        gone = [record_id for record_id in some if record_id not in there]
        links = sent.links(stream.connection, stream.entity, gone) if gone else {}
        way.retire(list(links.values()), connector)
        with running.page(stream, run):
            quarantine.heal(stream, [str(record_id) for record_id in gone if record_id not in links])
    return Ending(way.has_failed)


def chunks(keys: Sequence[Any], size: int = AT_ONCE) -> Iterator[Sequence[Any]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
