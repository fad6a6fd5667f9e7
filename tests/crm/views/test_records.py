"""Can a person or a company be written down, changed and taken away, without anybody's work being lost?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Account, Activity, Call, Contact, CustomField, PhoneNumber, Task, Team, User
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    CallFactory,
    ContactFactory,
    CustomFieldFactory,
    TaskFactory,
    TeamFactory,
)

EMPTY_LINES = {f"{of}-{count}_FORMS": "0" for of in ("numbers", "emails") for count in ("TOTAL", "INITIAL")}


def form(numbers: tuple[str, ...] = (), emails: tuple[str, ...] = (), **fields: str) -> dict[str, str]:
    """A contact's form as a browser sends it."""
    lines = {f"numbers-{place}-value": value for place, value in enumerate(numbers)}
    lines |= {f"numbers-{place}-kind": "mobile" for place in range(len(numbers))}
    lines |= {f"emails-{place}-value": value for place, value in enumerate(emails)}
    totals = {"numbers-TOTAL_FORMS": str(len(numbers)), "emails-TOTAL_FORMS": str(len(emails))}
    return {**EMPTY_LINES, **totals, **lines, "stage": "customer", **fields}


def seen(contact: Contact | Account) -> str:
    contact.refresh_from_db()
    return contact.changed_at.isoformat()


def numbers_of(record: Any) -> list[str]:
    return [row.number for row in record.phone_numbers.all()]


def test_a_contact_is_made_with_numbers_and_addresses(agent_client: Client, team: Team) -> None:
    account = AccountFactory()
    data = form(("773 796 040", "", "00421 905 221 340"), ("jana@x.cz",), last_name="Nováková", account=str(account.pk))
    response = agent_client.post("/contacts/new/", data)
    contact = Contact.objects.get()
    assert response.url == f"/contacts/{contact.pk}/"
    assert numbers_of(contact) == ["+420773796040", "+421905221340"]
    assert [str(row) for row in contact.email_addresses.all()] == ["jana@x.cz"]
    assert (contact.account, contact.team) == (account, team)


def test_a_contact_needs_a_name_and_the_form_says_so(agent_client: Client) -> None:
    response = agent_client.post("/contacts/new/", form())
    assert response.status_code == 422
    assert "Write a first name or a last name." in response.content.decode()
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (form(("no digits",), last_name="N"), "There are no digits in it."),
        (form(("773796040", "+420 773 796 040"), last_name="N"), "This number stands in another line already."),
        (form((), ("no address",), last_name="N"), "Enter a valid email address."),
        (form(last_name="N" * 10_000), "Ensure this value has at most 128 characters (it has 10000)."),
        (form(last_name="N", description="x" * 5_001), "Ensure this value has at most 5000 characters"),
        (form(last_name="N\0"), "Null characters are not allowed."),
        (form(("\0",), last_name="N"), "Null characters are not allowed."),
        (form(last_name="N", stage="king"), "king is not one of the available choices"),
        (form(last_name="N", account="99999999999999999999"), "That choice is not one of the available choices."),
        (
            form(last_name="N", **{"numbers-TOTAL_FORMS": "x"}),
            "ManagementForm data is missing or has been tampered with",
        ),
        (form(last_name="N", **{"numbers-TOTAL_FORMS": "9999"}), "Please submit at most 20 forms."),
    ],
)
def test_a_mistake_is_said_beside_its_field(data: dict[str, str], error: str, agent_client: Client) -> None:
    response = agent_client.post("/contacts/new/", data)
    assert response.status_code == 422
    assert error in response.content.decode()
    assert not Contact.objects.exists()


NAUGHTY = [
    "<script>alert(1)</script>", "'; drop table crm_contact;--", "{{ 7|add:7 }}", "=cmd|' /C calc'!A0", "‮gnol‬", "𝒜𝓃𝓃𝒶",
    "Ṱ̺̺̕o͞ ̷i̲̬͇̪", "👩‍👩‍👧‍👦", "\u200b\u200bx", "NaN", "../../etc/passwd", "%00%s%n", "\ufffe\uffff", "ﷺ" * 20,
]  # fmt: skip


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_texts_are_stored_and_shown_as_text(text: str, agent_client: Client) -> None:
    data = form(first_name=text, job_title=text, address=text, description=text, alert=text)
    response = agent_client.post("/contacts/new/", data, follow=True)
    html = response.content.decode()
    assert response.status_code == 200
    assert Contact.objects.get().first_name == text.strip()
    assert "<script>alert" not in html
    for page in ("/contacts/", "/"):
        assert agent_client.get(page).status_code == 200


