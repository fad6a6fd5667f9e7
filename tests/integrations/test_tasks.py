"""Do the tasks do what is due, once, however often they are told to?"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import redis

from integrations import rounds, tasks
from integrations.clock import now
from integrations.connectors.daktela.simulator import Simulator
from integrations.models import Connection, Stream, SyncRun, WebhookEvent
from tests.factories import ConnectionFactory, UserFactory
from tests.integrations.broker import told


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as running:
        yield running


@pytest.fixture
def connection(simulator: Simulator, settings: Any, db: None) -> Connection:
    settings.ALLOWED_EGRESS = [simulator.url]
    return ConnectionFactory(
        origin=simulator.url, credentials={"token": simulator.token("admin")}, webhook_keys=["of-a-secret"]
    )


@pytest.fixture
def stream(connection: Connection) -> Stream:
    rounds.begin()
    return Stream.objects.get(entity="activity")


def test_a_daktela_that_nobody_has_checked_or_made_a_secret_for_is_left_alone(db: None) -> None:
    made = ConnectionFactory()
    rounds.begin()
    assert not made.streams.exists()
    Connection.objects.update(checked_at=now())
    rounds.begin()
    rounds.begin()
    assert {(stream.entity, stream.direction) for stream in made.streams.all()} == {
        ("activity", "inward"),
        ("ticket", "inward"),
        ("user", "inward"),
    }
    assert all(stream.is_enabled and stream.due_at <= now() for stream in made.streams.all())


def test_a_stream_runs_when_it_is_due_however_often_somebody_is_told(stream: Stream) -> None:
    for _ in range(3):
        tasks.run_stream(stream.pk)
    assert [run.state for run in SyncRun.objects.filter(stream=stream)] == ["done"]
    stream.refresh_from_db()
    assert stream.due_at > now()


def test_a_stream_in_somebody_elses_hands_is_his(stream: Stream) -> None:
    Stream.objects.filter(pk=stream.pk).update(leased_until=now() + timedelta(minutes=1))
    tasks.run_stream(stream.pk)
    tasks.compare(stream.pk)
    tasks.retry(stream.pk)
    assert not SyncRun.objects.exists()


def test_contacts_wait_for_the_accounts_that_are_due_whoever_is_told_first(connection: Connection) -> None:
    due = {"connection": connection, "direction": "inward", "due_at": now(), "is_full_due": True}
    contacts = Stream.objects.create(entity="contact", **due)
    accounts = Stream.objects.create(entity="account", **due)
    tasks.run_stream(contacts.pk)
    assert not SyncRun.objects.exists()
    tasks.run_stream(accounts.pk)
    tasks.run_stream(contacts.pk)
    assert [run.stream for run in SyncRun.objects.order_by("pk")] == [accounts, contacts]


def test_a_run_bears_the_name_of_who_asked_for_it_and_the_next_one_the_timetable_s(stream: Stream) -> None:
    somebody = UserFactory()
    Stream.objects.update(asked_by=somebody)
    tasks.retry(stream.pk)
    tasks.run_stream(stream.pk)
    Stream.objects.update(due_at=now())
    tasks.run_stream(stream.pk)
    runs = SyncRun.objects.filter(stream=stream, kind="changes").order_by("pk")
    assert [run.by for run in runs] == [somebody, None]


def test_a_closed_call_is_here_once_its_event_was_handled(simulator: Simulator, stream: Stream) -> None:
    ringing = simulator.scenarios.ring("petr", 2000, "777123456")
    simulator.scenarios.answer(ringing)
    simulator.scenarios.close(ringing)
    body = f'{{"event": "call_close", "name": "{ringing["name"]}"}}'.encode()
    event = WebhookEvent.objects.create(connection=stream.connection, key="1", body=body, due_at=now())
    for _ in range(2):
        tasks.handle_events(str(stream.connection_id))
    event.refresh_from_db()
    assert event.state == "done"
    assert stream.connection.copies.get().activity.status == "closed"


def test_nothing_of_a_disabled_connection_is_touched(stream: Stream) -> None:
    event = WebhookEvent.objects.create(connection=stream.connection, key="1", body=b"{}", due_at=now())
    Connection.objects.update(is_enabled=False)
    for task in (tasks.handle_events, tasks.reread):
        task(str(stream.connection_id))
    tasks.run_stream(stream.pk)
    event.refresh_from_db()
    assert event.state == "pending"
    assert not SyncRun.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_sweeper_tells_of_everything_that_is_due(broker: redis.Redis) -> None:
    connection = ConnectionFactory(checked_at=now())
    WebhookEvent.objects.create(connection=connection, key="1", body=b"{}", due_at=now())
    tasks.sweep()
    streams = list(connection.streams.order_by("pk"))
    assert told(broker, 5) == [
        ("integrations.tasks.handle_events", [str(connection.pk)]),
        *(("integrations.tasks.run_stream", [stream.pk]) for stream in streams),
        ("integrations.tasks.compare", [streams[0].pk]),
    ]
