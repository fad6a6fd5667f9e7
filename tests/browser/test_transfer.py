"""Does the baton pass? Two agents, two browsers, one call."""

from __future__ import annotations

from playwright.sync_api import expect

from crm.models import Activity, Contact
from tests.browser.conftest import Centre
from tests.browser.desk import Desk, NewDesk


def test_a_transfer_shows_who_it_is_and_what_was_noted_live(
    petr: Desk, desk_of: NewDesk, centre: Centre, novakova: Contact
) -> None:
    jana = desk_of(centre.jana)
    first = petr.ring("773796040")
    petr.tell("answer", activity=first["activity"])
    petr.card.get_by_role("button", name="Confirm").click()
    petr.note.fill("Asked about the invoice")
    expect(petr.save_state).to_have_text("saved")
    with jana.opening():
        second = petr.tell("consult", activity=first["activity"], to="jana")
        jana.show(second["activity"])
    expect(jana.name).to_have_text("Jana Nováková")
    expect(jana.who).to_contain_text("dentified by Petr Dvořák in this call")
    expect(jana.card.get_by_text("From Petr Dvořák")).to_be_visible()
    expect(jana.card.locator("#baton")).to_contain_text("Asked about the invoice")
    petr.note.press_sequentially(", promised a copy.")
    expect(jana.card.locator("#baton")).to_contain_text("Asked about the invoice, promised a copy.")
    petr.card.get_by_text("Solved").click()
    petr.done()
    petr.tell("put-through", activity=first["activity"])
    jana.note.fill("Copy sent.")
    jana.done()
    parts = Activity.objects.filter(call__call_id=first["callid"]).order_by("time")
    assert [(one.user, one.note, one.contact) for one in parts] == [
        (centre.petr, "Asked about the invoice, promised a copy.", novakova),
        (centre.jana, "Copy sent.", novakova),
    ]


def test_the_same_call_in_two_tabs_says_so_and_moves_without_losing_text(petr: Desk) -> None:
    call = petr.ring("773796040")
    petr.note.fill("Written in the first tab.")
    expect(petr.save_state).to_have_text("saved")
    other = petr.another_tab()
    with other.opening():
        other.show(call["activity"])
    expect(other.card.locator("#elsewhere")).to_be_visible()
    expect(petr.card.locator("#elsewhere")).to_be_hidden()
    petr.note.fill("Written in the first tab, and more.")
    with other.opening():
        other.card.get_by_role("button", name="Use here").click()
    expect(other.note).to_have_value("Written in the first tab, and more.")
    expect(other.card.locator("#elsewhere")).to_be_hidden()
    expect(petr.card.locator("#elsewhere")).to_be_visible()
