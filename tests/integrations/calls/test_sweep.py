"""Is what no webhook told found all the same: what began, what was closed late, what is missing of a day? (E10, W10)"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from crm.models import Activity, Call, Suppression, Ticket
from integrations import calls
from integrations.calls.sweeping import one_by_one
from integrations.connectors.daktela.simulator import Simulator
from integrations.connectors.errors import TemporaryFailure
from integrations.models import ActivityCopy, Connection, LedgerEntry, RecordFailure, Stream, SyncRun
from integrations.sync import deletions
from integrations.sync.engine import Busy
from tests.clock import HandClock
from tests.factories import ConnectionFactory, ContactFactory, TicketFactory

pytestmark = pytest.mark.django_db
NUMBER = "00420773796040"
DAY = date(2026, 1, 5)


def closed_call(simulator: Simulator, clock: HandClock, number: str = NUMBER) -> str:
    name = simulator.scenarios.ring("petr", 2000, number)["name"]
    simulator.scenarios.answer(name)
    clock.forward(30)
    simulator.scenarios.close(name)
    return str(name)


def all_due() -> None:
    """Five minutes later."""
    for copy in ActivityCopy.objects.exclude(due_at=None):
        copy.due_at -= timedelta(minutes=6)
        copy.save()


def test_e10_lost_webhooks_are_healed_by_the_sweep(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    names = {closed_call(simulator, clock) for _ in range(5)}
    run = calls.sweep(connection)
    assert (run.state, run.seen, run.created) == ("done", 5, 5)
    assert set(Activity.objects.values_list("activity_id", flat=True)) == names
    assert set(Activity.objects.values_list("status", flat=True)) == {"closed"}
    again = calls.sweep(connection)
    assert (again.created, again.updated) == (0, 0)


def test_e10_what_was_opened_before_and_closed_after_a_sweep_is_closed_by_the_next(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    name = simulator.scenarios.ring("petr", 2000, NUMBER)["name"]
    calls.sweep(connection)
    clock.forward(3600)
    simulator.scenarios.answer(name)
    simulator.scenarios.close(name)
    all_due()
    calls.sweep(connection)
    assert Activity.objects.get().status == "closed"
    assert Call.objects.get().ended_at is not None


def test_e10_a_postponed_mail_is_seen_closed_though_no_time_tells(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    name = simulator.scenarios.email("petr", "eva@example.com", "Invoice")["name"]
    simulator.scenarios.answer(name)
    simulator.scenarios.postpone(name)
    calls.sweep(connection)
    assert (Activity.objects.get().status, Activity.objects.get().closed_at) == ("postponed", None)
    clock.forward(86400)
    simulator.scenarios.close(name)
    all_due()
    calls.reread(connection)
    assert Activity.objects.get().status == "closed"
    assert ActivityCopy.objects.get().due_at is None


def test_a_closed_activity_is_not_read_again(connection: Connection, simulator: Simulator, clock: HandClock) -> None:
    closed_call(simulator, clock)
    calls.sweep(connection)
    all_due()
    assert calls.reread(connection) == 0


def test_every_channel_comes_in(connection: Connection, simulator: Simulator, clock: HandClock) -> None:
    simulator.scenarios.email("petr", "eva.dvorakova@moravia-kola.example", "Invoice")
    simulator.scenarios.chat("petr", "Where is it?", email="eva@example.com")
    simulator.scenarios.sms("petr", "+420773796041", "Where is it?")
    for kind in ("FBM", "IGDM", "WAP", "VBR", "CUSTOM", "COMMENT"):
        values = {"type": kind, "action": "CLOSE", "title": kind, "user": "petr", "time": simulator.world.now()}
        simulator.world.insert(_activities(), values)
    calls.sweep(connection)
    types = sorted(Activity.objects.values_list("type", flat=True))
    assert types == sorted(["EMAIL", "CHAT", "SMS", "FBM", "IGDM", "WAP", "VBR", "CUSTOM", "CUSTOM"])


def _activities() -> Any:
    from integrations.connectors.daktela.simulator.schema import RESOURCES

    return RESOURCES["activities"]


def test_a7_a_mail_is_linked_by_its_address(connection: Connection, simulator: Simulator) -> None:
    contact = ContactFactory(emails=["Eva@Example.com"])
    simulator.scenarios.email("petr", "eva@example.com", "Invoice")
    calls.sweep(connection)
    activity = Activity.objects.get()
    assert (activity.contact, activity.link, activity.title) == (contact, "auto", "Invoice")


def test_w3_an_error_is_no_end_of_a_list_and_moves_no_cursor(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    closed_call(simulator, clock)
    calls.sweep(connection)
    cursor = Stream.objects.get().cursor
    closed_call(simulator, clock, "00420601111222")
    for fault in ("html", "truncate", "status"):
        simulator.faults.add(fault, status=503, times=1) if fault == "status" else simulator.faults.add(fault, times=1)
        assert calls.sweep(connection).state == "failed"
        assert Stream.objects.get().cursor == cursor
        Connection.objects.update(rests_until=None, failures_in_a_row=0)
    assert calls.sweep(connection).created == 1


def test_w1_one_that_cannot_be_kept_stops_no_other_and_is_not_forgotten(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    bad, good = closed_call(simulator, clock), closed_call(simulator, clock, "00420601111222")
    Activity.objects.create(source="daktela", activity_id=bad, type="CALL", number="x")
    with broken_for(bad):
        run = calls.sweep(connection)
    assert (run.state, run.rejected, run.created) == ("errors", 1, 1)
    assert Activity.objects.get(activity_id=good).status == "closed"
    failure = RecordFailure.objects.get()
    assert (failure.key, failure.state) == (bad, "waiting")
    RecordFailure.objects.update(next_try_at=failure.failed_at)
    calls.retry(connection)
    assert RecordFailure.objects.get().state == "settled"
    assert Activity.objects.get(activity_id=bad).status == "closed"


def broken_for(name: str) -> Any:
    """Until the end of the block the database refuses this one activity."""
    from contextlib import contextmanager

    from django.db import connection as database

    @contextmanager
    def broken() -> Any:
        with database.cursor() as cursor:
            cursor.execute(
                f"""create function refuse() returns trigger language plpgsql as
                $$ begin if new.activity_id = '{name}' then raise check_violation; end if; return new; end $$;
                create trigger refuse before update on crm_activity for each row execute function refuse()"""
            )
            yield
            cursor.execute("drop trigger refuse on crm_activity; drop function refuse()")

    return broken()


def test_c11_a_second_sweep_at_once_is_turned_away(connection: Connection) -> None:
    stream = Stream.objects.inward(connection, "activity")
    Stream.objects.filter(pk=stream.pk).claim()
    with pytest.raises(Busy):
        calls.sweep(connection)


def test_a_source_that_is_away_is_asked_later(connection: Connection, simulator: Simulator, clock: HandClock) -> None:
    simulator.scenarios.ring("petr", 2000, NUMBER)
    calls.sweep(connection)
    all_due()
    simulator.faults.add("status", status=503, times=1)
    assert calls.reread(connection) == 0
    copy = ActivityCopy.objects.get()
    assert (copy.leased_until, copy.due_at is not None) == (None, True)


def test_e10_the_nightly_comparison_finds_what_was_lost_and_the_ledger_shows_none_missing(
    connection: Connection, simulator: Simulator, clock: HandClock, time_machine_at_the_desk: None
) -> None:
    names = [closed_call(simulator, clock) for _ in range(4)]
    calls.sweep(connection)
    Activity.objects.filter(activity_id=names[0]).delete()
    ActivityCopy.objects.filter(name=names[0]).delete()
    run = calls.compare(connection)
    assert (run.state, run.kind, run.created) == ("done", "ids", 1)
    (line,) = calls.ledger(connection, DAY, DAY)
    assert (line.day, line.queue, line.theirs, line.ours, line.missing) == (DAY, "2000", 4, 4, 0)
    assert Stream.objects.get().compared_at is not None


def test_today_is_counted_by_the_sweep_once_an_hour(
    connection: Connection, simulator: Simulator, clock: HandClock, time_machine_at_the_desk: None
) -> None:
    closed_call(simulator, clock)
    calls.sweep(connection)
    assert [(line.theirs, line.ours) for line in calls.ledger(connection, DAY, DAY)] == [(1, 1)]
    closed_call(simulator, clock)
    calls.sweep(connection)
    assert [line.theirs for line in calls.ledger(connection, DAY, DAY)] == [1]
    LedgerEntry.objects.update(counted_at=LedgerEntry.objects.get().counted_at - timedelta(hours=2))
    calls.sweep(connection)
    assert [(line.theirs, line.ours) for line in calls.ledger(connection, DAY, DAY)] == [(2, 2)]


def test_a8_a_late_match_counts_as_a_revision(connection: Connection, simulator: Simulator, clock: HandClock) -> None:
    closed_call(simulator, clock)
    calls.sweep(connection)
    assert Activity.objects.get().revision == 0
    contact = ContactFactory(numbers=[NUMBER])
    contact.adopt_calls("+420773796040")
    assert (Activity.objects.get().contact, Activity.objects.get().revision) == (contact, 1)
    calls.refresh(connection, [Activity.objects.get().activity_id])
    assert Activity.objects.get().revision == 1


def test_the_ledger_names_a_gap_and_a_repair_closes_it(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    name = closed_call(simulator, clock)
    LedgerEntry.objects.create(connection=connection, day=DAY, queue="2000", theirs=1, ours=0, missing=[name])
    LedgerEntry.objects.create(connection=connection, day=DAY, queue="9", theirs=1, ours=1)
    assert [line.missing for line in calls.ledger(connection, DAY, DAY)] == [1, 0]
    calls.repair(connection, DAY, "2000")
    (line,) = calls.ledger(connection, DAY, DAY)
    assert (line.theirs, line.ours, line.missing) == (1, 1, 0)
    assert Activity.objects.get().status == "closed"
    Activity.objects.all().delete()
    calls.repair(connection, DAY)
    assert [line.missing for line in calls.ledger(connection, DAY, DAY)] == [0]
    assert Activity.objects.get().activity_id == name


@pytest.fixture
def time_machine_at_the_desk(settings: Any, clock: HandClock) -> None:
    """Our clock shows the simulator's day."""
    from django.utils import timezone

    settings.CLOCK_SKEW_SECONDS = (clock() - timezone.now()).total_seconds()


