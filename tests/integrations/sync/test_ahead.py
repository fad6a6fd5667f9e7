"""Are pages fetched a few ahead, in order, with what went wrong, and is nobody left behind?"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection as database

from crm.models import Contact
from integrations.models import RemoteLink, Stream, SyncRun
from integrations.sync import ahead, engine
from tests.integrations.sync.books import PEOPLE, books, person, stream


def nobody() -> None: ...


def test_pages_come_in_their_order_and_what_was_raised_comes_after_them() -> None:
    def pages() -> Iterator[int]:
        yield from range(20)
        raise LookupError("It went away.")

    things = ahead.fetched(pages(), nobody)
    assert [next(things) for _ in range(20)] == list(range(20))
    with pytest.raises(LookupError, match="It went away"):
        next(things)


def test_no_more_than_a_few_are_fetched_ahead() -> None:
    fetched: list[int] = []

    def pages() -> Iterator[int]:
        for number in range(50):
            fetched.append(number)
            yield number

    things = ahead.fetched(pages(), nobody)
    assert next(things) == 0
    time.sleep(0.2)
    assert len(fetched) <= ahead.PAGES_AHEAD + 2
    things.close()


def test_leaving_early_closes_what_is_left_and_stops_the_thread() -> None:
    closed = threading.Event()

    def pages() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.set()

    before = threading.active_count()
    for _ in ahead.fetched(pages(), nobody):
        break
    assert closed.wait(2)
    assert threading.active_count() == before


def test_C11_a_lease_is_renewed_while_the_other_side_is_slow() -> None:
    beats = []

    def pages() -> Iterator[int]:
        time.sleep(0.3)
        yield 1

    assert list(ahead.fetched(pages(), lambda: beats.append(1), seconds=0.05)) == [1]
    assert len(beats) >= 3


@pytest.mark.django_db(transaction=True)
def test_C11_schedulers_that_run_a_stream_at_once_carry_everything_once() -> None:
    connection, shelf = books()
    inward = stream(connection, *PEOPLE)
    shelf.page_size = 5
    shelf.put(*(person(number) for number in range(40)))
    ended: list[SyncRun | None] = []

    def schedule() -> None:
        try:
            ended.append(engine.run(Stream.objects.select_related("connection").get(pk=inward.pk)))
        except engine.Busy:
            ended.append(None)
        finally:
            database.close()

    threads = [threading.Thread(target=schedule) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ended) == 6
    assert sum(run.created for run in ended if run) == 40
    assert Contact.objects.count() == RemoteLink.objects.count() == 40
    assert not SyncRun.objects.exclude(state="done").exists()
