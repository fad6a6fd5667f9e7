"""Did somebody change over there what is ours to say? What stands there beside what we would send (contract P5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from integrations.connectors.base import Source
from integrations.models import RecordChange, RemoteLink, Stream, SyncRun
from integrations.sync import running
from integrations.sync.beside import standing
from integrations.sync.bulk import copy, dumped
from integrations.sync.outward import Outward, Ready
from integrations.sync.running import Ending

AT_ONCE = 200
REASON = "Changed over there; what our records say was put back."


def restore(stream: Stream, run: SyncRun, connector: Any) -> Ending:
    """Reads back all we sent and sends again what is not so any more; each is remembered with what stood there."""
    if not isinstance(connector, Source):
        return Ending()
    way = Outward(stream, run)
    after = 0
    while links := _some(stream, after):
        after = links[-1][0]
        _compare(way, connector, {name: record for _, name, record in links})
    return Ending(way.has_failed)


def _some(stream: Stream, after: int) -> list[tuple[int, str, int]]:
    rows = RemoteLink.objects.filter(connection=stream.connection_id, entity=stream.entity, state="live", pk__gt=after)
    rows = rows.exclude(sent=None).exclude(**{stream.entity: None}).order_by("pk")
    return list(rows.values_list("pk", "remote_id", f"{stream.entity}_id")[:AT_ONCE])


def _compare(way: Outward, connector: Any, ours: Mapping[str, int]) -> None:
    there = {one.remote_id: one.values for one in connector.fetch(way.entity, list(ours))}
    ready = [way.held(one, there.get(one.item.remote_id or "")) for one in way.ready(list(ours.values()))]
    drifted = [
        (one, before) for one in ready if one.item.remote_id and (before := _drift(one, there.get(one.item.remote_id)))
    ]
    way.run.seen += len(ready)
    way.run.unchanged += len(ready) - len(drifted)
    with running.page(way.stream, way.run):
        _remember(way.run, drifted)
    way.send([one for one, _ in drifted], connector)


def _drift(one: Ready, theirs: Mapping[str, Any] | None) -> dict[str, Any]:
    """The fields that differ, as they stand over there; all of them where it is not there any more."""
    if theirs is None:
        return {"": "not there"}
    now = standing(theirs, one.item.values)
    return {name: now[name] for name, value in one.item.values.items() if plain(now[name]) != plain(value)}


def plain(value: Any) -> Any:
    """So that the ways in which systems write one value are one: a list of one, a number as text, yes as 1."""
    if isinstance(value, list | tuple):
        several = sorted(str(plain(one)) for one in value if one not in (None, ""))
        return several[0] if len(several) == 1 else tuple(several) or ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if value is None or not isinstance(value, str | int | float):
        return ""
    return {"true": "1", "false": "0"}.get(str(value).strip().lower(), str(value).strip())


def _remember(run: SyncRun, drifted: Sequence[tuple[Ready, Mapping[str, Any]]]) -> None:
    columns = ["run_id", "remote_id", "record_id", "action", "before", "after", "reason"]
    action = RecordChange.Action.UPDATED.value
    copy(RecordChange._meta.db_table, columns, (
        (run.pk, one.item.remote_id, one.record_id, action, dumped(before), dumped(one.item.values), REASON)
        for one, before in drifted
    ))  # fmt: skip
