"""Can an agent sign in where browsers block foreign cookies? In the frame, in another site, and nowhere else."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from crm.models import Activity, Contact
from crm.sessions import WIDGET_COOKIE
from integrations.models import Connection
from tests.browser.conftest import Centre
from tests.browser.desk import Desk, NewDesk
from tests.factories import PASSWORD

NAME = re.compile("user ?name", re.IGNORECASE)
SET = "document.cookie = 'tried=1; SameSite=None; Secure; Path=/{more}'; document.cookie.includes('tried=1')"


def test_signing_in_inside_the_frame_brings_the_card_of_the_same_call(
    desk_of: NewDesk, centre: Centre, novakova: Contact
) -> None:
    petr = desk_of(centre.petr, signed_in=False)
    call = petr.ring("773796040", opens=False)
    expect(petr.name).to_have_text("Sign in to see who is calling")
    assert not Activity.objects.exists()
    with petr.opening():
        petr.sign_in("petr", PASSWORD)
    expect(petr.name).to_have_text("Jana Nováková")
    assert Activity.objects.get(activity_id=call["activity"]).user == centre.petr
    cookie = next(one for one in petr.context.cookies() if one["name"] == WIDGET_COOKIE)
    assert (cookie["partitionKey"], cookie["httpOnly"], cookie["secure"]) == ("http://127.0.0.1", True, True)
    with petr.opening():
        petr.ring("773796040")
    expect(petr.name).to_have_text("Jana Nováková")


def test_a_plain_foreign_cookie_is_lost_in_this_browser_and_only_in_the_frame(petr: Desk) -> None:
    petr.ring("773796040")
    assert not petr.frame.evaluate(SET.format(more="")), "The browser does not block third-party cookies."
    assert petr.frame.evaluate(SET.format(more="; Partitioned"))
    apart = petr.context.new_page()
    apart.goto(f"{petr.servers.widget}/doctor/")
    assert apart.evaluate(SET.format(more=""))


def test_a_wrong_password_is_said_and_another_try_works(desk_of: NewDesk, centre: Centre) -> None:
    petr = desk_of(centre.petr, signed_in=False)
    petr.expected = "status of 422"
    petr.ring("702000111", opens=False)
    petr.sign_in("petr", "not-this-one")
    expect(petr.card.get_by_role("alert").filter(has_text="do not go together")).to_be_visible()
    with petr.opening():
        petr.sign_in("petr", PASSWORD)
    expect(petr.who).to_contain_text("never called before")


def test_being_signed_in_to_the_office_does_not_sign_in_to_the_frame(desk_of: NewDesk, centre: Centre) -> None:
    petr = desk_of(centre.petr, signed_in=False)
    office = petr.context.new_page()
    office.goto(petr.servers.office)
    office.get_by_label(NAME).fill("petr")
    office.get_by_label("Password").fill(PASSWORD)
    office.get_by_role("button", name="Sign in").click()
    expect(office.get_by_label(NAME)).to_have_count(0)
    petr.ring("773796040", opens=False)
    expect(petr.name).to_have_text("Sign in to see who is calling")


def test_a_site_that_is_no_connection_of_ours_cannot_frame_the_card(petr: Desk) -> None:
    petr.expected = "frame-ancestors"
    Connection.objects.update(is_enabled=False)
    petr.ring("773796040", opens=False)
    expect(petr.card.locator("#main")).to_have_count(0)
    petr.page.wait_for_function("() => true")
    assert any("frame-ancestors" in text for text in petr.complaints)


def test_the_frame_doctor_says_that_the_card_can_work_here(desk_of: NewDesk, centre: Centre) -> None:
    petr = desk_of(centre.petr, signed_in=False)
    petr.ring("773796040", opens=False)
    petr.card.get_by_role("link", name="Open the frame doctor").click()
    expect(petr.card.get_by_text("The card can work here.")).to_be_visible()
    findings = petr.card.locator("#findings")
    expect(findings).to_contain_text(f"{petr.servers.desk} frames us")
    expect(findings).to_contain_text("The browser keeps our cookie in this frame.")
    expect(findings).to_contain_text(re.compile("A question to the server takes \\d+ ms"))


def test_no_request_of_a_whole_call_leaves_this_machine(petr: Desk, novakova: Contact) -> None:
    call = petr.ring("773796040")
    petr.tell("answer", activity=call["activity"])
    petr.card.get_by_text("History").click()
    petr.note.fill("All on this machine.")
    petr.card.get_by_text("Solved").click()
    petr.done()
    assert petr.hosts == {petr.servers.desk.removeprefix("http://"), petr.servers.widget.removeprefix("http://")}
