"""How fast may we ask another system, and when must all of us leave it alone? One pace a connection, for all workers.

What a 429 asked for, and a circuit that is open, stand in the connection's row, so that every worker of every machine
keeps to it (contract P3). The row is read at most once a second. Requests at once and requests a second are counted in
this process, which takes the share that ASKING_PROCESSES gives it. Nobody waits inside a transaction: connectors are
not called there.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from django.conf import settings
from django.db import connection as database
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest

from integrations.clock import now, scaled, wait
from integrations.connectors.errors import RateLimited

PARALLEL, EACH_SECOND = 4, 20.0
OPENS_AFTER = 5  # failures in a row
REST_SECONDS, LONGEST_REST_SECONDS = 15.0, 600.0
ASKED_TO_REST_SECONDS = 30.0  # by a 429 that does not say how long
READ_EVERY_SECONDS = 1.0
SHORT_SECONDS = 3.0  # such a rest is waited for, a longer one ends the run
QUEUE_SECONDS = 60.0


class Pace:
    """Of one connection in this process; threads share it. `rows` is a queryset of that connection alone."""

    def __init__(self, rows: Any, parallel: int = PARALLEL, each_second: float = EACH_SECOND) -> None:
        self.rows = rows
        self.slots = threading.BoundedSemaphore(parallel)
        self.parallel, self.each_second = parallel, each_second
        self.lock = threading.Lock()
        self.free_at = 0.0
        self.read_at = float("-inf")
        self.rests_until: datetime | None = None
        self.failures = 0

    def before(self) -> None:
        """Waits for its turn. Raises RateLimited while nobody may ask."""
        self._read()
        rest = (self.rests_until - now()).total_seconds() if self.rests_until else 0
        if rest > scaled(SHORT_SECONDS):
            raise RateLimited("It rests: we were asked to wait, or it failed too often.", rest)
        if not self.slots.acquire(timeout=QUEUE_SECONDS):
            raise RateLimited("Too many of our requests wait for it.")
        try:
            if (seconds := max(rest, self._turn())) > 0:  # a sleep of nothing is a turn given away all the same
                time.sleep(seconds)
        except BaseException:  # a time limit of the worker
            self.slots.release()
            raise

    def after(self, status: int | None, retry_after: str | None) -> None:
        self.slots.release()
        if status == 429 or (status == 503 and retry_after):
            self._rest(wait(ASKED_TO_REST_SECONDS) if retry_after is None else asked_for(retry_after))
        elif status is None or status >= 500:
            self._fail()
        elif self.failures:
            self._recover()

    def _turn(self) -> float:
        """Seconds until it is our turn; a burst of as many as may go at once is free."""
        with self.lock:
            moment = time.monotonic()
            self.free_at = max(self.free_at, moment - self.parallel / self.each_second) + 1 / self.each_second
            return self.free_at - moment

    def _read(self) -> None:
        with self.lock:
            if time.monotonic() - self.read_at < READ_EVERY_SECONDS:
                return
            self.read_at = time.monotonic()
        with _row_of_a_thread():
            row = self.rows.values_list("rests_until", "failures_in_a_row").first()
        self.rests_until, self.failures = row or (None, 0)

    def _rest(self, length: timedelta, **also: Any) -> None:
        until = now() + length
        self.rests_until = max(until, self.rests_until or until)
        with _row_of_a_thread():
            self.rows.update(rests_until=Greatest(Coalesce("rests_until", until), until), **also)

    def _fail(self) -> None:
        self.failures += 1
        also = {"failures_in_a_row": F("failures_in_a_row") + 1}
        if self.failures < OPENS_AFTER:
            with _row_of_a_thread():
                self.rows.update(**also)
            return
        seconds = min(REST_SECONDS * 2 ** min(self.failures - OPENS_AFTER, 8), LONGEST_REST_SECONDS)
        self._rest(wait(seconds * random.uniform(0.75, 1.25)), **also)  # noqa: S311 - so that not all probe at once

    def _recover(self) -> None:
        """A rest that was asked for stays: what succeeds now was sent before it."""
        self.failures = 0
        with _row_of_a_thread():
            self.rows.update(failures_in_a_row=0)


class Counted:
    """The pace as one user of it sees it: `requests` is how many it sent."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.requests = 0

    def before(self) -> None:
        self.pace.before()
        self.requests += 1

    def after(self, status: int | None, retry_after: str | None) -> None:
        self.pace.after(status, retry_after)


def asked_for(retry_after: str) -> timedelta:
    """Retry-After: seconds, or a date. What cannot be read is half a minute; nobody makes us wait for a day."""
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(retry_after) - now()).total_seconds()
        except (ValueError, TypeError):
            seconds = ASKED_TO_REST_SECONDS
    return timedelta(seconds=min(max(seconds, 0.0), 86_400.0) if seconds == seconds else ASKED_TO_REST_SECONDS)


def of(connection: Any) -> Pace:
    """The pace of a connection, the same one for everybody in this process."""
    parallel = int(connection.settings.get("parallel") or PARALLEL)
    each_second = float(connection.settings.get("rate_per_second") or EACH_SECOND)
    limits = max(parallel // settings.ASKING_PROCESSES, 1), each_second / settings.ASKING_PROCESSES
    with _lock:
        known = _paces.get(connection.pk)
        if known is None or (known.parallel, known.each_second) != limits:
            known = _paces[connection.pk] = Pace(type(connection).objects.filter(pk=connection.pk), *limits)
        return known


@contextmanager
def _row_of_a_thread() -> Iterator[None]:
    """A connector's own threads give a database connection back as soon as they opened it: nobody else would."""
    was_open = database.connection is not None
    try:
        yield
    finally:
        if not was_open:
            database.close()


_paces: dict[Any, Pace] = {}
_lock = threading.Lock()