def test_a_lone_surrogate_in_a_form_is_no_server_error(agent_client: Client) -> None:
    body = "&".join(f"{name}={value}" for name, value in form(last_name="%ED%A0%80x").items())
    response = agent_client.post("/contacts/new/", body, content_type="application/x-www-form-urlencoded")
    assert response.status_code in (302, 422)


def test_a_change_over_a_colleagues_change_shows_both_versions(agent_client: Client, office_client: Client) -> None:
    contact = ContactFactory(first_name="Jana", last_name="Nováková", job_title="Buyer", numbers=["773796040"])
    before = seen(contact)
    mine = form(("773796040",), first_name="Jana", last_name="Malá", job_title="Buyer", seen_at=before)
    theirs = form(("602111222",), first_name="Jana", last_name="Nováková", job_title="Head", seen_at=before)
    assert office_client.post(f"/contacts/{contact.pk}/edit/", theirs).status_code == 302
    response = agent_client.post(f"/contacts/{contact.pk}/edit/", mine)
    html = response.content.decode()
    assert response.status_code == 409
    assert all(text in html for text in ("Both versions", "Head", "Malá", "+420 602 111 222", "Save mine"))
    contact.refresh_from_db()
    assert contact.last_name == "Nováková"
    again = {**mine, "seen_at": re.search(r'name="seen_at" value="([^"]+)"', html)[1]}  # type: ignore[index]
    assert agent_client.post(f"/contacts/{contact.pk}/edit/", again).status_code == 302
    contact.refresh_from_db()
    assert contact.last_name == "Malá"


def test_what_nobody_touched_in_a_form_stays_as_it_is(agent_client: Client) -> None:
    """A number of another country, one that cannot be read, and what was confirmed about them."""
    contact = ContactFactory(first_name="Eva", last_name="Veselá")
    contact.add_number("0905 221 340", "SK").confirm()
    contact.add_number("77379604")
    html = agent_client.get(f"/contacts/{contact.pk}/edit/").content.decode()
    lines = re.findall(r'name="numbers-\d+-value" value="([^"]+)"', html)
    data = form(tuple(lines), first_name="Eva", last_name="Veselá", seen_at=seen(contact))
    before = set(contact.phone_numbers.values_list("pk", "number", "confirmed_at"))
    assert agent_client.post(f"/contacts/{contact.pk}/edit/", data).status_code == 302
    assert set(contact.phone_numbers.values_list("pk", "number", "confirmed_at")) == before


def test_an_emptied_line_goes_away(agent_client: Client) -> None:
    contact = ContactFactory(last_name="N", numbers=["773796040"], emails=["a@x.cz"])
    agent_client.post(f"/contacts/{contact.pk}/edit/", form(("",), ("",), last_name="N", seen_at=seen(contact)))
    assert numbers_of(contact) == []
    assert not contact.email_addresses.exists()


def test_another_line_is_fetched_with_the_next_number(agent_client: Client) -> None:
    html = agent_client.get("/lines/numbers/?numbers-TOTAL_FORMS=3").content.decode()
    assert 'name="numbers-3-value"' in html
    assert 'name="numbers-TOTAL_FORMS" value="4"' in html


def test_team_and_owner_are_the_offices_to_set(agent_client: Client, office_client: Client, office: User) -> None:
    contact = ContactFactory(last_name="N")
    foreign = TeamFactory(name="Poland")
    data = form(last_name="N", owner=str(office.pk), team=str(foreign.pk), seen_at=seen(contact))
    agent_client.post(f"/contacts/{contact.pk}/edit/", data)
    contact.refresh_from_db()
    assert (contact.owner, contact.team) == (None, None)
    data["seen_at"] = seen(contact)
    assert (
        "not one of the available choices" in office_client.post(f"/contacts/{contact.pk}/edit/", data).content.decode()
    )


