"""Whenever a run dies, is everything there once when the next one has run? (contract C4, C11, P1)"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from crm.models import Contact, PhoneNumber
from integrations.models import RemoteLink, Stream
from integrations.sync import engine
from tests.factories import ContactFactory
from tests.integrations.sync.books import PEOPLE, SHELVES, Shelf, books, person, stream

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 7), st.integers(0, 3)),
        st.tuples(st.just("delete"), st.integers(0, 7), st.just(0)),
        st.tuples(st.just("break"), st.integers(0, 3), st.just(0)),
        st.tuples(st.just("run"), st.just(0), st.just(0)),
        st.tuples(st.just("full"), st.just(0), st.just(0)),
        st.tuples(st.just("compare"), st.just(0), st.just(0)),
    ),
    max_size=12,
)


class Histories(TestCase):
    """Whatever happened, in whatever order, what stands here in the end is what stands there."""

    @settings(max_examples=60, deadline=None)
    @given(STEPS, st.integers(1, 4))
    def test_C4_C7_in_the_end_ours_is_theirs(self, steps: list[tuple[str, int, int]], page_size: int) -> None:
        connection, shelf = books()
        inward = stream(connection, *PEOPLE)
        shelf.page_size = page_size
        for step in steps:
            _take(step, shelf, inward)
        shelf.fails_after_pages = None
        engine.run(_fresh(inward))
        engine.compare_ids(_fresh(inward))
        assert _shown() == {(one["first"], one["mobile"]) for one in shelf.records["contact"].values()}
        assert RemoteLink.objects.filter(state="live").count() == len(shelf.records["contact"])


def _take(step: tuple[str, int, int], shelf: Shelf, inward: Stream) -> None:
    what, number, version = step
    if what == "put":
        shelf.put(person(number, first=f"Jana{number}v{version}"))
    elif what == "delete" and f"p{number}" in shelf.records["contact"]:
        shelf.delete(f"p{number}")
    elif what == "break":
        shelf.fails_after_pages = number or None
    elif what in ("run", "full"):
        engine.run(_fresh(inward), "full" if what == "full" else "changes")
    elif what == "compare":
        engine.compare_ids(_fresh(inward))


def _fresh(inward: Stream) -> Stream:
    return Stream.objects.select_related("connection").get(pk=inward.pk)


def _shown() -> set[tuple[str, str]]:
    numbers = PhoneNumber.objects.filter(contact__hidden_at=None, contact__master="books")
    return {(row.contact.first_name, row.number.removeprefix("+420")) for row in numbers.select_related("contact")}


@pytest.mark.django_db
@pytest.mark.parametrize("dies_after", range(4))
def test_P1_a_push_that_dies_at_any_write_makes_nobody_twice(dies_after: int) -> None:
    connection, shelf = books("centre")
    outward = stream(connection, ("last_name", "last"), direction="outward")
    ContactFactory.create_batch(4)
    shelf.fails_after_writes = dies_after
    assert engine.run(outward).state == "failed"
    RemoteLink.objects.all().delete()  # it died before it could remember what was answered
    Stream.objects.update(cursor="", leased_until=timezone.now() - timedelta(seconds=1))
    shelf.fails_after_writes = None
    assert engine.run(_fresh(outward)).state == "done"
    assert len(shelf.records["contact"]) == RemoteLink.objects.count() == Contact.objects.count() == 4
    assert SHELVES[connection.origin] is shelf
