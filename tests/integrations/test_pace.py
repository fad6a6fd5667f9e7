"""Do all workers leave a system alone that asks for it, and wait their turn where it does not?"""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, Never

import httpx
import pytest
from django.utils import timezone

from integrations.connectors.addresses import Origin
from integrations.connectors.errors import RateLimited
from integrations.connectors.http import Network, Transport
from integrations.models import Connection
from integrations.pace import OPENS_AFTER, Pace, asked_for, of
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db


def pace(connection: Connection, **limits: float) -> Pace:
    """Of another process, so to say: it knows only what the row says."""
    return Pace(Connection.objects.filter(pk=connection.pk), **limits)  # type: ignore[arg-type]


@pytest.mark.parametrize("is_date", [False, True])
def test_P3_one_workers_429_stops_them_all(is_date: bool) -> None:
    answer = format_datetime(timezone.now() + timedelta(seconds=30)) if is_date else "30"
    connection = ConnectionFactory()
    first, second = pace(connection), pace(connection)
    first.before()
    first.after(429, answer)
    with pytest.raises(RateLimited) as stopped:
        second.before()
    assert 20 < (stopped.value.retry_after_seconds or 0) <= 31


def test_P3_a_shorter_rest_does_not_end_a_longer_one() -> None:
    connection = ConnectionFactory()
    pace(connection)._rest(timedelta(minutes=5))
    pace(connection)._rest(timedelta(seconds=10))
    connection.refresh_from_db()
    assert connection.rests_until > timezone.now() + timedelta(minutes=4)


def test_P3_five_failures_in_a_row_open_the_circuit_and_a_success_closes_it() -> None:
    connection = ConnectionFactory()
    ours = pace(connection)
    for status in (500, None, 503, 502):
        ours.before()
        ours.after(status, None)
    pace(connection).before()
    ours.before()
    ours.after(None, None)
    connection.refresh_from_db()
    assert (connection.failures_in_a_row, connection.rests_until is not None) == (OPENS_AFTER, True)
    with pytest.raises(RateLimited):
        pace(connection).before()
    Connection.objects.filter(pk=connection.pk).update(rests_until=timezone.now() - timedelta(seconds=1))
    probing = pace(connection)
    probing.before()
    probing.after(200, None)
    connection.refresh_from_db()
    assert connection.failures_in_a_row == 0
    pace(connection).before()


def test_P3_what_was_sent_before_a_429_does_not_end_the_rest_it_asked_for() -> None:
    connection = ConnectionFactory()
    ours = pace(connection)
    for status, retry_after in ((500, None), (429, "300"), (200, None)):
        ours.before() if status == 500 else ours.slots.acquire()
        ours.after(status, retry_after)
    with pytest.raises(RateLimited):
        pace(connection).before()


def test_P3_no_more_than_so_many_at_once() -> None:
    ours = pace(ConnectionFactory(), parallel=2, each_second=1000)
    most, running, lock = 0, 0, threading.Lock()

    def ask() -> None:
        nonlocal most, running
        ours.before()
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        ours.after(200, None)

    ours.before()
    ours.after(200, None)
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_P3_no_more_than_so_many_a_second() -> None:
    ours = pace(ConnectionFactory(), parallel=1, each_second=50)
    started = time.monotonic()
    for _ in range(11):
        ours.before()
        ours.after(200, None)
    assert time.monotonic() - started >= 0.19


def test_everybody_in_a_process_shares_one_pace() -> None:
    connection = ConnectionFactory()
    assert of(connection) is of(Connection.objects.get(pk=connection.pk))


@pytest.mark.parametrize(("answer", "seconds"), [("5", 5), ("-1", 0), ("9999999", 86_400), ("soon", 30), ("nan", 30)])
def test_whatever_retry_after_says_it_is_a_time(answer: str, seconds: float) -> None:
    assert asked_for(answer).total_seconds() == seconds


class Over(Exception):
    """As a worker's time limit, which comes from nowhere."""


class Interrupted(Network):
    def connect_tcp(self, *_: Any, **__: Any) -> Never:
        raise Over


def test_P3_a_request_that_a_time_limit_ends_gives_its_place_back() -> None:
    ours = pace(ConnectionFactory(), parallel=1)
    origin = Origin.read("https://example.com")
    transport = Transport(origin, Interrupted(), deadline_seconds=5, size_limit=1, pace=ours)
    for _ in range(2):
        with httpx.Client(base_url="https://example.com", transport=transport) as client, pytest.raises(Over):
            client.get("/")
    assert ours.slots.acquire(blocking=False)


@pytest.mark.parametrize(("parallel", "share"), [(8, 4), (4, 2), (1, 1)])
def test_P3_processes_that_are_counted_share_what_one_alone_would_have(
    settings: Any, parallel: int, share: int
) -> None:
    settings.ASKING_PROCESSES = 2
    ours = of(ConnectionFactory(settings={"parallel": parallel, "rate_per_second": 5}))
    began = time.monotonic()
    for _ in range(share + 2):
        ours.before()
        ours.after(200, None)
    assert time.monotonic() - began > 2 / 2.5 - 0.05
    for _ in range(share):
        assert ours.slots.acquire(timeout=0)
    assert not ours.slots.acquire(timeout=0)
