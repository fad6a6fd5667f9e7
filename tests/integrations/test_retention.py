"""Does what customers wrote go when its time is over, and nothing before?"""

from datetime import timedelta

import pytest
from django.db import connection as database

from bench.plans import explained
from integrations import retention
from integrations.clock import now
from integrations.models import RecordChange, RecordFailure, Stream, SyncRun, WebhookEvent
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db
State = WebhookEvent.State
MANY = """
insert into integrations_webhookevent
  (connection_id, key, body, headers, repeats, state, received_at, reason, subject, fence, attempts, crashes)
select %(connection)s, n, case when n <= 10000 then '' else 'x' end::bytea, '{}', 0, 'done',
  %(now)s - make_interval(days => case when n <= 10000 then 300 when n <= 20000 then 10 else 91 end), '', '', 0, 0, 0
from generate_series(1, 20011) n
"""


def event(days_old: int, state: str, **values: object) -> WebhookEvent:
    connection = ConnectionFactory()
    came = now() - timedelta(days=days_old)
    return WebhookEvent.objects.create(
        connection=connection, key=str(days_old), body=b'{"name": "x"}', received_at=came, state=state, **values
    )


@pytest.mark.parametrize("state", [State.DONE, State.IGNORED])
def test_the_body_of_a_settled_event_goes_after_ninety_days_and_its_key_after_thirteen_months(state: str) -> None:
    fresh, old, ancient = (event(days, state) for days in (89, 91, 396))
    while retention.tidy():
        pass
    assert {row.pk: bytes(row.body) for row in WebhookEvent.objects.all()} == {fresh.pk: b'{"name": "x"}', old.pk: b""}
    assert not WebhookEvent.objects.filter(pk=ancient.pk).exists()


@pytest.mark.parametrize("state", [State.DEAD, State.MALFORMED])
def test_what_nobody_settled_stays_whole_for_half_a_year(state: str) -> None:
    kept, over = event(179, state), event(181, state)
    while retention.tidy():
        pass
    assert [(row.pk, bytes(row.body)) for row in WebhookEvent.objects.all()] == [(kept.pk, b'{"name": "x"}')]
    assert over.pk != kept.pk


def test_what_is_still_to_be_done_stays_however_old_it_is() -> None:
    waiting = event(1000, State.PENDING, due_at=now())
    assert retention.tidy() == 0
    assert list(WebhookEvent.objects.all()) == [waiting]


def test_the_steps_of_a_run_go_before_the_run() -> None:
    stream = Stream.objects.create(connection=ConnectionFactory(), entity="contact", direction="inward")
    for days in (89, 91, 396):
        then = now() - timedelta(days=days)
        run = SyncRun.objects.create(stream=stream, state=SyncRun.State.DONE, started_at=then, ended_at=then)
        RecordChange.objects.create(run=run, action="created", remote_id=str(days))
        RecordFailure.objects.create(stream=stream, run=run, key=str(days), reason="x", settled_at=then)
    RecordFailure.objects.create(stream=stream, key="waiting", reason="x", failed_at=now() - timedelta(days=400))
    while retention.tidy():
        pass
    assert [change.remote_id for change in RecordChange.objects.all()] == ["89"]
    assert {failure.key for failure in RecordFailure.objects.all()} == {"89", "waiting"}
    assert SyncRun.objects.count() == 2


def test_what_is_over_is_found_by_its_index_among_years_of_events() -> None:
    """Half are emptied already, half are fresh, and a few are to be emptied."""
    with database.cursor() as cursor:
        cursor.execute(MANY, {"connection": ConnectionFactory().pk, "now": now()})
        cursor.execute("analyze integrations_webhookevent")
    with explained() as plans:
        assert retention.tidy() == 11
    of_events = [plan for plan in plans if "integrations_webhookevent" in plan.sql]
    assert [plan.sql for plan in of_events if "integrations_webhookevent" in plan.scanned] == []
    assert {"event_with_body", "event_by_state"} <= {name for plan in of_events for name in plan.indexes}
