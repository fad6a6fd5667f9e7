"""Does what flows run when it should, once however often a button is pressed, and wait for a person when it must?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from integrations.clock import now
from integrations.forms.stream import StreamForm
from integrations.models import Connection, Errand, Stream, SyncRun
from integrations.timetable import streams
from tests.integrations.panel.conftest import BLANK, Panel


def test_everything_a_connector_can_carry_is_offered(panel: Panel) -> None:
    page = panel.text("streams")
    for flow in ("Accounts from us", "Contacts from us", "Accounts to us", "Contacts to us"):
        assert f"{flow}</h2>" in page
    assert page.count("Not set up") == 4


def test_setting_up_makes_one_stream_that_does_not_run_by_itself(panel: Panel) -> None:
    for _ in range(2):
        answer = panel.post("set_up", "contact-outward")
    stream = Stream.objects.get()
    assert answer.url == panel.url("mapping", stream.pk)
    assert (stream.is_enabled, stream.due_at) == (False, None)


@pytest.mark.parametrize("key", ["ticket-outward", "contact", "contact-sideways", "user-inward"])
def test_what_a_connector_cannot_carry_is_not_set_up(panel: Panel, key: str) -> None:
    assert panel.post("set_up", key).status_code == 404
    assert not Stream.objects.exists()


def test_sync_now_makes_it_due_and_a_worker_does_the_rest(panel: Panel, stream: Stream) -> None:
    before = now()
    panel.post("sync", stream.pk)
    assert before <= Stream.objects.get().due_at <= now()
    assert not SyncRun.objects.exists(), "no run within a request"
    assert "begins in a moment" in panel.text("stream", stream.pk)


def test_sync_all_makes_everything_due_that_is_ready(panel: Panel, stream: Stream, outward: Stream) -> None:
    activities = Stream.objects.create(connection=panel.connection, entity="activity", direction="inward")
    panel.post("sync_all")
    due = Stream.objects.exclude(due_at=None)
    assert set(due) == {stream, activities}, "what has no mapping stays where it is"
    assert {one.asked_by.username for one in due} == {"admin"}


def test_what_runs_and_what_is_next_is_said_until_nothing_is(panel: Panel, stream: Stream) -> None:
    assert "hx-get" not in panel.text("streams")
    panel.post("sync", stream.pk)
    page = panel.text("streams")
    assert 'hx-select="#flows"' in page
    assert ">Next</span>" in page
    Stream.objects.update(leased_until=now() + timedelta(minutes=1))
    assert ">Runs now</span>" in panel.text("streams")


def test_sync_all_of_nothing_says_so(panel: Panel, outward: Stream) -> None:
    panel.post("sync_all")
    assert "Nothing can run yet" in panel.text("streams")
    assert Stream.objects.get().due_at is None


def test_pressing_again_while_it_runs_says_so(panel: Panel, stream: Stream) -> None:
    Stream.objects.update(leased_until=now() + timedelta(minutes=1))
    panel.post("sync", stream.pk)
    assert "it is running, and runs once more after that." in panel.text("stream", stream.pk)


def test_everything_anew_compares_everything(panel: Panel, stream: Stream) -> None:
    Stream.objects.update(is_full_due=False)
    panel.post("sync", stream.pk, full="1")
    assert Stream.objects.get().is_full_due


@pytest.mark.parametrize("name", ["sync", "dry"])
def test_without_a_mapping_one_is_led_to_it(panel: Panel, outward: Stream, name: str) -> None:
    answer = panel.post(name, outward.pk)
    assert answer.url == panel.url("mapping", outward.pk)
    assert "No field is mapped yet" in panel.text("mapping", outward.pk)
    assert not Errand.objects.exists()
    assert Stream.objects.get().due_at is None


def test_a_dry_run_is_asked_for_once_however_often_one_presses(panel: Panel, stream: Stream) -> None:
    for _ in range(3):
        panel.post("dry", stream.pk)
    errand = Errand.objects.get()
    assert (errand.kind, errand.stream, errand.by.username) == ("dry", stream, "admin")
    assert LogEntry.objects.filter(change_message="Dry run asked for.").count() == 1
    Errand.objects.update(due_at=None)
    panel.post("dry", stream.pk)
    assert Errand.objects.count() == 2


def test_progress_asks_again_only_while_there_is_something_to_tell(panel: Panel, stream: Stream) -> None:
    assert "hx-get" not in panel.text("progress", stream.pk)
    run = SyncRun.objects.create(
        stream=stream, expected=5000, seen=500, created=12, updated=40, unchanged=900, rejected=3
    )
    page = panel.text("progress", stream.pk)
    assert 'hx-trigger="every 1s"' in page
    assert "955 of 5,000" in page
    assert 'value="955" max="5000"' in page
    SyncRun.objects.filter(pk=run.pk).update(state=SyncRun.State.WITH_ERRORS)
    page = panel.text("progress", stream.pk)
    assert "hx-get" not in page
    assert "Done with errors" in page


def test_a_screen_reader_hears_of_the_end_and_not_of_every_step(panel: Panel, stream: Stream) -> None:
    run = SyncRun.objects.create(stream=stream, created=12)
    assert 'role="status"' not in panel.text("progress", stream.pk)
    SyncRun.objects.filter(pk=run.pk).update(state=SyncRun.State.DONE)
    page = panel.text("progress", stream.pk)
    assert 'role="status" id="announce" hx-swap-oob="true"' in page
    assert "Done. 12 created, 0 updated, 0 rejected." in page


def test_why_an_errand_is_tried_again_is_said(panel: Panel, stream: Stream) -> None:
    panel.post("dry", stream.pk)
    Errand.objects.update(message="company.daktela.com did not answer in time.")
    assert "did not answer in time. It is tried again." in panel.text("stream", stream.pk)


def timetable(**changes: Any) -> dict[str, Any]:
    return {"is_enabled": "on", "every_minutes": "5", "gone": "deactivate", **changes}


def test_a_timetable_is_kept_and_begins_at_once(panel: Panel, stream: Stream) -> None:
    panel.post("stream", stream.pk, **timetable())
    kept = Stream.objects.get()
    assert (kept.is_enabled, kept.every_minutes) == (True, 5)
    assert kept.due_at <= now()
    panel.post("stream", stream.pk, **{key: value for key, value in timetable().items() if key != "is_enabled"})
    assert Stream.objects.get().due_at is None


@pytest.mark.parametrize("minutes", ["0", "-1", "1441", "soon", ""])
def test_a_timetable_that_cannot_be_is_told(panel: Panel, stream: Stream, minutes: str) -> None:
    answer = panel.post("stream", stream.pk, **timetable(every_minutes=minutes))
    assert answer.status_code == 422
    assert answer.context["form"].errors["every_minutes"]
    assert not Stream.objects.get().is_enabled


# ── accounts before contacts ────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def accounts(connection: Connection) -> Stream:
    """Accounts to us, mapped, which never ran."""
    made = Stream.objects.create(connection=connection, entity="account", direction="inward")
    made.publish([BLANK | {"ours": "name", "theirs": "title"}], None)
    return made


@pytest.mark.parametrize("name", ["stream", "mapping"])
def test_whoever_begins_with_contacts_is_led_to_the_accounts(panel: Panel, stream: Stream, name: str) -> None:
    page = panel.text(name, stream.pk)
    assert "A contact names its account, so accounts go first." in page
    assert panel.url("set_up", "account-inward") in page


def test_accounts_without_a_mapping_are_a_link_away(panel: Panel, stream: Stream) -> None:
    panel.post("set_up", "account-inward")
    accounts = Stream.objects.get(entity="account")
    assert "Map Accounts to us" in panel.text("stream", stream.pk)
    assert panel.url("mapping", accounts.pk) in panel.text("stream", stream.pk)


def test_one_button_has_the_accounts_run_before_the_contacts(panel: Panel, stream: Stream, accounts: Stream) -> None:
    assert "Sync accounts, then contacts" in panel.text("stream", stream.pk)
    panel.post("sync", stream.pk, first="1")
    assert list(streams()) == [("run_stream", accounts.pk)]
    assert "begins after the accounts, which go first" in panel.text("progress", stream.pk)
    Stream.objects.filter(pk=accounts.pk).update(due_at=None)
    assert list(streams()) == [("run_stream", stream.pk)]


def test_sync_now_of_contacts_runs_nothing_that_nobody_asked_for(
    panel: Panel, stream: Stream, accounts: Stream
) -> None:
    panel.post("sync", stream.pk)
    assert Stream.objects.get(pk=accounts.pk).due_at is None


def test_nobody_is_led_to_accounts_that_have_run(panel: Panel, stream: Stream, accounts: Stream) -> None:
    SyncRun.objects.create(stream=accounts, state=SyncRun.State.WITH_ERRORS)
    assert "accounts go first" not in panel.text("stream", stream.pk)
    assert "accounts go first" not in panel.text("stream", accounts.pk)


# ── the question of the guard ───────────────────────────────────────────────────────────────────────────────────

QUESTION = "At least 312 of 5,000 contacts are gone in Daktela. Delete them here too?"


@pytest.fixture
def asking(stream: Stream) -> Stream:
    Stream.objects.update(paused_reason=QUESTION, deletions_asked=312)
    return stream


def test_the_guard_asks_on_the_stream_s_page_and_in_the_hub(panel: Panel, asking: Stream) -> None:
    page = panel.text("stream", asking.pk)
    assert QUESTION in page
    assert "Delete them" in page
    assert "Keep them" in page
    assert QUESTION in panel.text("changelist")


def test_nothing_is_deleted_before_a_person_says_so(panel: Panel, asking: Stream) -> None:
    panel.post("sync", asking.pk)
    assert Stream.objects.get().paused_reason == QUESTION


def test_delete_them_lets_the_next_run_do_it(panel: Panel, asking: Stream) -> None:
    panel.post("answer", asking.pk, do="delete")
    kept = Stream.objects.get()
    assert kept.deletions_approved >= 312
    assert kept.paused_reason == ""
    assert kept.due_at <= now()
    assert LogEntry.objects.filter(change_message__contains="answered with: delete").exists()


def test_keep_them_deletes_nothing_now_and_later(panel: Panel, asking: Stream) -> None:
    panel.post("answer", asking.pk, do="keep")
    kept = Stream.objects.get()
    assert (kept.gone, kept.deletions_approved, kept.paused_reason) == (Stream.Gone.KEEP, 0, "")


def test_what_ended_three_workers_goes_on_when_a_person_says_so(panel: Panel, stream: Stream) -> None:
    Stream.objects.update(paused_reason="The worker died three times in a row at this.")
    assert "Go on" in panel.text("stream", stream.pk)
    panel.post("answer", stream.pk, do="go")
    assert Stream.objects.get().paused_reason == ""


@pytest.mark.parametrize("order", ["", "nonsense"])
def test_an_answer_that_is_none_changes_nothing(panel: Panel, asking: Stream, order: str) -> None:
    panel.post("answer", asking.pk, do=order)
    assert Stream.objects.get().paused_reason == QUESTION


def test_an_answer_without_a_question_deletes_nothing(panel: Panel, stream: Stream) -> None:
    panel.post("answer", stream.pk, do="delete")
    assert Stream.objects.get().deletions_approved == 0


def test_what_waits_for_its_time_says_when(panel: Panel, stream: Stream) -> None:
    Stream.objects.update(is_enabled=True, due_at=now() + timedelta(minutes=5))
    assert "Next at " in panel.text("stream", stream.pk)


def test_saving_the_timetable_takes_nothing_from_a_run_that_goes_on(panel: Panel) -> None:
    stale = Stream.objects.create(connection=panel.connection, entity="contact", direction="inward")
    Stream.objects.update(cursor="further", fence=3, is_full_due=True)
    form = StreamForm({"is_enabled": "on", "every_minutes": "7", "gone": "keep"}, instance=stale)
    assert form.is_valid()
    form.save()
    kept = Stream.objects.get()
    assert (kept.cursor, kept.fence, kept.is_full_due) == ("further", 3, True)
    assert (kept.is_enabled, kept.every_minutes, kept.gone, kept.due_at is not None) == (True, 7, "keep", True)
