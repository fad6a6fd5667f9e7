"""Does the hub show every connector, and say in words how each connection is doing?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from integrations import health
from integrations.clock import now
from integrations.connectors import CONNECTORS
from integrations.models import Connection, FieldMapping, RecordFailure, Stream, SyncRun, WebhookEvent
from tests.factories import ConnectionFactory
from tests.integrations.panel.conftest import Panel


def test_every_connector_has_a_card_with_the_way_to_connect_it(panel: Panel) -> None:
    page = panel.text("changelist")
    for connector in CONNECTORS:
        assert connector.label in page
        assert f"?connector={connector.slug}" in page
    assert page.count("Not connected") == len(CONNECTORS) - 1


def test_a_connection_of_a_connector_that_is_gone_is_still_shown(panel: Panel) -> None:
    Connection.objects.update(connector="acme")
    assert "acme: not in this version" in panel.text("changelist")
    assert panel.get("change").status_code == 200


def words(connection: Connection) -> list[str]:
    return [remark.text for remark in health.of(connection).remarks]


def test_a_new_connection_is_not_checked_and_nothing_flows(connection: Connection) -> None:
    found = health.of(connection)
    assert (found.word, found.tone, found.lag) == ("Not synchronising yet", "info", "–")
    assert words(connection) == ["Not checked yet."]


def test_one_that_flows_is_good(connection: Connection, stream: Stream) -> None:
    Connection.objects.update(checked_at=now())
    Stream.objects.update(is_enabled=True)
    SyncRun.objects.create(stream=stream, state=SyncRun.State.DONE)
    found = health.of(Connection.objects.get())
    assert (found.word, found.lag) == ("Works", "none")
    assert found.last_run == SyncRun.objects.get()


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"is_enabled": False}, "Switched off: nothing is asked of it and nothing is sent."),
        ({"paused_reason": "The token is wrong."}, "The token is wrong."),
        ({"findings": [{"tone": "bad"}]}, "The last check found something to put right."),
        ({"quota": {"used": 23_999, "limit": 24_000}}, "1 request of 24,000 left for now."),
    ],
)
def test_what_is_wrong_with_the_connection_is_said(connection: Connection, values: dict[str, Any], text: str) -> None:
    Connection.objects.update(checked_at=now(), **values)
    assert text in words(Connection.objects.get())


def test_a_rest_says_until_when(connection: Connection) -> None:
    Connection.objects.update(rests_until=now() + timedelta(minutes=2))
    assert any(text.startswith("Nothing is asked before ") for text in words(Connection.objects.get()))


def test_what_waits_is_counted(connection: Connection, stream: Stream) -> None:
    WebhookEvent.objects.create(
        connection=connection, key="1", body=b"", due_at=now(), received_at=now() - timedelta(hours=2)
    )
    WebhookEvent.objects.create(connection=connection, key="2", body=b"", state="dead")
    for key, state in (("1", "waiting"), ("2", "waiting"), ("3", "dead"), ("4", "settled")):
        RecordFailure.objects.create(stream=stream, key=key, reason="No name.", state=state)
    FieldMapping.objects.filter(ours="first_name").update(suspended_reason="It is gone.")
    Stream.objects.update(paused_reason="Delete them?")
    SyncRun.objects.create(stream=stream, state=SyncRun.State.FAILED, message="Nobody answered.")
    found = health.of(connection)
    assert (found.events_due, found.failures_waiting, found.failures_dead, found.suspended) == (1, 2, 1, 1)
    assert found.lag == "2\xa0hours"
    assert [remark.text for remark in found.remarks] == [
        "Contacts to us: Delete them?",
        "Nobody answered.",
        "1 mapped field suspended; the others go on.",
        "1 record refused for good: a person is needed.",
        "2 records failed, to be tried again.",
        "1 event could not be used.",
        "Not checked yet.",
    ]
    assert found.word == "Needs you"


def test_many_connections_cost_as_many_statements_as_one(connection: Connection, stream: Stream) -> None:
    with CaptureQueriesContext(
        database,
    ) as one:
        health.of_all(Connection.objects.all())
    for number in range(5):
        other = ConnectionFactory(slug=f"daktela-{number}")
        SyncRun.objects.create(stream=Stream.objects.create(connection=other, entity="contact", direction="outward"))
    with CaptureQueriesContext(database) as many:
        health.of_all(Connection.objects.all())
    assert len(many) <= len(one) + 1
