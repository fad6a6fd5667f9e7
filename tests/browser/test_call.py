"""Does a whole call work at the desk? Who is calling, the note, the outcome, Done, and what stays in the records."""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from crm.models import Activity, Contact, Task
from tests.browser.conftest import Centre
from tests.browser.desk import Desk, NewDesk
from tests.factories import PASSWORD, CallFactory, CustomFieldFactory, TaskFactory
from widget.models import Draft


def test_a_known_caller_is_confirmed_the_note_kept_and_the_call_done(
    petr: Desk, centre: Centre, novakova: Contact
) -> None:
    call = petr.ring("773796040")
    expect(petr.name).to_have_text("Jana Nováková")
    petr.card.get_by_role("button", name="Confirm").click()
    expect(petr.who.get_by_text("confirmed by you")).to_be_visible()
    petr.note.fill("Wants the invoice again.")
    expect(petr.save_state).to_have_text("saved")
    assert Draft.objects.get(activity_id=call["activity"]).note == "Wants the invoice again."
    petr.note.blur()
    petr.press("1")
    petr.done()
    activity = Activity.objects.get(activity_id=call["activity"])
    assert (activity.contact, activity.link, activity.user) == (novakova, Activity.Link.MANUAL, centre.petr)
    assert (activity.note, activity.outcome) == ("Wants the invoice again.", centre.solved)
    assert activity.call
    assert activity.call.contact == novakova
    assert novakova.phone_numbers.get().confirmed_at
    assert not Draft.objects.exists()


def test_a_whole_call_needs_no_mouse(petr: Desk, centre: Centre, novakova: Contact) -> None:
    call = petr.ring("773796040")
    petr.enter()
    petr.press("y")
    expect(petr.who.get_by_text("confirmed by you")).to_be_visible()
    petr.press("m")
    expect(petr.note).to_be_focused()
    petr.type("Call her about the offer, 1 piece.")
    petr.press("Escape", "2")
    expect(petr.card.get_by_role("radio", name="Call back")).to_be_checked()
    expect(petr.card.get_by_label("Another time")).to_be_visible()
    petr.tab_to(petr.card.get_by_role("group", name="When").get_by_role("button").first)
    petr.press("Enter")
    expect(petr.card.locator("#task").get_by_text("Promised:")).to_be_visible()
    petr.press("Control+Enter")
    expect(petr.card.locator("#work").get_by_text("Done · Call back")).to_be_visible()
    activity = Activity.objects.get(activity_id=call["activity"])
    assert (activity.contact, activity.outcome) == (novakova, centre.call_back)
    assert activity.note == "Call her about the offer, 1 piece."
    assert Task.objects.get().contact == novakova


def test_the_list_of_keys_opens_with_a_question_mark(petr: Desk) -> None:
    petr.ring("773796040")
    petr.enter()
    petr.press("?")
    expect(petr.card.get_by_text("leave the field")).to_be_visible()
    petr.press("?")
    expect(petr.card.get_by_text("leave the field")).to_be_hidden()


def test_letters_do_nothing_for_who_switched_the_keys_off(desk_of: NewDesk, centre: Centre, novakova: Contact) -> None:
    centre.petr.single_key_shortcuts = False
    centre.petr.save()
    petr = desk_of(centre.petr)
    call = petr.ring("773796040")
    petr.enter()
    petr.press("y", "1", "n", "?", "m")
    expect(petr.note).not_to_be_focused()
    expect(petr.card.get_by_role("button", name="Confirm")).to_be_visible()
    expect(petr.card.get_by_role("radio", name="Solved")).not_to_be_checked()
    assert Activity.objects.get(activity_id=call["activity"]).link == Activity.Link.AUTO
    petr.press("Control+Enter")
    expect(petr.card.get_by_text("Done", exact=True).first).to_be_visible()


def test_a_missing_outcome_is_said_before_done(petr: Desk, centre: Centre) -> None:
    centre.support.outcome_is_required = True
    centre.support.save()
    petr.expected = "status of 422"
    call = petr.ring("773796040")
    petr.note.fill("Did not say what he wants.")
    petr.card.get_by_role("button", name="Done").click()
    expect(petr.card.get_by_role("alert").filter(has_text="Choose an outcome, then Done.")).to_be_visible()
    expect(petr.note).to_have_value("Did not say what he wants.")
    petr.card.get_by_text("Solved").click()
    petr.done()
    assert Activity.objects.get(activity_id=call["activity"]).outcome == centre.solved


def test_a_missing_field_has_the_focus_and_says_what_it_needs(petr: Desk, centre: Centre) -> None:
    petr.expected = "status of 422"
    centre.support.wrapup_fields.set([CustomFieldFactory(record="activity", title="Order number", is_required=True)])
    petr.ring("773796040")
    petr.enter()
    petr.press("Control+Enter")
    order = petr.card.get_by_label("Order number")
    expect(order).to_be_focused()
    expect(order).to_have_accessible_description("Order number is needed before Done.")


def test_a_time_chip_promises_to_call_back(petr: Desk, centre: Centre, novakova: Contact) -> None:
    petr.ring("773796040")
    petr.card.get_by_text("Call back", exact=True).last.click()
    petr.card.get_by_role("button", name=re.compile("09:00")).first.click()
    expect(petr.card.locator("#task").get_by_text("Promised:")).to_be_visible()
    task = Task.objects.get()
    assert (task.is_call_back, task.contact, task.user) == (True, novakova, centre.petr)
    assert task.due_at
    assert task.due_at > timezone.now()


