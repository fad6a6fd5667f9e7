"""How is the directory brought here? One run a night, or when asked for: three lists, each kept in a transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from integrations.directory import outcomes, people, queues
from integrations.directory.told import Told, read
from integrations.models import Connection, Entity, Stream, SyncRun
from integrations.sync import ahead, engine, running
from integrations.sync.running import Ending

KEEPERS = {Entity.STATUS: outcomes.keep, Entity.QUEUE: queues.keep, Entity.USER: people.keep}  # a queue names statuses


def pull(connection: Connection) -> SyncRun:
    """All users, queues and statuses, under one lease; the run has the counts. Raises Busy where it is being done."""
    return engine.under_lease(Stream.objects.inward(connection, Entity.USER), SyncRun.Kind.CHANGES, _pull)


def _pull(stream: Stream, run: SyncRun, connector: Any) -> Ending:
    us = str(connector.api.me().get("name"))
    for entity, keep in KEEPERS.items():
        told = _told(stream, run, connector, entity)
        if entity == Entity.USER and us in told:
            told[us] = replace(told[us], is_us=True)
        with running.page(stream, run):
            keep(stream.connection, told, run)
            run.seen += len(told)
    return Ending()


def _told(stream: Stream, run: SyncRun, connector: Any, entity: str) -> dict[str, Told]:
    """The whole list; a connector ends it only when the list itself says that it is complete."""
    pages = ahead.fetched(connector.changes(entity, None), beat=lambda: running.keep(stream, run))
    found = (read(record.values) for page in pages for record in page.records)
    return {one.name: one for one in found if one.name}
