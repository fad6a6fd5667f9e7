"""Do the card and the inbox meet in the same rows, when both hear of a call at the same moment?"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from crm.models import Activity, Call, Queue, User
from integrations import calls, live
from integrations.connectors.daktela.simulator import Simulator
from integrations.models import ActivityCopy, Connection
from tests.clock import HandClock
from tests.factories import ContactFactory
from widget import journal
from widget.context import CallContext

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = "00420773796040"


def at_once(*works: Callable[[], object]) -> None:
    """Each in a thread of its own, from one moment on; what one raises is raised."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        try:
            barrier.wait()
            work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        list(pool.map(run, works))


def context_of(simulator: Simulator, name: str) -> CallContext:
    call_id = str(simulator.world.find("activities", name)["item"])
    query = {"clid": [NUMBER], "direction": ["in"], "callid": [call_id], "activity": [name]}
    return CallContext.read(query, "2000")


def test_a_call_that_both_make_at_once_is_one_call(
    connection: Connection, simulator: Simulator, clock: HandClock, queue: Queue, petr: User
) -> None:
    contact = ContactFactory(numbers=[NUMBER])
    names = [str(simulator.scenarios.ring("petr", 2000, NUMBER)["name"]) for _ in range(12)]
    clock.forward(5)
    for name in names:
        context = context_of(simulator, name)
        at_once(
            lambda context=context: journal.opened(queue, context, petr, is_verified=True),
            lambda name=name: calls.refresh(connection, [name]),
            lambda name=name: calls.refresh(connection, [name]),
        )
    assert Activity.objects.count() == Call.objects.count() == ActivityCopy.objects.count() == len(names)
    assert set(Activity.objects.values_list("user", "queue", "number")) == {(petr.pk, queue.pk, "+420773796040")}
    calls.refresh(connection, names)
    assert set(Activity.objects.values_list("contact", "link")) == {(contact.pk, "auto")}
    assert set(Call.objects.values_list("contact", flat=True)) == {contact.pk}


def test_what_the_agent_writes_meanwhile_is_kept(
    connection: Connection, simulator: Simulator, clock: HandClock, queue: Queue, petr: User
) -> None:
    ContactFactory(numbers=[NUMBER])
    mine = ContactFactory(first_name="Mine")
    for number in range(12):
        name = str(simulator.scenarios.ring("petr", 2000, NUMBER)["name"])
        activity = journal.opened(queue, context_of(simulator, name), petr, is_verified=True)
        simulator.scenarios.answer(name)

        def work(activity: Activity = activity, number: int = number) -> None:
            activity.link_to(mine, by=petr)
            activity.conclude(note=f"Note {number}", outcome_id=None, custom={}, by=petr)

        at_once(work, lambda name=name: calls.refresh(connection, [name]))
        activity.refresh_from_db()
        assert (activity.note, activity.contact, activity.link) == (f"Note {number}", mine, "manual")
        assert activity.status == "open"
        assert activity.done_at is not None
        assert activity.call is not None
        assert activity.call.contact == mine


def test_what_the_card_was_told_before_the_inbox_read_the_call_again_is_dropped(
    connection: Connection, simulator: Simulator, clock: HandClock, queue: Queue, petr: User
) -> None:
    name = str(simulator.scenarios.ring("petr", 2000, NUMBER)["name"])
    context = context_of(simulator, name)
    activity = journal.opened(queue, context, petr, is_verified=True)
    simulator.scenarios.answer(name)
    begun, told = journal.reads_begun(queue, context), live.activity_now(connection, name)
    clock.forward(30)
    simulator.scenarios.close(name)
    calls.refresh(connection, [name])
    journal.note_state(activity, told, begun)
    assert Activity.objects.get().status == "closed"
    assert Activity.objects.get().closed_at is not None
    begun, told = journal.reads_begun(queue, context), live.activity_now(connection, name)
    Activity.objects.update(status="open", closed_at=None)
    journal.note_state(activity, told, begun)
    assert Activity.objects.get().status == "closed"


def test_a_transfer_read_by_two_workers_at_once_is_one_call_with_both_parts(
    connection: Connection, simulator: Simulator, clock: HandClock, queue: Queue
) -> None:
    for _ in range(12):
        first = simulator.scenarios.ring("petr", 2000, NUMBER)["name"]
        simulator.scenarios.answer(first)
        clock.forward(20)
        second = simulator.scenarios.transfer(first, "jana")["name"]
        simulator.scenarios.answer(second)
        clock.forward(40)
        simulator.scenarios.close(second)
        at_once(
            lambda name=first: calls.refresh(connection, [name]), lambda name=second: calls.refresh(connection, [name])
        )
        call = Call.objects.get(activities__activity_id=first)
        assert call.activities.count() == 2
        assert (call.ended_at - call.started_at).total_seconds() == 60
