"""Does one see which records failed and why, and are they tried again when somebody says so?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry

from integrations.clock import now
from integrations.models import RecordFailure, RemoteLink, Stream
from tests.factories import ContactFactory
from tests.integrations.panel.conftest import Panel


@pytest.fixture
def failures(stream: Stream) -> list[RecordFailure]:
    """One that waits, one that was given up, one that is settled."""
    later = now() + timedelta(hours=3)
    return [
        RecordFailure.objects.create(
            stream=stream,
            key=f"contact_{state}",
            field="last_name",
            reason="It is empty.",
            state=state,
            next_try_at=later,
        )
        for state in ("waiting", "dead", "settled")
    ]


def test_whom_a_failure_is_about_is_named_where_we_know_them(panel: Panel, stream: Stream, outward: Stream) -> None:
    jana = ContactFactory(first_name="Jana", last_name="Nováková")
    petr = ContactFactory(first_name="Petr", last_name="Malý")
    RemoteLink.objects.create(connection=panel.connection, entity="contact", remote_id="contact_1", contact=jana)
    for of, key in ((stream, "contact_1"), (stream, "contact_2"), (outward, str(petr.pk)), (outward, "own")):
        RecordFailure.objects.create(stream=of, key=key, reason="It is empty.")
    page = panel.text("failures")
    assert f'<a href="/contacts/{jana.pk}/">Jana Nováková</a>' in page
    assert f'<a href="/contacts/{petr.pk}/">Petr Malý</a>' in page
    assert {row.key for row in panel.get("failures").context["rows"] if not row.record} == {"contact_2", "own"}


def test_the_first_filter_says_that_it_shows_what_is_open(panel: Panel) -> None:
    page = panel.text("failures")
    assert 'aria-current="true">Open</a>' in page
    assert ">All</a>" not in page


def test_those_that_wait_and_those_given_up_are_listed_with_their_reason(
    panel: Panel, failures: list[RecordFailure]
) -> None:
    page = panel.text("failures")
    assert "contact_waiting" in page
    assert "contact_dead" in page
    assert "contact_settled" not in page
    assert "<b>last_name</b>: It is empty." in page
    assert "contact_settled" in panel.text("failures", state="settled")


def test_one_is_tried_again_at_once(panel: Panel, failures: list[RecordFailure]) -> None:
    _, dead, _ = failures
    panel.post("failures_retry", failure=dead.pk)
    dead.refresh_from_db()
    assert dead.state == RecordFailure.State.WAITING
    assert dead.next_try_at <= now()
    assert RecordFailure.objects.get(key="contact_waiting").next_try_at > now()


def test_all_are_tried_again_at_once_and_that_is_kept(panel: Panel, failures: list[RecordFailure]) -> None:
    panel.post("failures_retry")
    assert set(RecordFailure.objects.filter(next_try_at__lte=now()).values_list("key", flat=True)) == {
        "contact_waiting",
        "contact_dead",
    }
    assert LogEntry.objects.get().change_message == "Retry of 2 records."
    assert "2 records to be tried again now." in panel.text("failures")


@pytest.mark.parametrize("failure", ["0", "nonsense", "9" * 40])
def test_one_that_is_not_there_changes_nothing(panel: Panel, failures: list[RecordFailure], failure: str) -> None:
    panel.post("failures_retry", failure=failure)
    assert not RecordFailure.objects.filter(next_try_at__lte=now()).exists()
    assert "There is nothing left to try again." in panel.text("failures")


def test_what_is_settled_stays_settled(panel: Panel, failures: list[RecordFailure]) -> None:
    panel.post("failures_retry", failure=failures[2].pk)
    assert RecordFailure.objects.get(key="contact_settled").state == RecordFailure.State.SETTLED


def test_nothing_failed_says_so(panel: Panel) -> None:
    assert "No record waits" in panel.text("failures")
