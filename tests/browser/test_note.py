"""Can a note be lost? By a reload, a cut network, a lost session, or a change between two open activities."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from crm.models import Contact, Session
from tests.browser.conftest import Centre
from tests.browser.desk import Desk
from tests.factories import PASSWORD
from widget.models import Draft

TEXT = "Wants the invoice again, to her new address."
SIGNED_OUT = r"(status of|Status Error Code) 40[13]"
CUT = "ERR_|Send Error|htmx:"


def kept(call: dict[str, str]) -> str:
    return Draft.objects.get(activity_id=call["activity"]).note


@pytest.mark.parametrize("when", ["at once", "while it is sent", "when it is saved"])
def test_a_reload_loses_nothing(petr: Desk, when: str) -> None:
    call = petr.ring("773796040")
    petr.note.fill(TEXT)
    if when == "while it is sent":
        expect(petr.save_state).to_have_text("saving…")
        petr.page.wait_for_timeout(390)
    if when == "when it is saved":
        expect(petr.save_state).to_have_text("saved")
    with petr.opening():
        petr.reload()
    expect(petr.note).to_have_value(TEXT)
    expect(petr.save_state).to_have_text("saved")
    assert kept(call) == TEXT


def test_the_whole_desk_can_be_reloaded_in_mid_note(petr: Desk) -> None:
    call = petr.ring("773796040")
    petr.card.get_by_text("Solved").click()
    petr.note.press_sequentially(TEXT)
    with petr.opening():
        petr.page.reload()
    expect(petr.note).to_have_value(TEXT)
    expect(petr.card.get_by_role("radio", name="Solved")).to_be_checked()
    assert kept(call) == TEXT


def test_without_a_network_the_note_stays_and_is_sent_when_it_is_back(petr: Desk) -> None:
    petr.expected = CUT
    call = petr.ring("773796040")
    petr.note.fill("Begun.")
    expect(petr.save_state).to_have_text("saved")
    petr.context.set_offline(True)
    petr.note.fill(TEXT)
    expect(petr.save_state).to_have_text("not saved yet, kept in this browser")
    assert kept(call) == "Begun."
    petr.context.set_offline(False)
    expect(petr.save_state).to_have_text("saved")
    assert kept(call) == TEXT


def test_what_was_written_without_a_network_survives_a_reload(petr: Desk) -> None:
    petr.expected = CUT
    call = petr.ring("773796040")
    petr.context.route("**/draft/", lambda route: route.abort())
    petr.note.fill(TEXT)
    petr.card.get_by_text("Solved").click()
    expect(petr.save_state).to_have_text("not saved yet, kept in this browser")
    petr.context.unroute("**/draft/")
    with petr.opening():
        petr.reload()
    expect(petr.note).to_have_value(TEXT)
    expect(petr.card.get_by_role("radio", name="Solved")).to_be_checked()
    expect(petr.save_state).to_have_text("saved")
    assert kept(call) == TEXT


def test_after_a_cut_network_the_card_follows_the_call_again(petr: Desk) -> None:
    petr.expected = CUT
    call = petr.ring("773796040")
    with petr.page.expect_event("requestfailed", lambda request: request.url.endswith("/state/")):
        petr.context.set_offline(True)
    petr.tell("answer", activity=call["activity"])
    petr.context.set_offline(False)
    expect(petr.state).to_have_text("In call")


def test_two_open_activities_keep_a_note_each(petr: Desk) -> None:
    first = petr.ring("773796040")
    petr.note.fill("For the first.")
    second = petr.tell("email", agent="petr", address="x@mail.example", subject="Hello", queue=2000)
    with petr.opening():
        petr.show(second["activity"])
    expect(petr.note).to_have_value("")
    petr.note.fill("For the second.")
    with petr.opening():
        petr.show(first["activity"])
    expect(petr.note).to_have_value("For the first.")
    with petr.opening():
        petr.show(second["activity"])
    expect(petr.note).to_have_value("For the second.")
    assert (kept(first), kept(second)) == ("For the first.", "For the second.")


def test_a_lost_session_keeps_the_card_and_the_note_and_comes_back(
    petr: Desk, centre: Centre, novakova: Contact
) -> None:
    petr.expected = SIGNED_OUT
    call = petr.ring("773796040")
    petr.note.fill("Begun.")
    expect(petr.save_state).to_have_text("saved")
    Session.objects.all().delete()
    petr.note.fill(TEXT)
    expect(petr.card.get_by_text("Your note is kept: sign in again and go on.")).to_be_visible()
    expect(petr.name).to_have_text("Jana Nováková")
    expect(petr.note).to_have_value(TEXT)
    petr.sign_in("petr", PASSWORD)
    expect(petr.card.get_by_text("Your note is kept: sign in again")).to_be_hidden()
    expect(petr.save_state).to_have_text("saved")
    assert kept(call) == TEXT
    expect(petr.name).to_have_text("Jana Nováková")
    petr.tell("answer", activity=call["activity"])
    expect(petr.state).to_have_text("In call")
    petr.card.get_by_text("Solved").click()
    petr.done()


def test_a_lost_session_cannot_be_taken_over_by_somebody_else(petr: Desk) -> None:
    petr.expected = f"{SIGNED_OUT}|status of 422"
    call = petr.ring("773796040")
    petr.note.fill("Begun.")
    expect(petr.save_state).to_have_text("saved")
    Session.objects.all().delete()
    petr.note.fill(TEXT)
    petr.sign_in("jana", PASSWORD)
    expect(petr.card.get_by_text("This card belongs to Petr Dvořák.")).to_be_visible()
    expect(petr.note).to_have_value(TEXT)
    assert kept(call) == "Begun."
    petr.sign_in("petr", PASSWORD)
    expect(petr.save_state).to_have_text("saved")
    assert kept(call) == TEXT


def test_a_stream_ends_with_the_session_and_says_so_while_nobody_types(petr: Desk) -> None:
    petr.expected = SIGNED_OUT
    petr.ring("773796040")
    Session.objects.all().delete()
    expect(petr.card.get_by_text("You are signed out. Your note is kept: sign in")).to_be_visible(timeout=3_000)