def test_an_admins_fields_are_asked_by_their_kind_and_kept(agent_client: Client) -> None:
    kinds = {
        "vat": "text",
        "size": "number",
        "since": "date",
        "weekend": "phone",
        "level": "choice",
        "news": "checkbox",
    }
    for key, kind in kinds.items():
        CustomFieldFactory(key=key, kind=kind, choices=["A", "B"] if kind == "choice" else [])
    values = {"vat": "CZ1", "size": "12.5", "since": "2026-02-28", "weekend": "602 111 222", "level": "B", "news": "on"}
    data = form(last_name="N", **{f"custom_{key}": value for key, value in values.items()})
    assert agent_client.post("/contacts/new/", data).status_code == 302
    contact = Contact.objects.get()
    assert contact.custom == {**values, "size": 12.5, "news": True}
    assert numbers_of(contact) == ["+420602111222"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [("number", "NaN"), ("date", "31.2.2026"), ("phone", "none"), ("choice", "C"), ("url", "javascript:x")],
)
def test_an_admins_field_refuses_what_is_not_of_its_kind(kind: str, value: str, agent_client: Client) -> None:
    CustomFieldFactory(key="extra", kind=kind, choices=["A"])
    assert agent_client.post("/contacts/new/", form(last_name="N", custom_extra=value)).status_code == 422


def test_a_required_field_that_is_empty_is_named(agent_client: Client) -> None:
    CustomFieldFactory(key="vat", title="VAT number", is_required=True)
    assert (
        "VAT number is missing: fill it in."
        in agent_client.post("/contacts/new/", form(last_name="N")).content.decode()
    )


def test_a_contact_made_from_a_call_takes_the_number_and_all_its_calls(agent_client: Client) -> None:
    earlier = ActivityFactory(number="+420602111222")
    call = ActivityFactory(number="+420602111222").call
    assert "+420 602 111 222" in agent_client.get(f"/contacts/new/?call={call.pk}").content.decode()
    agent_client.post(f"/contacts/new/?call={call.pk}", form(("+420 602 111 222",), last_name="Nová"))
    contact = Contact.objects.get()
    assert set(Activity.objects.values_list("contact", "link")) == {(contact.pk, "manual"), (contact.pk, "auto")}
    assert set(Call.objects.values_list("contact", flat=True)) == {contact.pk}
    earlier.refresh_from_db()
    assert earlier.link == Activity.Link.AUTO


def test_a_note_and_a_task_are_written_on_the_page(agent_client: Client, agent: User) -> None:
    contact = ContactFactory(account=AccountFactory())
    agent_client.post(f"/contacts/{contact.pk}/notes/", {"note": "Prefers mornings."})
    note = Activity.objects.get()
    assert (note.type, note.note, note.user, note.contact) == ("NOTE", "Prefers mornings.", agent, contact)
    assert note.account == contact.account
    data = {"title": "Call back", "due_at": "2026-12-01T09:00", "user": agent.pk, "is_call_back": "on"}
    agent_client.post(f"/contacts/{contact.pk}/tasks/", data)
    task = Task.objects.get()
    assert timezone.localtime(task.due_at).isoformat() == "2026-12-01T09:00:00+01:00"
    html = agent_client.get(f"/contacts/{contact.pk}/").content.decode()
    assert "Prefers mornings." in html
    assert "Open tasks" in html


def test_one_click_makes_one_task_however_often_it_arrives(agent_client: Client, agent: User) -> None:
    contact = ContactFactory()
    data = {"title": "Call back", "user": agent.pk, "request_id": "7b7f6cfe-2a55-4e0e-9cf4-5a54b8f5d6d8"}
    for _ in range(2):
        assert agent_client.post(f"/contacts/{contact.pk}/tasks/", data).status_code == 302
    assert Task.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "data", "error"),
    [
        ("notes", {"note": ""}, "Note is missing: fill it in."),
        ("notes", {"note": "x" * 5_001}, "Ensure this value has at most 5000 characters"),
        ("notes", {"note": "\0"}, "Null characters are not allowed."),
        ("tasks", {"title": ""}, "Task is missing: fill it in."),
        ("tasks", {"title": "x", "due_at": "soon"}, "Enter a valid date/time."),
        ("tasks", {"title": "x", "user": "999999"}, "That choice is not one of the available choices."),
        ("numbers", {"value": "none", "kind": "work"}, "There are no digits in it."),
    ],
)
def test_a_mistake_on_the_page_keeps_what_was_written(
    path: str, data: dict[str, str], error: str, agent_client: Client
) -> None:
    response = agent_client.post(f"/contacts/{ContactFactory().pk}/{path}/", data)
    assert response.status_code == 422
    assert error in response.content.decode()


