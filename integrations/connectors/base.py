"""What must a connector be able to do? The contract of house and engine: one class, and the roles it can play.

A connector is code, a connection a configured account of it. It takes the roles it can play, so nothing has to answer
"not supported". It knows no Django and none of our records: plain values go in and out, and every failure is one of
connectors.errors.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from pydantic import BaseModel, ValidationError

from integrations.connectors.answers import read
from integrations.connectors.errors import ConfigurationError
from integrations.connectors.events import Event
from integrations.connectors.http import DEADLINE_SECONDS, FREE, Pace


@dataclass(frozen=True, slots=True)
class Access:
    """How one connection reaches its system. `settings` holds the secrets too: show it to nobody."""

    origin: str
    zone: ZoneInfo
    settings: Mapping[str, Any] = field(repr=False)
    exceptions: Collection[str] = ()
    pace: Pace = FREE
    deadline_seconds: float = DEADLINE_SECONDS


@dataclass(frozen=True, slots=True)
class RemoteField:
    """A field as the other system describes it.

    `kind` is text, number, boolean, date, time, choice, phone, email or list.
    """

    name: str
    label: str
    kind: str = "text"
    is_required: bool = False
    is_writable: bool = True
    is_custom: bool = False
    choices: tuple[tuple[str, str], ...] = ()


class Remote(Struct, eq=False, gc=False):
    """A record as it came: its bytes, or their place in the page's (msgspec.Raw), decoded only when somebody asks.

    `key` is the field that its id stands in.
    """

    raw: bytes
    key: str
    decoded: dict[str, Any] | None = None

    @property
    def values(self) -> dict[str, Any]:
        if self.decoded is None:
            self.decoded = self.decode()
        return self.decoded

    @property
    def remote_id(self) -> str:
        return str(self.values[self.key])

    def decode(self) -> dict[str, Any]:
        found: dict[str, Any] = read(bytes(self.raw))
        return found


@dataclass(frozen=True, slots=True)
class Merged:
    """Two records became one over there: `survivor_id` goes on, `loser_id` is gone."""

    loser_id: str
    survivor_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, oldest first, and the cursor that is true once they are stored.

    `cursor` is opaque to us and comes from the remote (contract C3); None says that one cannot resume here.
    `is_last` is said only by a complete, valid answer that says so itself (contract C4).
    """

    records: Sequence[Remote]
    deleted: Sequence[str] = ()
    merged: Sequence[Merged] = ()
    cursor: str | None = None
    is_last: bool = False
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One record to write. `key` is ours and never changes: names are made from it. None in `values` clears a field."""

    key: str
    values: Mapping[str, Any]
    remote_id: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
    key: str
    remote_id: str
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """This record, as it is, was refused; `is_temporary`: the same may work later."""

    key: str
    reason: str
    field: str = ""
    is_temporary: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of Check: what was looked at, how it stands ("good", "warn" or "bad"), and what to do about it."""

    title: str
    tone: str
    text: str
    remedy: str = ""


class Connector(ABC):
    """`Settings` declares what an admin enters: pydantic fields with title and description, SecretStr for secrets."""

    slug: ClassVar[str]
    label: ClassVar[str]
    Settings: ClassVar[type[BaseModel]]
    inward: ClassVar[tuple[str, ...]] = ()  # the entities that may flow to us by a mapping: "account", "contact"
    outward: ClassVar[tuple[str, ...]] = ()  # and those that may flow from us

    def __init__(self, access: Access) -> None:
        self.access = access
        try:
            self.settings = self.Settings(**access.settings)
        except ValidationError as error:  # which quotes what was entered, secrets included
            wrong = ", ".join(sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]}))
            raise ConfigurationError(f"Enter again in the settings: {wrong}.") from None

    @abstractmethod
    def check(self) -> Iterator[Finding]:
        """Looks at everything a sync needs, a line at a time; a failure is a line, not an error."""

    @abstractmethod
    def fields(self, entity: str) -> list[RemoteField]:
        """What a mapping of this entity may name, asked of the system itself, custom fields included."""

    def close(self) -> None:  # noqa: B027 - most have one to give back, none must
        """Gives its connections back."""

    def __enter__(self) -> Connector:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Source(Connector):
    """Records can be read from it."""

    @abstractmethod
    def changes(self, entity: str, since: str | None, *, is_full: bool = False) -> Iterator[Page]:
        """What changed since a cursor, with overlap; everything when there is none. Raises CursorExpired."""

    @abstractmethod
    def ids(self, entity: str) -> Iterator[Sequence[str]]:
        """Every id there is, a page at a time. Ends only after a listing that is complete; else raises."""

    @abstractmethod
    def fetch(self, entity: str, ids: Sequence[str]) -> list[Remote]:
        """These records, now. Who is definitely not there is left out; could not ask: raises."""


class Target(Connector):
    """Records can be written to it."""

    @abstractmethod
    def write(self, entity: str, items: Sequence[Item]) -> Iterator[Written | Rejected]:
        """Each item once, as it is settled. Safe to repeat: an unclear create is looked up before it is sent again.

        What was yielded counts, even when it raises afterwards (TemporaryFailure, ConfigurationError).
        """

    @abstractmethod
    def retire(self, entity: str, remote_ids: Sequence[str]) -> Iterator[Written | Rejected]:
        """Ours are gone: does what the connection says is done then. The key of each answer is the remote id."""


class Receiver(Connector):
    """It sends us events by webhook."""

    @staticmethod
    @abstractmethod
    def read(body: bytes) -> list[Event]:
        """What a stored body says. Raises ValueError for what cannot be read; an unknown event is an empty list."""

    @staticmethod
    @abstractmethod
    def template() -> str:
        """What an admin pastes over there so that events come to us."""


Made = Callable[[Access], Connector]
