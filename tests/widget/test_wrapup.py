"""Is nothing lost at the end of a call? The draft, the promise, the outcome, Done and its correction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from crm.models import Activity, Contact, Outcome, Queue, Task, Team, User
from tests.factories import ContactFactory, CustomFieldFactory, OutcomeFactory
from widget.models import Draft

Open = Callable[..., Any]


def activity() -> Activity:
    return Activity.objects.get(activity_id="activities_1")


@pytest.fixture
def solved(queue: Queue) -> Outcome:
    return Outcome.objects.get(title="Solved")


def test_a_draft_is_kept_from_its_first_letters(frame: Open, queue: Queue, agent: User, solved: Outcome) -> None:
    page = frame().post("draft", note="He", outcome=str(solved.pk), revision="5")
    assert page.status == 200
    draft = Draft.objects.get()
    assert (draft.note, draft.outcome, draft.user, draft.call_id) == ("He", solved, agent, "1WS.58184")


def test_a_late_revision_never_overwrites_a_newer_one(frame: Open, queue: Queue) -> None:
    for revision, note in ((2, "newer"), (1, "older"), (3, "newest"), (3, "a repeat")):
        frame().post("draft", note=note, revision=str(revision))
    assert Draft.objects.get().note == "newest"


def test_each_activity_has_its_own_draft(frame: Open, queue: Queue) -> None:
    frame().post("draft", note="one", revision="1")
    frame(activity="activities_2").post("draft", note="two", revision="1")
    assert set(Draft.objects.values_list("activity_id", "note")) == {("activities_1", "one"), ("activities_2", "two")}


@pytest.mark.parametrize(
    "note", ["\x00", "\ud800", "<script>alert(1)</script>", "{{ 7*7 }}", "'; drop table crm_user; --"]
)
def test_any_text_is_kept_and_none_is_executed(frame: Open, queue: Queue, note: str) -> None:
    opened = frame()
    assert opened.post("draft", note=note.encode("utf-8", "replace").decode(), revision="1").status == 200
    assert "<script>alert" not in opened.open().body


def test_done_keeps_note_and_outcome_and_drops_the_draft(frame: Open, queue: Queue, solved: Outcome) -> None:
    frame().post("draft", note="Half", revision="1")
    page = frame().post("done", note=" Sent the invoice again. ", outcome=str(solved.pk), revision="2")
    assert page.status == 200
    assert "Done · Solved" in page.text
    assert 'id="status" hx-swap-oob="true"' in page.body
    assert (activity().note, activity().outcome) == ("Sent the invoice again.", solved)
    assert activity().done_at is not None
    assert not Draft.objects.exists()


def test_a_draft_that_arrives_after_done_is_no_draft(frame: Open, queue: Queue) -> None:
    frame().post("done", note="Sent the invoice again.")
    page = frame().post("draft", note="Sent the", revision="7")
    assert (page.status, "Press Correct" in page.text) == (409, True)
    assert not Draft.objects.exists()
    assert "Sent the invoice again." in frame().post("correct").text


def test_a_correction_has_its_draft_too(frame: Open, queue: Queue) -> None:
    frame().post("done", note="Sent the invoice.")
    form = frame().post("correct").body
    assert 'name="corrects" value="1"' in form
    frame().post("draft", note="Sent both invoices.", revision="8", corrects="1")
    assert "Sent both invoices." in frame().post("correct").text


def test_a_draft_that_is_written_on_is_not_an_old_one(frame: Open, queue: Queue) -> None:
    frame().post("draft", note="A", revision="1")
    Draft.objects.update(changed_at=timezone.now() - timedelta(days=40))
    frame().post("draft", note="Again", revision="2")
    assert Draft.objects.get().changed_at > timezone.now() - timedelta(minutes=1)


def test_done_twice_is_done_once(frame: Open, queue: Queue, solved: Outcome) -> None:
    for _ in range(2):
        frame().post("done", note="Once", outcome=str(solved.pk))
    assert Activity.objects.count() == 1


def test_done_says_what_is_missing_and_keeps_what_was_typed(frame: Open, queue: Queue) -> None:
    queue.outcome_is_required = True
    queue.save()
    page = frame().post("done", note="Typed already")
    assert page.status == 422
    assert "Choose an outcome, then Done." in page.text
    assert "Typed already" in page.text
    assert activity().done_at is None


def test_a_wrap_up_field_can_be_required(frame: Open, queue: Queue) -> None:
    reason = CustomFieldFactory(
        record="activity", key="reason", title="Reason", kind="choice", choices=["Price"], is_required=True
    )
    queue.wrapup_fields.add(reason)
    assert "Reason is needed before Done." in frame().post("done", note="x").text
    assert "choose one of the list" in frame().post("done", **{"field-reason": "Weather"}).text
    assert frame().post("done", **{"field-reason": "Price"}).status == 200
    assert activity().custom == {"reason": "Price"}


def test_an_outcome_of_another_queue_is_not_taken(frame: Open, queue: Queue) -> None:
    frame().post("done", outcome=str(OutcomeFactory(title="Foreign").pk))
    assert activity().outcome is None


def test_a_corrected_outcome_leaves_a_line_in_the_timeline(
    frame: Open, queue: Queue, solved: Outcome, team: Team
) -> None:
    jana = ContactFactory(team=team, numbers=["773 796 040"])
    frame().post("open")
    frame().post("done", outcome=str(solved.pk))
    assert 'id="note"' in frame().post("correct").body
    frame().post("done", outcome="")
    line = Activity.objects.get(type=Activity.Type.NOTE)
    assert (line.title, line.contact) == ("Outcome corrected: Solved → none", jana)


def test_a_promise_is_a_task_for_this_agent(frame: Open, queue: Queue, agent: User, team: Team) -> None:
    jana = ContactFactory(first_name="Jana", last_name="Malá", team=team, numbers=["773 796 040"])
    frame().post("open")
    due = (timezone.now() + timedelta(hours=2)).isoformat()
    page = frame().post("task", due=due, request_id=str(uuid4()))
    assert "Promised:" in page.text
    task = Task.objects.get()
    assert (task.user, task.contact, task.is_call_back, task.title) == (agent, jana, True, "Call back Jana Malá")


def test_what_was_promised_to_nobody_known_is_on_the_card_once_he_is_known(frame: Open, queue: Queue) -> None:
    frame("606555999").post("open")
    frame("606555999").post("task", due=(timezone.now() + timedelta(hours=2)).isoformat())
    again = frame("606555999", callid="1WS.2", activity="activities_2")
    again.post("create", name="Anna Nová")
    assert "promised" in again.open().text
    assert Task.objects.get().contact == Contact.objects.get()


def test_what_was_promised_at_a_withheld_number_is_whose_the_call_turns_out_to_be(
    frame: Open, queue: Queue, team: Team
) -> None:
    jana = ContactFactory(team=team)
    frame("").post("task", due=(timezone.now() + timedelta(hours=2)).isoformat())
    frame("").post("link", record=f"contact-{jana.pk}", attach="1")
    assert Task.objects.get().contact == jana


def test_the_longest_name_can_be_promised_a_call(frame: Open, queue: Queue, team: Team) -> None:
    ContactFactory(first_name="A" * 128, last_name="B" * 128, team=team, numbers=["773 796 040"])
    frame().post("open")
    due = (timezone.now() + timedelta(hours=2)).isoformat()
    assert frame().post("task", due=due).status == 200
    assert Task.objects.get().title.startswith("Call back AAA")


def test_one_click_makes_one_promise_however_often_it_arrives(frame: Open, queue: Queue) -> None:
    click, due = str(uuid4()), (timezone.now() + timedelta(hours=2)).isoformat()
    for _ in range(3):
        frame().post("task", due=due, request_id=click)
    assert Task.objects.count() == 1


@pytest.mark.parametrize(
    "due", ["", "yesterday", "2020-01-01T10:00", "99999-01-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59"]
)
def test_a_time_that_is_none_or_past_is_refused_with_a_remedy(frame: Open, queue: Queue, due: str) -> None:
    page = frame().post("task", due_at=due, request_id=str(uuid4()))
    assert page.status == 422
    assert "Choose a time that is still to come." in page.text
    assert not Task.objects.exists()


def test_the_baton_shows_what_the_agent_before_is_writing(frame: Open, queue: Queue, office: User, team: Team) -> None:
    first = frame(user=office)
    first.post("open")
    second = frame(activity="activities_2")
    second.post("open")
    first.post("draft", note="He wants Mr Novák", revision="1")
    assert "He wants Mr Novák" in second.post("baton").text


def test_who_took_the_call_over_is_not_said_to_have_passed_it_on(
    frame: Open, queue: Queue, office: User, team: Team
) -> None:
    frame().post("open")
    later = frame(user=office, activity="activities_2")
    later.post("open")
    later.post("draft", note="I have her now.", revision="1")
    assert "From" not in frame().post("baton").text


def test_a_correction_is_no_part_of_the_call(frame: Open, queue: Queue, office: User, agent: User) -> None:
    frame().post("open")
    Activity.objects.filter(activity_id="activities_1").update(done_at=timezone.now())
    activity().correct_outcome(queue.outcomes.get(), by=office)
    text = frame(activity="activities_3").open().text
    assert ("From Petr Agent" in text, "Olga Office" in text) == (True, False)


def test_two_open_activities_of_one_agent_do_not_mix(frame: Open, queue: Queue, team: Team) -> None:
    one, two = ContactFactory(team=team, numbers=["601 000 001"]), ContactFactory(team=team, numbers=["601 000 002"])
    first = frame("601000001", callid="1WS.1", activity="activities_a")
    second = frame("601000002", callid="1WS.2", activity="activities_b")
    first.post("open")
    second.post("open")
    first.post("done", note="for the first")
    assert Activity.objects.get(contact=one).note == "for the first"
    assert Activity.objects.get(contact=two).note == ""


def test_the_same_revision_twice_is_kept_and_an_older_one_is_not(frame: Open, queue: Queue) -> None:
    answers = [frame().post("draft", note="x", revision=revision).body for revision in ("5", "5", "4")]
    assert answers == ['{"kept": true}', '{"kept": true}', '{"kept": false}']
