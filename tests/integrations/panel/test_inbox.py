"""Does one see what came in, read it safely and on record, and have it taken again?"""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry

from integrations.clock import now
from integrations.models import Connection, WebhookEvent
from tests.integrations.panel.conftest import Panel

HOSTILE = b'{"name": "<script>alert(1)</script>", "text": "\xff\x00"}'


@pytest.fixture
def events(connection: Connection) -> list[WebhookEvent]:
    kinds = [("done", "activity:a1"), ("dead", "activity:a2"), ("malformed", "")]
    return [
        WebhookEvent.objects.create(
            connection=connection, key=f"key {at}", body=HOSTILE, state=state, subject=subject, settled_at=now(),
            reason="Nobody answered." if state == "dead" else "",
        )
        for at, (state, subject) in enumerate(kinds)
    ]  # fmt: skip


def test_events_are_listed_and_narrowed(panel: Panel, events: list[WebhookEvent]) -> None:
    assert len(panel.get("inbox").context["rows"]) == 3
    assert [row.state for row in panel.get("inbox", state="dead").context["rows"]] == ["dead"]
    assert [row.subject for row in panel.get("inbox", subject="activity:a1").context["rows"]] == ["activity:a1"]
    assert "Nobody answered." in panel.text("inbox")


def test_how_many_were_refused_is_said(panel: Panel) -> None:
    Connection.objects.update(refused_count=3)
    assert "3 came with a wrong secret and were refused." in panel.text("inbox")


def test_a_body_is_shown_as_text_and_that_somebody_looked_is_kept(panel: Panel, events: list[WebhookEvent]) -> None:
    page = panel.text("event", events[0].pk)
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "\\xff" in page
    assert "This may be personal data" in page
    assert LogEntry.objects.get().change_message == f"Looked at event {events[0].pk}."


def test_a_list_shows_no_body(panel: Panel, events: list[WebhookEvent]) -> None:
    assert "alert(1)" not in panel.text("inbox")
    assert not LogEntry.objects.exists()


def test_a_giant_body_is_cut(panel: Panel, events: list[WebhookEvent]) -> None:
    WebhookEvent.objects.update(body=b"x" * 200_000)
    page = panel.text("event", events[0].pk)
    assert "The rest is not shown." in page
    assert len(page) < 150_000


def test_a_body_whose_time_is_over_says_so(panel: Panel, events: list[WebhookEvent]) -> None:
    WebhookEvent.objects.update(body=b"")
    assert "Its text is no longer kept." in panel.text("event", events[0].pk)


def test_one_is_replayed(panel: Panel, events: list[WebhookEvent]) -> None:
    assert panel.post("replay", event=events[1].pk).url == panel.url("event", events[1].pk)
    assert list(WebhookEvent.objects.exclude(due_at=None)) == [events[1]]


def test_all_of_a_filter_are_replayed(panel: Panel, events: list[WebhookEvent]) -> None:
    panel.post("replay", state="dead")
    assert list(WebhookEvent.objects.exclude(due_at=None)) == [events[1]]
    panel.post("replay", subject="activity:")
    assert WebhookEvent.objects.exclude(due_at=None).count() == 2
    assert "2 events to be taken again." in panel.text("inbox")


@pytest.mark.parametrize("event", ["", "0", "nonsense"])
def test_an_event_that_is_not_there_replays_nothing(panel: Panel, events: list[WebhookEvent], event: str) -> None:
    panel.post("replay", event=event)
    assert not WebhookEvent.objects.exclude(due_at=None).exists()
    assert "Nothing to replay" in panel.text("inbox")


def test_the_events_of_another_connection_stay(panel: Panel, other: Panel, events: list[WebhookEvent]) -> None:
    other.post("replay")
    assert not WebhookEvent.objects.exclude(due_at=None).exists()
