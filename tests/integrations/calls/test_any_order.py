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

    def again(self, number: int) -> Story:
        """The same under names of its own."""
        told = [{f"{name}~{number}": _renamed(facts, number) for name, facts in one.items()} for one in self.told]
        claims = [(f"{name}~{number}", _renamed(facts, number)) for name, facts in self.claims]
        return Story(self.bodies, told, claims)

    def heard_in(self, fate: Fate, part: int) -> list[tuple[str, Told]]:
        start, end = fate.parts()[part]
        return [self.claims[index] for index in fate.order[start:end]]

    def told_in(self, fate: Fate, part: int) -> dict[str, Told]:
        """What Daktela says when it is asked after this part, of those it was asked about: never less than before."""
        names = {name for name, _ in self.heard_in(fate, part)}
        now = self.told[min(max(fate.order[: fate.parts()[part][1]], default=0), 6)]
        return {name: facts for name, facts in now.items() if name in names}


def _renamed(facts: Told, number: int) -> Told:
    return {**facts, "id_call": f"{facts['id_call']}~{number}"} if "id_call" in facts else facts


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
        calls.settle(connection, calls.ask(connection, sorted(told[-1])), told[-1])
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
AT_ONCE = 50  # calls side by side in the database: 40 times 50 are 2,000
THOROUGH = settings(deadline=None, suppress_health_check=list(HealthCheck))


@dataclass(frozen=True)
class Fate:
    """In which order the events of a call come, how often, when Daktela is asked, and whose answer comes first."""

    order: list[int]
    asked_after: tuple[int, int]
    overtakes: bool

    def parts(self) -> list[tuple[int, int]]:
        return list(pairwise([0, *sorted(self.asked_after), len(self.order)]))


FATES = st.lists(
    st.builds(Fate, ORDERS, st.tuples(st.integers(0, 9), st.integers(0, 9)), st.booleans()),
    min_size=AT_ONCE,
    max_size=AT_ONCE,
)


@settings(THOROUGH, max_examples=2000 // AT_ONCE)
@given(FATES)
def test_a2_any_order_and_multiplicity_gives_the_same_record_with_a_read_api(
    connection: Connection, story: Story, fates: list[Fate]
) -> None:
    stories = [story.again(number) for number in range(AT_ONCE)]
    with transaction.atomic():
        _hear_and_ask(connection, list(zip(stories, fates, strict=True)))
        activities, whole = record()
        transaction.set_rollback(True)
    for number, fate in enumerate(fates):
        mine = [[row for row in rows if _plain(row, number)] for rows in (activities, whole)]
        assert mine == list(story.record), fate


def _plain(row: dict[str, Any], number: int) -> bool:
    """Whether it is a row of the story of this number; its names are then those of the story itself."""
    names = {key: row[key].rpartition("~") for key in ("activity_id", "call__call_id", "call_id") if key in row}
    if {end for _, _, end in names.values()} != {str(number)}:
        return False
    row.update({key: name for key, (name, _, _) in names.items()})
    return True


def _hear_and_ask(connection: Connection, lives: list[tuple[Story, Fate]]) -> None:
    """Events come late, repeated and mixed; Daktela is asked in between, and a later answer may come first."""
    asked: list[dict[str, int]] = []
    for part in range(3):
        names = heard(connection, [claim for story, fate in lives for claim in story.heard_in(fate, part)])
        asked.append(calls.ask(connection, sorted(names)))
    for turn in range(3):
        numbers, found = {}, {}
        for story, fate in lives:
            part = 2 - turn if fate.overtakes else turn
            for name, facts in story.told_in(fate, part).items():
                numbers[name], found[name] = asked[part][name], facts
        calls.settle(connection, numbers, found)
    _finish(connection, *(story for story, _ in lives))


def _finish(connection: Connection, *stories: Story) -> None:
    """What the sweep does in the end: what is not settled is read once more, and nothing else."""
    last = {name: facts for story in stories for name, facts in story.told[-1].items()}
    due = ActivityCopy.objects.exclude(due_at=None).order_by("name").values_list("name", flat=True)
    numbers = calls.ask(connection, list(due))
    calls.settle(connection, numbers, {name: last[name] for name in numbers})


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
