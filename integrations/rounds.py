"""How is a stream run, whatever flows in it? By the engine where fields are mapped, else by the reader of its kind."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from django.db.models import Exists, OuterRef, Q

from integrations import calls, directory
from integrations.models import Connection, Entity, Stream
from integrations.sync import engine
from integrations.sync.engine import Busy

Reader = Callable[[Connection], object]

RUNS: dict[str, Reader] = {Entity.ACTIVITY: calls.sweep, Entity.TICKET: calls.mirror, Entity.USER: directory.pull}
COMPARISONS: dict[str, Reader] = {Entity.ACTIVITY: calls.compare}
RETRIES: dict[str, Reader] = {Entity.ACTIVITY: calls.retry}


def begin() -> None:
    """What needs no mapping begins by itself, once an admin has checked a Daktela or made it a secret for events."""
    is_set_up = ~Q(checked_at=None) | ~Q(webhook_keys=[])
    daktelas = Connection.objects.filter(is_set_up, connector=Connection.Connector.DAKTELA, is_enabled=True)
    for entity in RUNS:
        there = Stream.objects.filter(connection=OuterRef("pk"), entity=entity)
        for connection in daktelas.filter(~Exists(there)):
            Stream.objects.inward(connection, entity)


def run(stream: Stream) -> None:
    _do(stream, RUNS, engine.run)


def compare(stream: Stream) -> None:
    _do(stream, COMPARISONS, engine.compare_ids)


def retry(stream: Stream) -> None:
    _do(stream, RETRIES, engine.retry_due)


def _do(stream: Stream, readers: dict[str, Reader], mapped: Callable[[Stream], object]) -> None:
    """Somebody else may be at it: then there is nothing to do for us."""
    with suppress(Busy):
        reader = readers.get(stream.entity)
        reader(stream.connection) if reader else mapped(stream)