def test_a_number_is_added_confirmed_and_removed(agent_client: Client) -> None:
    contact = ContactFactory()
    agent_client.post(f"/contacts/{contact.pk}/numbers/", {"value": "602 111 222", "kind": "work"})
    number = contact.phone_numbers.get()
    agent_client.post(f"/numbers/{number.pk}/confirm/")
    number.refresh_from_db()
    assert number.confirmed_at
    agent_client.post(f"/numbers/{number.pk}/remove/")
    assert not contact.phone_numbers.exists()


def test_a_number_of_an_admins_field_is_changed_there(agent_client: Client) -> None:
    field = CustomFieldFactory(key="weekend", kind=CustomField.Kind.PHONE, title="Weekend phone")
    contact = ContactFactory()
    contact.set_custom({field.key: "602 111 222"})
    html = agent_client.post(f"/numbers/{contact.phone_numbers.get().pk}/remove/", follow=True).content.decode()
    assert "Edit the record to change it" in html
    assert contact.phone_numbers.exists()


def test_deleting_keeps_the_calls_and_activities(office_client: Client) -> None:
    contact = ContactFactory(numbers=["602 111 222"])
    activity = ActivityFactory(contact=contact, call__contact=contact)
    TaskFactory(contact=contact)
    assert "stay, linked to nobody" in office_client.get(f"/contacts/{contact.pk}/delete/").content.decode()
    office_client.post(f"/contacts/{contact.pk}/delete/")
    activity.refresh_from_db()
    assert (activity.contact, activity.call.contact) == (None, None)
    assert not Contact.objects.exists()
    assert not Task.objects.exists()
    assert not PhoneNumber.objects.exists()


def test_an_accounts_page_lists_its_people(agent_client: Client) -> None:
    account = AccountFactory(name="Acme s.r.o.")
    ContactFactory(first_name="Jana", last_name="Nováková", account=account)
    ContactFactory(last_name="Obcy", account=account, team=TeamFactory(name="Poland"))
    html = agent_client.get(f"/accounts/{account.pk}/").content.decode()
    assert "Jana Nováková" in html
    assert "Obcy" not in html


def test_an_account_is_made_and_changed(agent_client: Client) -> None:
    agent_client.post("/accounts/new/", {**EMPTY_LINES, "name": "Acme s.r.o.", "website": "acme.example"})
    account = Account.objects.get()
    assert account.website == "https://acme.example"
    data = {**EMPTY_LINES, "name": "Acme a.s.", "website": "", "seen_at": seen(account)}
    assert agent_client.post(f"/accounts/{account.pk}/edit/", data).status_code == 302
    assert "Acme a.s." in agent_client.get(f"/accounts/{account.pk}/").content.decode()


def test_accounts_are_offered_by_name_and_only_visible_ones(agent_client: Client) -> None:
    AccountFactory(name="Kovárna Dvořák")
    AccountFactory(name="Kowalski", team=TeamFactory(name="Poland"))
    html = agent_client.post("/accounts/choices/", {"account_search": "kov"}).content.decode()
    assert "Kovárna Dvořák" in html
    assert "Kowalski" not in agent_client.post("/accounts/choices/", {"account_search": "kow"}).content.decode()


def test_a_records_page_takes_a_fixed_number_of_statements(
    agent_client: Client, django_assert_max_num_queries: Any
) -> None:
    account = AccountFactory()
    contact = ContactFactory(account=account, numbers=["602111222", "602111223"])
    for _ in range(12):
        ActivityFactory(contact=contact, account=account)
        TaskFactory(contact=contact)
        CallFactory(contact=contact, account=account)
        ContactFactory(account=account, numbers=["602111224"])
    for url in (f"/contacts/{contact.pk}/", f"/accounts/{account.pk}/"):
        with django_assert_max_num_queries(16):
            agent_client.get(url)
