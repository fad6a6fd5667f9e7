"""Does what Daktela tells of an activity become our record of it, whatever came before and whoever else writes it?"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crm.models import Activity, Call, Queue, Suppression, User
from integrations import calls
from integrations.connectors.daktela.simulator import Simulator
from integrations.connectors.errors import TemporaryFailure
from integrations.models import ActivityCopy, Connection
from tests.clock import HandClock
from tests.factories import AccountFactory, ContactFactory, OutcomeFactory

pytestmark = pytest.mark.django_db
NUMBER = "00420773796040"


def closed_call(simulator: Simulator, clock: HandClock, number: str | None = NUMBER, agent: str = "petr") -> str:
    name = simulator.scenarios.ring(agent, 2000, number)["name"]
    clock.forward(4)
    simulator.scenarios.answer(name)
    clock.forward(180)
    simulator.scenarios.hang_up(name)
    clock.forward(6)
    simulator.scenarios.close(name)
    return str(name)


def test_a1_a_closed_call_is_kept_as_a_call_with_an_activity(
    connection: Connection, simulator: Simulator, clock: HandClock, queue: Queue, petr: User
) -> None:
    name = closed_call(simulator, clock)
    assert calls.refresh(connection, [name]) == set()
    activity = Activity.objects.get(source="daktela", activity_id=name)
    assert (activity.type, activity.status, activity.direction) == ("CALL", "closed", "in")
    assert (activity.user, activity.user_name, activity.queue, activity.team) == (petr, "", queue, queue.team)
    assert activity.number == "+420773796040"
    assert activity.time == datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
    assert activity.answered_at == datetime(2026, 1, 5, 9, 0, 4, tzinfo=UTC)
    assert activity.closed_at == datetime(2026, 1, 5, 9, 3, 10, tzinfo=UTC)
    assert (activity.duration_seconds, activity.has_recording) == (180, True)
    call = activity.call
    assert call is not None
    assert call.call_id.startswith("1WS.")
    assert (call.direction, call.number, call.queue) == ("in", "+420773796040", queue)
    assert (call.started_at, call.answered_at) == (activity.time, activity.answered_at)
    assert call.ended_at == datetime(2026, 1, 5, 9, 3, 4, tzinfo=UTC)
    assert (call.duration_seconds, call.is_missed) == (180, False)


def test_a1_a_transfer_is_one_call_with_two_activities(
    connection: Connection, simulator: Simulator, clock: HandClock, petr: User, jana: User
) -> None:
    first = simulator.scenarios.ring("petr", 2000, NUMBER)["name"]
    clock.forward(5)
    simulator.scenarios.answer(first)
    clock.forward(60)
    second = simulator.scenarios.transfer(first, "jana")["name"]
    clock.forward(3)
    simulator.scenarios.answer(second)
    clock.forward(30)
    simulator.scenarios.close(second)
    calls.refresh(connection, [second])
    calls.refresh(connection, [first])
    call = Call.objects.get()
    parts = call.activities.order_by("time")
    assert [part.user for part in parts] == [petr, jana]
    assert [part.duration_seconds for part in parts] == [60, 30]
    assert (call.ended_at - call.started_at).total_seconds() == 98
    assert (call.ended_at - call.answered_at).total_seconds() == call.duration_seconds == 93


def test_a2_an_answer_that_was_overtaken_is_dropped(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    name = simulator.scenarios.ring("petr", 2000, NUMBER)["name"]
    slow = calls.ask(connection, [name])
    stale = calls.fetch(connection, [name])
    clock.forward(3)
    simulator.scenarios.answer(name)
    calls.refresh(connection, [name])
    calls.settle(connection, slow, stale)
    assert Activity.objects.get().status == "open"
    assert ActivityCopy.objects.get().applied == 2


def test_a3_a_reopened_mail_is_open_again_and_the_revision_counts(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    name = simulator.scenarios.email("petr", "eva@example.com", "Invoice")["name"]
    simulator.scenarios.answer(name)
    simulator.scenarios.close(name)
    calls.refresh(connection, [name])
    assert (Activity.objects.get().status, Activity.objects.get().revision) == ("closed", 0)
    record = simulator.world.find("activities", name)
    simulator.world.change("activities", record, action="OPEN", time_close=None)
    calls.refresh(connection, [name])
    assert (Activity.objects.get().status, Activity.objects.get().revision) == ("open", 1)
    assert ActivityCopy.objects.get().due_at is not None


def test_a5_what_is_ours_stays_ours(connection: Connection, simulator: Simulator, clock: HandClock, petr: User) -> None:
    name = simulator.scenarios.ring("petr", 2000, NUMBER)["name"]
    calls.refresh(connection, [name])
    ours, outcome = ContactFactory(numbers=["+420601111222"]), OutcomeFactory()
    activity = Activity.objects.get()
    activity.link_to(ours, by=petr)
    activity.conclude(note="He will pay.", outcome_id=outcome.pk, custom={"order": "7"}, by=petr)
    ContactFactory(numbers=[NUMBER])
    simulator.scenarios.answer(name)
    simulator.scenarios.close(name)
    calls.refresh(connection, [name])
    activity = Activity.objects.exclude(type="NOTE").get()
    assert (activity.status, activity.contact, activity.link) == ("closed", ours, "manual")
    assert (activity.note, activity.outcome, activity.custom) == ("He will pay.", outcome, {"order": "7"})
    assert activity.done_at is not None


def test_a7_one_sure_match_is_linked_to_the_person_and_the_company(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    contact = ContactFactory(numbers=["773 796 040"], account=AccountFactory())
    calls.refresh(connection, [closed_call(simulator, clock)])
    activity, call = Activity.objects.get(), Call.objects.get()
    assert (activity.link, activity.contact, activity.account) == ("auto", contact, contact.account)
    assert (call.contact, call.account) == (contact, contact.account)


def test_a7_several_are_linked_to_nobody(connection: Connection, simulator: Simulator, clock: HandClock) -> None:
    ContactFactory(numbers=[NUMBER])
    ContactFactory(numbers=[NUMBER])
    calls.refresh(connection, [closed_call(simulator, clock)])
    assert (Activity.objects.get().link, Activity.objects.get().contact) == ("none", None)


def test_a7_a_withheld_number_is_nobodys(connection: Connection, simulator: Simulator, clock: HandClock) -> None:
    ContactFactory(numbers=[NUMBER])
    calls.refresh(connection, [closed_call(simulator, clock, None)])
    assert (Activity.objects.get().number, Activity.objects.get().contact) == ("", None)


def test_a7_unlinking_is_remembered_by_the_next_part_as_well(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    ContactFactory(numbers=[NUMBER])
    first = simulator.scenarios.ring("petr", 2000, NUMBER)["name"]
    calls.refresh(connection, [first])
    Activity.objects.get().unlink()
    simulator.scenarios.answer(first)
    second = simulator.scenarios.transfer(first, "jana")["name"]
    calls.refresh(connection, [first, second])
    assert {row.contact for row in Activity.objects.all()} == {None}
    assert Call.objects.get().contact is None


def test_an_unknown_queue_becomes_a_stub_and_an_unknown_agent_is_named(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    calls.refresh(connection, [closed_call(simulator, clock)])
    activity = Activity.objects.get()
    assert (activity.queue.source, activity.queue.name, activity.queue.title) == ("daktela", "2000", "Support CZ")
    assert (activity.user, activity.user_name) == (None, "Petr Novák")


def test_what_is_not_there_leaves_nothing_behind(connection: Connection) -> None:
    assert calls.refresh(connection, ["activities_of_nobody"]) == {"activities_of_nobody"}
    assert not Activity.objects.exists()
    assert not ActivityCopy.objects.exists()


def test_what_is_gone_over_there_stays_as_history_here(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    name = closed_call(simulator, clock)
    calls.refresh(connection, [name])
    del simulator.world.tables["activities"][name]
    assert calls.refresh(connection, [name]) == {name}
    assert Activity.objects.get().status == "closed"
    assert ActivityCopy.objects.get().is_gone


def test_a2_an_answer_from_before_it_was_gone_does_not_bring_it_back(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    name = closed_call(simulator, clock)
    calls.refresh(connection, [name])
    slow = calls.ask(connection, [name])
    stale = calls.fetch(connection, [name])
    record = simulator.world.tables["activities"].pop(name)
    calls.refresh(connection, [name])
    calls.settle(connection, slow, stale)
    assert ActivityCopy.objects.get().is_gone
    simulator.world.tables["activities"][name] = record
    calls.refresh(connection, [name])
    assert not ActivityCopy.objects.get().is_gone


def test_a3_a_claim_that_tells_no_state_lowers_none(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    name = closed_call(simulator, clock)
    Activity.objects.create(source="daktela", activity_id=name, type="CALL", status="open", note="He is angry.")
    calls.hear(connection, {name: [{"number": NUMBER}]})
    simulator.faults.add("status", status=503, times=1)
    with pytest.raises(TemporaryFailure):
        calls.refresh(connection, [name])
    assert (Activity.objects.get().status, Activity.objects.get().note) == ("open", "He is angry.")


def test_e4_while_daktela_is_away_a_claim_is_shown_and_is_provisional(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    name = closed_call(simulator, clock)
    calls.hear(connection, {name: [{"action": "CLOSE", "type": "CALL", "number": NUMBER}]})
    simulator.faults.add("status", status=503, times=1)
    with pytest.raises(TemporaryFailure):
        calls.refresh(connection, [name])
    activity, copy = Activity.objects.get(), ActivityCopy.objects.get()
    assert (activity.status, activity.number, activity.answered_at) == ("closed", "+420773796040", None)
    assert (copy.is_provisional, copy.due_at is not None) == (True, True)
    calls.refresh(connection, [name])
    activity, copy = Activity.objects.get(), ActivityCopy.objects.get()
    assert activity.answered_at is not None
    assert (copy.is_provisional, copy.due_at, activity.revision) == (False, None, 0)


def test_a_page_of_activities_costs_a_handful_of_statements(
    connection: Connection, simulator: Simulator, clock: HandClock, django_assert_max_num_queries: object
) -> None:
    names = [closed_call(simulator, clock, f"0042060100{number:04d}") for number in range(50)]
    calls.refresh(connection, names[:1])
    with django_assert_max_num_queries(24):  # type: ignore[operator]
        calls.refresh(connection, names)
    assert (Activity.objects.count(), Call.objects.count()) == (50, 50)
    before = list(Activity.objects.values_list("changed_at", flat=True))
    calls.refresh(connection, names)
    assert list(Activity.objects.values_list("changed_at", flat=True)) == before


@pytest.mark.parametrize("kind", ["number", "remote:daktela:contact"])
def test_x1_of_who_asked_to_be_erased_a_call_keeps_no_more_than_that_there_was_one(
    kind: str, connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    known = {"number": "+420773796040", "remote:daktela:contact": "contact_0001"}[kind]
    name = closed_call(simulator, clock)
    activity = simulator.world.find("activities", name)
    simulator.world.change("activities", activity, title=NUMBER, contact="contact_0001", description="Jana called.")
    Suppression.objects.suppress(kind, [known])
    calls.refresh(connection, [name])
    kept = Activity.objects.get()
    assert (kept.number, kept.title, kept.text, kept.status) == ("", "", "", "closed")
    assert kept.call is not None
    assert kept.call.number == ""
    copy = ActivityCopy.objects.get()
    assert not {"number", "title", "description"} & copy.snapshot.keys()
