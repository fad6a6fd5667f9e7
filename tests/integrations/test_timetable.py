"""Does the sweeper find everything that is due by the rows alone, in order, and nothing that must wait?"""

from datetime import UTC, datetime, timedelta

import pytest

from integrations import timetable
from integrations.clock import now
from integrations.models import ActivityCopy, Connection, Errand, RecordFailure, Stream, SyncRun, WebhookEvent
from integrations.models.lease import MOST_CRASHES
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db
A_MINUTE_AGO = timedelta(minutes=-1)


def stream(connection: Connection, entity: str = "contact", direction: str = "inward", **values: object) -> Stream:
    standing = {"is_enabled": True, "compared_at": now(), "due_at": now() + A_MINUTE_AGO}
    return Stream.objects.create(connection=connection, entity=entity, direction=direction, **standing | values)


def test_every_kind_of_row_that_is_due_is_found_by_its_row() -> None:
    connection = ConnectionFactory()
    due = {"connection": connection, "due_at": now() + A_MINUTE_AGO}
    WebhookEvent.objects.create(key="1", body=b"{}", **due)
    WebhookEvent.objects.create(key="2", body=b"{}", **due)
    ActivityCopy.objects.create(name="activities_1", **due)
    errand = Errand.objects.create(kind="repair", **due)
    contacts = stream(connection)
    quarantined = stream(connection, "account", due_at=None)
    RecordFailure.objects.create(stream=quarantined, key="7", reason="x", next_try_at=now() + A_MINUTE_AGO)
    old = stream(connection, "activity", due_at=None, compared_at=now() - timedelta(days=2))
    assert list(timetable.due()) == [
        ("handle_events", connection.pk),
        ("reread", connection.pk),
        ("do_errand", errand.pk),
        ("run_stream", contacts.pk),
        ("retry", quarantined.pk),
        ("compare", old.pk),
    ]


def test_what_is_not_due_yet_or_in_somebodys_hands_is_left_alone() -> None:
    connection = ConnectionFactory()
    later = now() + timedelta(minutes=1)
    WebhookEvent.objects.create(connection=connection, key="1", body=b"{}", due_at=later)
    WebhookEvent.objects.create(connection=connection, key="2", body=b"{}", due_at=now(), leased_until=later)
    stream(connection, due_at=later)
    RecordFailure.objects.create(
        stream=stream(connection, "account", due_at=None), key="7", reason="x", next_try_at=later
    )
    assert list(timetable.due()) == []


@pytest.mark.parametrize(
    "stopped",
    [{"is_enabled": False}, {"paused_reason": "Wrong token"}, {"rests_until": datetime(9999, 1, 1, tzinfo=UTC)}],
)
def test_nobody_asks_a_connection_that_is_off_that_waits_for_a_person_or_that_rests(stopped: dict[str, object]) -> None:
    stream(ConnectionFactory(**stopped), compared_at=None)
    assert list(timetable.due()) == []


def test_accounts_are_run_before_the_contacts_that_name_them() -> None:
    connection = ConnectionFactory()
    contacts, accounts = stream(connection), stream(connection, "account")
    outward = stream(connection, direction="outward")
    assert list(timetable.streams()) == [("run_stream", accounts.pk), ("run_stream", outward.pk)]
    Stream.objects.filter(pk=accounts.pk).update(leased_until=now() + timedelta(minutes=1))
    assert list(timetable.streams()) == [("run_stream", outward.pk)]
    Stream.objects.filter(pk=accounts.pk).update(leased_until=None, due_at=now() + timedelta(minutes=2))
    assert list(timetable.streams()) == [("run_stream", contacts.pk), ("run_stream", outward.pk)]


def test_a_long_pull_of_contacts_does_not_hold_up_what_happens_on_the_lines() -> None:
    connection = ConnectionFactory()
    stream(connection, leased_until=now() + timedelta(minutes=1))
    activities = stream(connection, "activity")
    assert list(timetable.streams()) == [("run_stream", activities.pk)]


@pytest.mark.parametrize(
    ("hour_utc", "hours_ago", "is_due"),
    [(1, 24, True), (1, 22, True), (12, 24, False), (1, 10, False), (12, 31, True), (12, None, True)],
)
def test_all_ids_are_compared_once_a_night_or_by_day_when_a_night_was_missed(
    hour_utc: int, hours_ago: int | None, is_due: bool
) -> None:
    moment = datetime(2026, 6, 15, hour_utc, 30, tzinfo=UTC)  # in Prague it is two hours later
    last = moment - timedelta(hours=hours_ago) if hours_ago else None
    assert timetable.is_night_shift(moment, last, "Europe/Prague") is is_due


def test_what_ended_three_workers_is_buried_and_said(caplog: pytest.LogCaptureFixture) -> None:
    connection = ConnectionFactory()
    poison = {"due_at": now() + A_MINUTE_AGO, "leased_until": now() + A_MINUTE_AGO, "crashes": MOST_CRASHES - 1}
    event = WebhookEvent.objects.create(connection=connection, key="1", body=b"{}", **poison)
    sick = WebhookEvent.objects.create(connection=connection, key="2", body=b"{}", **poison | {"crashes": 1})
    paused = stream(connection, **poison)
    run = SyncRun.objects.create(stream=paused)
    timetable.bury()
    run.refresh_from_db()
    assert (run.state, run.message) == ("stopped", timetable.POISON)
    event.refresh_from_db()
    paused.refresh_from_db()
    assert (event.state, event.due_at) == ("dead", None)
    assert paused.paused_reason == event.reason == timetable.POISON
    assert WebhookEvent.objects.claim(limit=5) == [sick]
    assert len([line for line in caplog.records if line.levelname == "ERROR"]) == 2


def test_a_comparison_that_broke_off_is_not_begun_again_at_once() -> None:
    one = stream(ConnectionFactory(), compared_at=None)
    run = SyncRun.objects.create(stream=one, kind="ids", state="failed", started_at=now() - timedelta(minutes=9))
    assert list(timetable.comparisons()) == []
    SyncRun.objects.filter(pk=run.pk).update(started_at=now() - timedelta(minutes=11))
    assert list(timetable.comparisons()) == [("compare", one.pk)]


def test_comparisons_are_made_one_at_a_time() -> None:
    first, second = (stream(ConnectionFactory(slug=slug), compared_at=None) for slug in ("first", "second"))
    assert list(timetable.comparisons()) == [("compare", first.pk)]
    Stream.objects.filter(pk=first.pk).update(leased_until=now() + timedelta(seconds=9))
    SyncRun.objects.create(stream=first, kind="ids", state="running")
    assert list(timetable.comparisons()) == []
    Stream.objects.filter(pk=first.pk).update(leased_until=None, compared_at=now())
    assert list(timetable.comparisons()) == [("compare", second.pk)]