def test_tickets_are_mirrored_and_closed_ones_leave_the_open_list(
    connection: Connection, simulator: Simulator, clock: HandClock
) -> None:
    contact = ContactFactory(emails=["eva@example.com"])
    simulator.world.tables["tickets"].clear()
    opened = ticket(simulator, "It is late", email="eva@example.com")
    other = ticket(simulator, "It is broken")
    run = calls.mirror(connection)
    assert (run.state, run.created) == ("done", 2)
    mirrored = Ticket.objects.get(ticket_id=opened)
    assert (mirrored.title, mirrored.stage, mirrored.priority, mirrored.contact) == (
        "It is late",
        "OPEN",
        "LOW",
        contact,
    )
    assert (mirrored.category, mirrored.is_open) == ("Support", True)
    assert calls.mirror(connection).unchanged == 2
    simulator.world.change("tickets", simulator.world.find("tickets", opened), stage="CLOSE")
    del simulator.world.tables["tickets"][other]
    run = calls.mirror(connection)
    assert (run.updated, run.deleted) == (1, 1)
    assert list(Ticket.objects.values_list("ticket_id", "stage")) == [(opened, "CLOSE")]


def ticket(simulator: Simulator, title: str, **values: Any) -> str:
    from integrations.connectors.daktela.simulator.schema import RESOURCES

    given = {"title": title, "category": "categories_support", "stage": "OPEN", "priority": "LOW", **values}
    return str(simulator.world.insert(RESOURCES["tickets"], given)["name"])


