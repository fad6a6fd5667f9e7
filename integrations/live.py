"""What is happening to an activity right now? Asked of Daktela itself, quickly or not at all.

The card polls this sparingly, so a Daktela that is away must not cost every poll its time-out: after a failure nobody
asks for ten seconds, and then one does, for all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from integrations.connectors.daktela.client import Daktela
from integrations.connectors.errors import ConnectorError, RateLimited, RecordGone
from integrations.models import Connection

DEADLINE_SECONDS = 2.0
REST_SECONDS = 10.0
STATUSES = {"OPEN": "open", "POSTPONE": "postponed", "CLOSE": "closed"}  # "" and WAIT: nobody has taken it yet
NUMBERS = ("clid", "sender", "phone")  # of a call, a text message, a web chat
ENDS = ("caller", "agent", "system")  # who ended a call; a transfer is no end


class NotReachable(Exception):
    """Daktela could not be asked; `since` is the first failure in a row (UTC), the text says what is wrong."""

    def __init__(self, message: str, since: datetime) -> None:
        super().__init__(message)
        self.since = since


class NotKnown(Exception):
    """Daktela answered that there is no such activity."""


@dataclass(frozen=True, slots=True)
class Live:
    """An activity as Daktela tells it now; what it does not tell is "" or None.

    Times are UTC. In the hour that autumn repeats Daktela's bare times are ambiguous: they are read as the first that
    keeps their order, and `is_time_ambiguous` says so (contract A6). `is_hung_up`: the call has ended, the agent has
    not: wrap-up.
    """

    activity_id: str
    call_id: str
    remote_user: str
    remote_contact: str
    type: str
    status: str
    direction: str
    number: str
    address: str  # of who wrote, where it was no call
    started_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    duration_seconds: int | None
    is_hung_up: bool
    is_time_ambiguous: bool


def activity_now(connection: Connection, activity_id: str) -> Live:
    """One request, two seconds at most. Raises NotReachable or NotKnown."""
    token = str(connection.secrets().get("token", ""))
    with _circuit(connection.origin, token).asking():
        try:
            found = _daktela(connection.origin, token, tuple(settings.ALLOWED_EGRESS)).activity(activity_id)
        except RecordGone as error:
            raise NotKnown("Daktela knows no such activity.") from error
    return read(found, ZoneInfo(connection.time_zone))


def read(activity: dict[str, Any], zone: ZoneInfo) -> Live:
    """An activity of Daktela's as a Live. The item is the call's or the message's own record, where it is expanded."""
    item = activity["item"] if isinstance(activity.get("item"), dict) else {}
    status = STATUSES.get(_text(activity, "action"), "ringing")
    closing = activity.get("time_close") if status == "closed" else None
    times, is_ambiguous = in_order([activity.get("time"), activity.get("time_open"), closing], zone)
    return Live(
        activity_id=_text(activity, "name"),
        call_id=_text(item, "id_call"),
        remote_user=_text(activity, "user"),
        remote_contact=_text(activity, "contact") or _text(item, "contact"),
        type=_text(activity, "type"),
        status=status,
        direction=_text(item, "direction").lower(),
        address=_text(item, "address") or _text(item, "email"),
        number=next((value for key in NUMBERS if (value := _text(item, key))), ""),
        started_at=times[0],
        answered_at=times[1],
        closed_at=times[2],
        duration_seconds=_seconds(activity.get("duration")) if status == "closed" else None,
        is_hung_up=status != "closed" and _text(item, "disposition_cause") in ENDS,
        is_time_ambiguous=is_ambiguous,
    )


def in_order(texts: Sequence[Any], zone: ZoneInfo) -> tuple[list[datetime | None], bool]:
    """Bare times that follow each other, as UTC, and whether one of them could have been an hour later as well."""
    moments: list[datetime | None] = []
    is_ambiguous, latest = False, datetime.min.replace(tzinfo=UTC)
    for text in texts:
        first, second = (_moment(text, zone, fold) for fold in (0, 1))
        if first and second and second > first:
            is_ambiguous = True
            first = second if first < latest else first
        latest = max(latest, first or latest)
        moments.append(first)
    return moments, is_ambiguous


def _moment(text: Any, zone: ZoneInfo, fold: int) -> datetime | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone, fold=fold).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _text(record: dict[str, Any], key: str) -> str:
    """A value, or the name of the object that stands there; what is neither is "" (trap 17: a field is user input)."""
    value = record.get(key)
    if isinstance(value, dict):
        value = value.get("name")
    return str(value).replace("\0", "") if isinstance(value, str | int) else ""


def _seconds(value: Any) -> int | None:
    return value if isinstance(value, int) and value >= 0 else None


@lru_cache(maxsize=64)
def _daktela(origin: str, token: str, exceptions: tuple[str, ...]) -> Daktela:
    """Kept, so that its connections are."""
    return Daktela(origin, token, exceptions=exceptions, deadline_seconds=DEADLINE_SECONDS)


class Circuit:
    """Closed while answers come. After a failure nobody asks until the rest is over, and then one before the others."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rests_until = 0.0
        self.since: datetime | None = None
        self.reason = ""

    @contextmanager
    def asking(self) -> Iterator[None]:
        self._enter()
        try:
            yield
        except NotKnown:
            self.since = None
            raise
        except ConnectorError as error:
            raise self._failed(error) from error
        self.since = None

    def _enter(self) -> None:
        with self.lock:
            if not self.since:
                return
            now = time.monotonic()
            if now < self.rests_until:
                raise NotReachable(self.reason, self.since)
            self.rests_until = now + DEADLINE_SECONDS

    def _failed(self, error: ConnectorError) -> NotReachable:
        asked = error.retry_after_seconds if isinstance(error, RateLimited) else None
        with self.lock:
            self.since = self.since or datetime.now(UTC)
            self.reason = str(error)
            self.rests_until = time.monotonic() + min(max(asked or 0.0, REST_SECONDS), 60.0)
            return NotReachable(self.reason, self.since)


@lru_cache(maxsize=64)
def _circuit(origin: str, token: str) -> Circuit:
    """One for each address and token: who corrects either is not made to wait."""
    return Circuit()
