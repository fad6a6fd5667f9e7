"""What must have run before a stream, and never has? A contact names its account, so accounts go first."""

from __future__ import annotations

from dataclasses import dataclass

from integrations.health import with_last_runs
from integrations.models import Connection, Direction, Entity, Stream
from integrations.panel import page

Flow = tuple[str, str]  # entity and direction


@dataclass(frozen=True, slots=True)
class First:
    """The accounts that have never run, before the contacts that name them; `stream` is None until they are set up."""

    flow: Flow
    stream: Stream | None

    @property
    def name(self) -> str:
        return named(*self.flow)

    @property
    def key(self) -> str:
        return "-".join(self.flow)

    @property
    def is_mapped(self) -> bool:
        return bool(self.stream and self.stream.version)


def before(stream: Stream) -> First | None:
    """What is missing before this stream; None: it may run, or the timetable has that in hand."""
    flow = (Entity.ACCOUNT.value, stream.direction)
    if stream.entity != Entity.CONTACT or flow not in possible(stream.connection):
        return None
    accounts = stream.connection.streams.filter(entity=Entity.ACCOUNT, direction=stream.direction)
    found = with_last_runs(accounts).first()
    return None if found and (found.good_at or found.due_at) else First(flow, found)


def possible(connection: Connection) -> dict[Flow, None]:
    """What its connector can carry by a mapping, in the order in which it runs."""
    connector = page.connector_of(connection)
    if connector is None:
        return {}
    ways = [(Direction.OUTWARD, connector.outward), (Direction.INWARD, connector.inward)]
    return {(entity, way.value): None for way, entities in ways for entity in Entity.values if entity in entities}


def named(entity: str, direction: str) -> str:
    return f"{Entity(entity).label} {Direction(direction).label}"
