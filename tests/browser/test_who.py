"""Who is calling, where the number alone does not say? Unknown, shared, weak, withheld, internal, and: not her."""

from __future__ import annotations

from playwright.sync_api import expect

from crm.models import Activity, Contact
from tests.browser.conftest import Centre
from tests.browser.desk import Desk
from tests.factories import AccountFactory, ContactFactory


def test_an_unknown_caller_is_created_with_a_name_and_keeps_the_number(petr: Desk, centre: Centre) -> None:
    call = petr.ring("702 000 111")
    expect(petr.who).to_contain_text("never called before")
    petr.enter()
    petr.press("c")
    expect(petr.card.get_by_label("Name", exact=True)).to_be_focused()
    petr.type("Karel Nový")
    petr.press("Enter")
    expect(petr.name).to_have_text("Karel Nový")
    karel = Contact.objects.get(last_name="Nový")
    assert [one.number for one in karel.phone_numbers.all()] == ["+420702000111"]
    assert Activity.objects.get(activity_id=call["activity"]).contact == karel


def test_an_unknown_number_is_attached_to_a_known_person_in_three_keys(petr: Desk, novakova: Contact) -> None:
    call = petr.ring("702 000 111")
    petr.enter()
    petr.press("a")
    expect(petr.card.get_by_label("Who is it?")).to_be_focused()
    petr.type("novako")
    expect(petr.card.get_by_role("button", name="Jana Nováková")).to_be_visible()
    petr.press("Escape", "1")
    expect(petr.name).to_have_text("Jana Nováková")
    assert Activity.objects.get(activity_id=call["activity"]).contact == novakova
    assert novakova.phone_numbers.filter(number="+420702000111").exists()


def test_an_unknown_number_can_be_ignored(petr: Desk, centre: Centre) -> None:
    petr.ring("702 000 111")
    petr.enter()
    petr.press("i")
    expect(petr.who).to_contain_text("ignore list")
    centre.support.refresh_from_db()
    assert centre.support.ignored_numbers == ["+420702000111"]
    petr.card.get_by_role("button", name="Look it up again").click()
    expect(petr.name).to_have_text("+420 702 000 111")


def test_a_name_that_is_missing_is_asked_for(petr: Desk) -> None:
    petr.expected = "status of 422"
    petr.ring("702 000 111")
    petr.card.get_by_role("button", name="New contact").click()
    petr.card.get_by_label("Name", exact=True).fill("   ")
    petr.card.get_by_role("button", name="Create and link").click()
    expect(petr.card.get_by_text("Write the caller's name.")).to_be_visible()


def test_at_a_shared_number_a_digit_chooses_who_it_is(petr: Desk) -> None:
    people = [
        ContactFactory(first_name=name, last_name="Blažek", numbers=["541 555 077"]) for name in ("Tomáš", "Ivan")
    ]
    call = petr.ring("541555077")
    expect(petr.name).to_have_text("Who is it?")
    second = petr.card.locator(".candidate").nth(1)
    chosen = next(one for one in people if one.first_name in second.inner_text())
    petr.enter()
    petr.press("2")
    expect(petr.name).to_have_text(str(chosen))
    assert Activity.objects.get(activity_id=call["activity"]).contact == chosen
    petr.press("2")
    expect(petr.card.get_by_role("radio", name="Call back")).to_be_checked()


def test_when_it_is_not_her_the_others_are_offered(petr: Desk, novakova: Contact) -> None:
    call = petr.ring("773796040")
    petr.enter()
    petr.press("n")
    expect(petr.card.get_by_role("button", name="New contact")).to_be_visible()
    expect(petr.card.get_by_role("link", name="Jana Nováková")).to_be_hidden()
    activity = Activity.objects.get(activity_id=call["activity"])
    assert (activity.contact, activity.link) == (None, Activity.Link.REFUSED)
    assert novakova.phone_numbers.get().rejected_at


def test_a_weak_match_is_asked_about_and_yes_links_it(petr: Desk) -> None:
    tomasz = ContactFactory(first_name="Tomasz", last_name="Wiśniewski", numbers=["+48 602 555 017"])
    call = petr.ring("602 555 017")
    expect(petr.name).to_have_text("Is this Tomasz Wiśniewski?")
    assert Activity.objects.get(activity_id=call["activity"]).contact is None
    petr.enter()
    petr.press("y")
    expect(petr.name).to_have_text("Tomasz Wiśniewski")
    assert Activity.objects.get(activity_id=call["activity"]).contact == tomasz


def test_a_weak_match_that_is_wrong_is_refused_with_no(petr: Desk) -> None:
    ContactFactory(first_name="Tomasz", last_name="Wiśniewski", numbers=["+48 602 555 017"])
    petr.ring("602 555 017")
    petr.enter()
    petr.press("n")
    expect(petr.card.get_by_role("button", name="New contact")).to_be_visible()
    expect(petr.name).not_to_contain_text("Tomasz")


def test_a_switchboard_shows_the_company_and_typing_finds_the_person(petr: Desk) -> None:
    company = AccountFactory(name="Strojírny Morava a.s.", numbers=["541 555 000"])
    for number in range(7):
        ContactFactory(first_name="Karel", last_name=f"Dělník {number}", account=company, numbers=["541 555 000"])
    petr.ring("541555000")
    expect(petr.name).to_have_text("Somebody from Strojírny Morava a.s.")
    petr.enter()
    petr.press("Escape", "/")
    petr.type("delnik 5")
    expect(petr.card.locator(".candidate")).to_have_count(1)
    petr.press("Escape", "1")
    expect(petr.name).to_have_text("Karel Dělník 5")


def test_a_withheld_number_offers_a_search_and_creates_nothing(petr: Desk, novakova: Contact) -> None:
    call = petr.ring(None)
    expect(petr.name).to_have_text("Number withheld")
    petr.card.get_by_label("Who is it?").fill("novako")
    petr.card.get_by_role("button", name="Jana Nováková").click()
    expect(petr.name).to_have_text("Jana Nováková")
    assert Activity.objects.get(activity_id=call["activity"]).contact == novakova
    assert novakova.phone_numbers.count() == 1


def test_a_withheld_caller_is_found_by_keyboard_alone(petr: Desk, novakova: Contact) -> None:
    petr.ring(None)
    petr.enter()
    petr.press("Escape", "/")
    expect(petr.card.get_by_label("Who is it?")).to_be_focused()
    petr.type("novako")
    expect(petr.announced).to_have_text("1 found")
    petr.press("Escape", "1")
    expect(petr.name).to_have_text("Jana Nováková")


def test_an_internal_call_looks_nobody_up(petr: Desk, novakova: Contact) -> None:
    petr.ring("773796040", direction="internal")
    expect(petr.who).to_have_text("Internal call: no customer is looked up.")


def test_the_person_and_the_company_can_each_be_changed(petr: Desk, novakova: Contact) -> None:
    company = AccountFactory(name="Kovárna Dvořák s.r.o.", numbers=["773 796 040"])
    call = petr.ring("773796040")
    petr.card.get_by_text("Related to").click()
    petr.card.get_by_label("Account").select_option("Kovárna Dvořák s.r.o.")
    expect(petr.who).to_contain_text("Kovárna Dvořák s.r.o.")
    activity = Activity.objects.get(activity_id=call["activity"])
    assert (activity.contact, activity.account) == (novakova, company)
