"""What is happening to an activity right now? Asked of Daktela itself, quickly or not at all.

The card polls this sparingly, so a Daktela that is away must not cost every poll its time-out: after a failure nobody
asks for ten seconds, and then one does, for all.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings

from integrations.calls.reader import Reading, in_order, read
from integrations.connectors.daktela.client import Daktela
from integrations.connectors.errors import ConnectorError, RateLimited, RecordGone
from integrations.models import Connection

__all__ = ["Live", "NotKnown", "NotReachable", "activity_now", "in_order", "read"]

DEADLINE_SECONDS = 2.0
REST_SECONDS = 10.0
Live = Reading  # an activity as Daktela tells it now; read as everything else that comes from there (contract A9)


class NotReachable(Exception):
    """Daktela could not be asked; `since` is the first failure in a row (UTC), the text says what is wrong."""

    def __init__(self, message: str, since: datetime) -> None:
        super().__init__(message)
        self.since = since


class NotKnown(Exception):
    """Daktela answered that there is no such activity."""


def activity_now(connection: Connection, activity_id: str) -> Live:
    """One request, two seconds at most. Raises NotReachable or NotKnown."""
    token = str(connection.secrets().get("token", ""))
    with _circuit(connection.origin, token).asking():
        try:
            found = _daktela(connection.origin, token, tuple(settings.ALLOWED_EGRESS)).activity(activity_id)
        except RecordGone as error:
            raise NotKnown("Daktela knows no such activity.") from error
    return read(found, ZoneInfo(connection.time_zone))


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
