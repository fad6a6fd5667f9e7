"""Can everybody use the card? axe finds nothing serious, light and dark, at 320 and 480 pixels; nothing sticks out."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crm.models import Call, Contact, Session
from tests.browser import axe
from tests.browser.conftest import Centre
from tests.browser.desk import Desk, NewDesk
from tests.factories import (
    PASSWORD,
    AccountFactory,
    ActivityFactory,
    CallFactory,
    ContactFactory,
    CustomFieldFactory,
    TaskFactory,
)

LOOKS = [("light", 320), ("dark", 320), ("light", 480), ("dark", 480)]


def looks_of(desk: Desk) -> Iterator[str]:
    """The card in each of its looks: colours and width."""
    for scheme, width in LOOKS:
        desk.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        desk.page.locator(f"#width label:has(input[value='{width}'])").click()
        yield f"{scheme} {width}"


def check(desk: Desk) -> None:
    found = []
    for look in looks_of(desk):
        found += [f"{look} {one}" for one in (*axe.findings(desk.frame), *axe.too_wide(desk.frame))]
    assert found == []


@pytest.fixture
def known(centre: Centre, novakova: Contact) -> Contact:
    """Somebody of whom there is much to tell."""
    novakova.account = AccountFactory(name="Kovárna Dvořák s.r.o.", numbers=["585 555 100"])
    novakova.is_vip, novakova.job_title = True, "Buyer of everything that has to be bought"
    novakova.save()
    for _ in range(3):
        call = CallFactory(number="+420773796040", contact=novakova)
        ActivityFactory(call=call, contact=novakova, user=centre.jana, note="Invoice resent. " * 20, status="closed")
    promised = timezone.now() - timedelta(minutes=5)
    TaskFactory(contact=novakova, is_call_back=True, due_at=promised)
    return novakova


def test_the_card_of_a_known_caller(petr: Desk, known: Contact) -> None:
    petr.ring("773796040")
    expect(petr.who).to_contain_text("4th call in 24 hours")
    for fold in ("Related to", "Details", "History", "Keys", "Call back"):
        petr.card.get_by_role("heading", name=fold, exact=True).click()
    expect(petr.card.get_by_label("Account")).to_be_visible()
    check(petr)


def test_the_chooser(petr: Desk) -> None:
    for name in ("Tomáš", "Ivan"):
        ContactFactory(first_name=name, last_name="Blažek", numbers=["541 555 077"])
    petr.ring("541555077")
    expect(petr.name).to_have_text("Who is it?")
    check(petr)


def test_a_weak_match(petr: Desk) -> None:
    ContactFactory(first_name="Tomasz", last_name="Wiśniewski", numbers=["+48 602 555 017"])
    petr.ring("602 555 017")
    expect(petr.name).to_contain_text("Is this")
    check(petr)


def test_an_unknown_caller_with_the_form_for_a_new_contact(petr: Desk) -> None:
    petr.expected = "422"
    petr.ring("702 000 111")
    petr.card.get_by_role("button", name="New contact").click()
    petr.card.get_by_label("Name", exact=True).fill(" ")
    petr.card.get_by_role("button", name="Create and link").click()
    expect(petr.card.get_by_text("Write the caller's name.")).to_be_visible()
    check(petr)


def test_a_withheld_number_with_what_a_search_found(petr: Desk, known: Contact) -> None:
    petr.ring(None)
    petr.card.get_by_label("Who is it?").fill("novako")
    expect(petr.card.get_by_role("button", name="Jana Nováková")).to_be_visible()
    check(petr)


def test_wrap_up_with_something_missing_and_then_done(petr: Desk, centre: Centre, known: Contact) -> None:
    petr.expected = "422"
    centre.support.outcome_is_required = True
    centre.support.save()
    centre.support.wrapup_fields.set([CustomFieldFactory(record="activity", title="Order number", is_required=True)])
    call = petr.ring("773796040")
    petr.tell("answer", activity=call["activity"])
    petr.tell("hang-up", activity=call["activity"])
    petr.look_again()
    expect(petr.state).to_have_text("Wrap-up")
    petr.card.get_by_role("button", name="Done").click()
    expect(petr.card.get_by_text("Choose an outcome, then Done.")).to_be_visible()
    expect(petr.card.get_by_text("Order number is needed before Done.")).to_be_visible()
    check(petr)
    petr.card.get_by_text("Solved").click()
    petr.card.get_by_label("Order number").fill("A-1")
    petr.done()
    check(petr)


def test_a_call_that_was_passed_on(petr: Desk, centre: Centre, known: Contact) -> None:
    ring = petr.ring("773796040")
    call = Call.objects.get(call_id=ring["callid"])
    before = timezone.now() - timedelta(minutes=2)
    ActivityFactory(call=call, user=centre.jana, contact=known, note="Wants the invoice again. " * 5, time=before)
    with petr.opening():
        petr.reload()
    expect(petr.card.get_by_text("From Jana Malá")).to_be_visible()
    check(petr)


def test_signing_in_and_signing_in_again(petr: Desk, desk_of: NewDesk, centre: Centre) -> None:
    stranger = desk_of(centre.jana, signed_in=False)
    stranger.expected = "422"
    stranger.ring("773796040", opens=False)
    stranger.sign_in("jana", "not-this-one")
    expect(stranger.card.get_by_role("alert").filter(has_text="do not go together")).to_be_visible()
    check(stranger)
    petr.expected = "40[13]"
    petr.ring("773796040")
    Session.objects.all().delete()
    expect(petr.card.get_by_label("Password")).to_be_visible()
    check(petr)


def test_the_frame_doctor_and_an_address_that_is_wrong(petr: Desk) -> None:
    petr.expected = "status of 404"
    petr.ring("773796040", opens=False)
    petr.frame.goto(f"{petr.servers.widget}/doctor/")
    expect(petr.card.get_by_text("The card can work here.")).to_be_visible()
    check(petr)
    petr.frame.goto(f"{petr.servers.widget}/widget/no-such-queue/?clid=1&direction=in&callid=&activity=a")
    expect(petr.name).to_have_text("The card cannot be shown")
    check(petr)


# ── the office ──────────────────────────────────────────────────────────────────────────────────────────────────────

PAGES = ("", "contacts/", "contacts/{}/", "accounts/", "calls/", "activities/", "tasks/", "contacts/new/")


def test_the_office(desk_of: NewDesk, centre: Centre, known: Contact) -> None:
    desk = desk_of(centre.petr, signed_in=False)
    office = desk.context.new_page()
    office.goto(desk.servers.office)
    found = axe.faults(office, LOOKS)
    office.get_by_label("User name").fill("petr")
    office.get_by_label("Password").fill(PASSWORD)
    office.get_by_role("button", name="Sign in").click()
    expect(office.get_by_label("Password")).to_have_count(0)
    for path in PAGES:
        office.goto(f"{desk.servers.office}/{path.format(known.pk)}")
        expect(office.get_by_role("heading", level=1)).to_be_visible()
        found += axe.faults(office, LOOKS)
    assert found == []
