"""Do the events of a call with transfers make the same record in any order, however often each comes? (A1, A2, A9)"""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm.models import Activity, Call, Queue, User
from integrations import calls, inbox
from integrations.calls.reader import Told, claimed
from integrations.connectors.daktela.connector import Daktela
from integrations.connectors.daktela.simulator import Simulator
from integrations.connectors.errors import ConnectorError
from integrations.models import ActivityCopy, Connection, WebhookEvent
from tests.clock import HandClock
from tests.factories import ContactFactory

pytestmark = pytest.mark.django_db
NUMBER = "00420773796040"
OF_ACTIVITY = (
    "activity_id", "type", "status", "direction", "number", "title", "text", "time", "answered_at", "closed_at",
    "duration_seconds", "has_recording", "revision", "link", "contact_id", "user_id", "user_name",
    "queue__name", "call__call_id",
)  # fmt: skip
OF_CALL = (
    "call_id", "direction", "number", "queue__name", "contact_id", "started_at", "answered_at", "ended_at",
    "duration_seconds",
)  # fmt: skip


@dataclass
class Story:
    """A call with two transfers: the bodies it sends, and what Daktela would tell after each of them."""

    bodies: list[bytes]
    told: list[dict[str, Told]]
    claims: list[tuple[str, Told]]
    record: Any = None


@pytest.fixture
def story(
    connection: Connection, simulator: Simulator, clock: HandClock, queue: Queue, petr: User, jana: User
) -> Story:
    """Played once; afterwards nobody can ask, unless a test allows it again."""
    ContactFactory(numbers=[NUMBER])
    simulator.events.configure("http://127.0.0.1:9/")
    names: list[str] = []
    told = []

    def after(activity: Any) -> Any:
        if activity["name"] not in names:
            names.append(activity["name"])
        clock.forward(7)
        told.append(calls.fetch(connection, names))
        return activity["name"]

    scenarios = simulator.scenarios
    first = after(scenarios.ring("petr", 2000, NUMBER))
    after(scenarios.answer(first))
    second = after(scenarios.transfer(first, "jana"))
    after(scenarios.answer(second))
    third = after(scenarios.transfer(second, "lucia"))
    after(scenarios.answer(third))
    after(scenarios.close(third))
    simulator.events.drain()
    bodies = [json.dumps(body).encode() for _, body, _ in simulator.events.sent]
    events = [event for body in bodies for event in Daktela.read(body)]
    assert len(events) == 9
    story = Story(bodies, told, [(event.remote_id, claimed(event)) for event in events])
    with transaction.atomic():
        _finish(connection, story)
        story.record = record()
        transaction.set_rollback(True)
    assert [len(rows) for rows in story.record] == [3, 1]
    return story


def record() -> tuple[list[Any], list[Any]]:
    """Everything that a call and its activities say."""
    activities = Activity.objects.order_by("activity_id").values(*OF_ACTIVITY)
    return list(activities), list(Call.objects.values(*OF_CALL))


def heard(connection: Connection, claims: list[tuple[str, Told]]) -> set[str]:
    by_name: dict[str, list[Told]] = {}
    for name, facts in claims:
        by_name.setdefault(name, []).append(facts)
    calls.hear(connection, by_name)
    return set(by_name)


ORDERS = st.lists(st.integers(0, 8), max_size=4).flatmap(lambda more: st.permutations([*range(9), *more]))
THOROUGH = settings(max_examples=2000, deadline=None, suppress_health_check=list(HealthCheck))


@THOROUGH
@given(order=ORDERS, asked_after=st.sets(st.integers(0, 12), max_size=2), overtakes=st.booleans())
def test_a2_any_order_and_multiplicity_gives_the_same_record_with_a_read_api(
    connection: Connection, story: Story, order: list[int], asked_after: set[int], overtakes: bool
) -> None:
    with transaction.atomic():
        _hear_and_ask(connection, story, order, sorted(asked_after), overtakes)
        assert record() == story.record
        transaction.set_rollback(True)


def _hear_and_ask(
    connection: Connection, story: Story, order: list[int], asked_after: list[int], overtakes: bool
) -> None:
    """Events come late, repeated and mixed; Daktela is asked in between, and a later answer may come first."""
    answers = []
    for start, end in pairwise([0, *asked_after, len(order)]):
        names = sorted(heard(connection, [story.claims[index] for index in order[start:end]]))
        now = story.told[min(max(order[:end], default=0), 6)]
        answers.append((calls.ask(connection, names), {name: now[name] for name in names if name in now}))
    for numbers, found in reversed(answers) if overtakes else answers:
        with transaction.atomic():
            calls.settle(connection, {name: numbers[name] for name in found}, found)
    _finish(connection, story)


def _finish(connection: Connection, story: Story) -> None:
    """What the sweep does in the end: everything that is not settled is read once more."""
    last = story.told[-1]
    calls.settle(connection, calls.ask(connection, sorted(last)), last)


@settings(THOROUGH, max_examples=100)
@given(order=ORDERS, tried_after=st.sets(st.integers(1, 12), max_size=2))
def test_a2_any_order_and_multiplicity_gives_the_same_record_without_a_read_api(
    connection: Connection, story: Story, order: list[int], tried_after: set[int]
) -> None:
    Connection.objects.filter(pk=connection.pk).update(origin="http://nobody.example")
    nobody = Connection.objects.get(pk=connection.pk)
    with transaction.atomic():
        for start, end in pairwise([0, *sorted(tried_after), len(order)]):
            names = heard(nobody, [story.claims[index] for index in order[start:end]])
            _try_to_ask(nobody, names)
        mixed = _shown(nobody, story)
        transaction.set_rollback(True)
    with transaction.atomic():
        heard(nobody, story.claims)
        plain = _shown(nobody, story)
        transaction.set_rollback(True)
    assert mixed == plain
    assert {row["status"] for row in plain[0]} == {"closed"}


def _try_to_ask(nobody: Connection, names: set[str]) -> None:
    with suppress(ConnectorError):
        calls.refresh(nobody, names)


def _shown(nobody: Connection, story: Story) -> Any:
    _try_to_ask(nobody, {name for name, _ in story.claims})
    assert set(ActivityCopy.objects.values_list("is_provisional", flat=True)) == {True}
    return record()


@settings(THOROUGH, max_examples=15)
@given(order=ORDERS)
def test_a9_the_inbox_makes_the_record_that_a_list_makes(
    connection: Connection, story: Story, order: list[int]
) -> None:
    with transaction.atomic():
        for place, index in enumerate(order):
            inbox.store(connection, story.bodies[index], {})
            if place % 3 == 0:
                inbox.handle_due(connection)
        inbox.handle_due(connection)
        assert set(WebhookEvent.objects.values_list("state", flat=True)) == {"done"}
        by_webhook = record()
        transaction.set_rollback(True)
    with transaction.atomic():
        calls.sweep(connection)
        by_list = record()
        transaction.set_rollback(True)
    with transaction.atomic():
        calls.refresh(connection, story.told[-1])
        by_hand = record()
        transaction.set_rollback(True)
    assert by_webhook == by_list == by_hand == story.record