def test_two_instances_side_by_side_keep_their_own(
    connection: Connection, simulator: Simulator, clock: HandClock, settings: Any
) -> None:
    with Simulator(clock=clock) as second:
        settings.ALLOWED_EGRESS = [simulator.url, second.url]
        other = ConnectionFactory(slug="other", origin=second.url, credentials={"token": second.token("admin")})
        closed_call(simulator, clock)
        closed_call(second, clock)
        calls.sweep(connection)
        calls.sweep(other)
    assert sorted(Activity.objects.values_list("source", flat=True)) == ["daktela", "other"]
    assert SyncRun.objects.count() == 2


def test_an_answer_that_never_comes_raises(connection: Connection, simulator: Simulator) -> None:
    simulator.faults.add("reset", times=1)
    with pytest.raises(TemporaryFailure):
        calls.refresh(connection, ["activities_1"])


def test_a_case_is_its_writers_in_whichever_capitals(connection: Connection, simulator: Simulator) -> None:
    contact = ContactFactory(emails=["Eva@Example.com"])
    simulator.world.tables["tickets"].clear()
    ticket(simulator, "It is late", email="eva@example.com")
    calls.mirror(connection)
    assert Ticket.objects.get().contact == contact


@pytest.mark.parametrize(
    ("kind", "known"), [("email", "eva@example.com"), ("remote:daktela:contact", "contact_0001")], ids=["email", "name"]
)
def test_x1_no_case_is_kept_of_who_asked_to_be_erased(
    kind: str, known: str, connection: Connection, simulator: Simulator
) -> None:
    Suppression.objects.suppress(kind, [known])
    simulator.world.tables["tickets"].clear()
    ticket(simulator, "Jana is late", email="Eva@example.com", contact="contact_0001")
    kept = ticket(simulator, "It is broken")
    calls.mirror(connection)
    assert Ticket.objects.get().ticket_id == kept


def test_c7_a_daktela_that_shows_no_cases_any_more_is_not_believed_at_once(
    connection: Connection, simulator: Simulator
) -> None:
    simulator.world.tables["tickets"].clear()
    for number in range(21):
        TicketFactory(source=connection.slug, ticket_id=f"lost_{number}")
    run = calls.mirror(connection)
    assert (run.state, Ticket.objects.count()) == ("stopped", 21)
    assert "21 of 21 tickets are gone in Daktela" in run.message
    deletions.approve(run.stream)
    assert (calls.mirror(connection).deleted, Ticket.objects.count()) == (21, 0)


def test_a_time_limit_is_no_fault_of_an_activity() -> None:
    def work(_: Sequence[str]) -> None:
        raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        one_by_one(["a", "b"], work)