def test_answering_moves_the_focus_to_the_note(petr: Desk) -> None:
    call = petr.ring("773796040")
    expect(petr.state).to_have_text("Incoming")
    petr.enter()
    petr.tell("answer", activity=call["activity"])
    expect(petr.state).to_have_text("In call")
    expect(petr.note).to_be_focused()


def test_what_changes_is_said_to_who_cannot_see_it(petr: Desk, novakova: Contact) -> None:
    call = petr.ring("773796040")
    expect(petr.card.get_by_role("alert").last).to_have_text("Incoming call: Jana Nováková")
    petr.tell("answer", activity=call["activity"])
    expect(petr.announced).to_have_text("In call")
    petr.card.get_by_role("button", name="Confirm").click()
    expect(petr.announced).to_contain_text("confirmed by you")
    petr.card.get_by_role("button", name="Not this one").click()
    expect(petr.announced).to_have_text("+420 773 796 040")
    petr.card.get_by_text("Call back", exact=True).last.click()
    petr.card.get_by_role("button", name=re.compile("09:00")).first.click()
    expect(petr.announced).to_contain_text("Promised:")
    petr.done()
    expect(petr.announced).to_contain_text("Done · saved")


def test_answering_leaves_the_focus_with_who_is_typing(petr: Desk) -> None:
    call = petr.ring("702 000 111")
    petr.card.get_by_role("button", name="New contact").click()
    name = petr.card.get_by_label("Name", exact=True)
    expect(name).to_be_focused()
    petr.type("Karel ")
    petr.tell("answer", activity=call["activity"])
    expect(petr.state).to_have_text("In call")
    petr.type("Nový")
    expect(name).to_have_value("Karel Nový")
    expect(name).to_be_focused()


def test_after_the_call_the_time_left_is_said_in_words_and_can_be_extended(petr: Desk) -> None:
    call = petr.ring("773796040")
    petr.tell("answer", activity=call["activity"])
    expect(petr.state).to_have_text("In call")
    petr.tell("hang-up", activity=call["activity"])
    petr.look_again()
    expect(petr.state).to_have_text("Wrap-up")
    left = petr.card.locator("[data-wrapup]")
    expect(left).to_have_text(re.compile(r"0:\d\d left"))
    petr.card.get_by_role("button", name="Extend").click()
    expect(left).to_have_text(re.compile(r"1:\d\d left"))


def test_a_repeat_caller_is_announced_with_what_was_promised(petr: Desk, novakova: Contact) -> None:
    for _ in range(2):
        CallFactory(number="+420773796040", contact=novakova)
    TaskFactory(contact=novakova, is_call_back=True, due_at=timezone.now() - timedelta(minutes=5))
    petr.ring("773796040")
    expect(petr.who).to_contain_text("3rd call in 24 hours")
    expect(petr.who).to_contain_text("promised")
    expect(petr.who).to_contain_text("not done")


def test_done_can_be_corrected(petr: Desk, centre: Centre) -> None:
    call = petr.ring("773796040")
    petr.note.fill("All is well.")
    petr.card.get_by_text("Complaint").click()
    petr.done()
    petr.card.get_by_role("button", name="Correct").click()
    expect(petr.note).to_have_value("All is well.")
    petr.card.get_by_text("Solved").click()
    petr.done()
    assert Activity.objects.get(activity_id=call["activity"]).outcome == centre.solved
    assert Activity.objects.filter(title="Outcome corrected: Complaint → Solved").exists()


def test_the_address_does_not_keep_the_number_and_a_reload_still_shows_the_card(
    petr: Desk, novakova: Contact, centre: Centre
) -> None:
    call = petr.ring("773796040")
    assert petr.frame.evaluate("location.href") == f"{petr.servers.widget}/widget/2000/"
    with petr.opening():
        petr.reload()
    expect(petr.name).to_have_text("Jana Nováková")
    assert petr.frame.evaluate("location.href") == f"{petr.servers.widget}/widget/2000/"
    assert call["activity"] not in petr.page.url


def test_a_call_that_is_another_agents_cannot_be_written_to(petr: Desk, desk_of: NewDesk, centre: Centre) -> None:
    call = petr.ring("773796040")
    jana = desk_of(centre.jana)
    jana.expected = "status of 409"
    jana.page.goto(f"{petr.servers.desk}/?agent=petr")
    with jana.opening():
        jana.show(call["activity"])
    expect(jana.who.get_by_text("This call belongs to Petr Dvořák")).to_be_visible()
    petr.note.fill("Petr's own.")
    expect(petr.save_state).to_have_text("saved")
    jana.note.fill("Whose is this?")
    expect(jana.save_state).to_contain_text("not saved: This call belongs to Petr Dvořák")
    jana.card.get_by_role("button", name="Sign in as somebody else").click()
    with jana.opening():
        jana.sign_in("petr", PASSWORD)
    expect(jana.card.get_by_text("This call belongs to")).to_be_hidden()
    expect(jana.note).to_have_value("Petr's own.")
    jana.note.fill("Petr, at Jana's desk.")
    expect(jana.save_state).to_have_text("saved")
    assert Draft.objects.get(activity_id=call["activity"]).user == centre.petr


def test_while_daktela_is_slow_nothing_takes_away_the_name_that_is_typed(petr: Desk) -> None:
    petr.servers.simulator.faults.add("slow", seconds=1.5)
    call = petr.ring("702 000 111", opens=False)
    with petr.opening():
        petr.card.get_by_role("button", name="New contact").click()
        petr.card.get_by_label("Name", exact=True).fill("Karel Nový")
    petr.card.get_by_label("Name", exact=True).press("Enter")
    expect(petr.name).to_have_text("Karel Nový")
    assert str(Activity.objects.get(activity_id=call["activity"]).contact) == "Karel Nový"
