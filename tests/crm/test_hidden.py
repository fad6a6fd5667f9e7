"""What was deleted in its master (contract C7): is it nobody, nowhere, until it comes back, and does history stay?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm import search
from crm.matching import who_has, who_wrote
from crm.models import Account, Contact, OwnedField, Queue, Team, User
from tests.factories import AccountFactory, ActivityFactory, CallFactory, ContactFactory, QueueFactory, TaskFactory

NUMBER = "+420773796040"


@pytest.fixture
def gone(team: Team) -> Contact:
    """Jana, of Acme; both were deleted in Dynamics."""
    OwnedField.objects.create(record="contact", master="dynamics", field="first_name", label="Dynamics 365")
    hidden = {"team": team, "master": "dynamics", "hidden_at": timezone.now()}
    acme = AccountFactory(name="Acme", numbers=[NUMBER], **hidden)
    return ContactFactory(
        first_name="Jana", last_name="Nováková", account=acme, numbers=[NUMBER], emails=["jana@example.cz"], **hidden
    )


@pytest.fixture
def queue(team: Team) -> Queue:
    return QueueFactory(team=team)


def test_c7_a_hidden_contact_and_account_match_no_number_and_no_address(
    gone: Contact, queue: Queue, admin: User
) -> None:
    assert who_has(NUMBER, queue, admin).candidates == ()
    assert who_wrote("jana@example.cz", admin) == ()


def test_c7_the_survivor_of_a_merge_is_sure_however_many_duplicates_are_hidden(
    team: Team, queue: Queue, agent: User
) -> None:
    for _ in range(13):
        ContactFactory(team=team, numbers=[NUMBER], hidden_at=timezone.now())
    survivor = ContactFactory(team=team, numbers=[NUMBER])
    found = who_has(NUMBER, queue, agent).candidates
    assert [(one.record_id, one.is_sure) for one in found] == [(survivor.pk, True)]


def test_c7_a_hidden_company_is_not_said_beside_its_people(team: Team, queue: Queue, agent: User) -> None:
    acme = AccountFactory(name="Acme", team=team, hidden_at=timezone.now())
    ContactFactory(team=team, account=acme, numbers=[NUMBER])
    assert [one.company for one in who_has(NUMBER, queue, agent).candidates] == [""]


@pytest.mark.parametrize("text", ["jana", "nováková jana", "cme", "acme", "jana@", "773 796 040", "79604"])
def test_c7_no_search_finds_what_is_hidden(gone: Contact, admin: User, text: str) -> None:
    assert len(search.find(text, admin)) == 0


@pytest.mark.parametrize("name", ["contact", "contact_edit", "contact_delete", "contact_timeline"])
def test_c7_a_hidden_contact_has_no_page(gone: Contact, admin_client: Client, name: str) -> None:
    assert admin_client.get(reverse(f"crm:{name}", args=[gone.pk])).status_code == 404


def test_c7_a_hidden_record_is_in_no_list_and_not_in_the_api(gone: Contact, admin_client: Client) -> None:
    for page in (reverse("crm:contacts"), reverse("crm:accounts"), "/api/contacts/", "/api/accounts/"):
        text = admin_client.get(page).content.decode()
        assert "Nováková" not in text, page
        assert "Acme" not in text, page
    assert admin_client.get(f"/api/contacts/{gone.pk}/").status_code == 404
    new = {"last_name": "Malá", "account": gone.account_id}
    assert admin_client.post("/api/contacts/", new, "application/json").json().keys() == {"account"}


def test_c7_history_outlives_the_contact_and_says_that_it_was_deleted(
    gone: Contact, team: Team, agent: User, agent_client: Client
) -> None:
    links: dict[str, Any] = {"contact": gone, "account": gone.account, "team": team}
    call = CallFactory(**links)
    activity = ActivityFactory(call=call, user=agent, **links)
    task = TaskFactory(user=agent, due_at=timezone.now(), **links)
    told = {
        reverse("crm:calls"): "Jana Nováková · deleted",
        reverse("crm:home"): "Jana Nováková",
        reverse("crm:activity", args=[activity.pk]): "Jana Nováková, deleted in Dynamics 365 on ",
        reverse("crm:call", args=[call.pk]): "Acme, deleted in Dynamics 365 on ",
        reverse("crm:task", args=[task.pk]): "Jana Nováková, deleted in Dynamics 365 on ",
    }
    for page, text in told.items():
        html = agent_client.get(page).content.decode()
        assert text in html, page
        assert f"/contacts/{gone.pk}/" not in html, page
        assert "Another team" not in html, page


def test_c7_a_contact_of_a_hidden_account_may_be_sent_back_as_it_was_given(
    gone: Contact, team: Team, agent_client: Client
) -> None:
    contact = ContactFactory(team=team, account=gone.account)
    given = agent_client.get(f"/api/contacts/{contact.pk}/").json()
    body = json.dumps({**given, "job_title": "Buyer"})
    answer = agent_client.generic("PATCH", f"/api/contacts/{contact.pk}/", body, "application/json")
    assert (answer.status_code, answer.json()["account"]) == (200, gone.account_id)
    other = ContactFactory(team=team)
    body = json.dumps({"account": gone.account_id})
    assert agent_client.generic("PATCH", f"/api/contacts/{other.pk}/", body, "application/json").status_code == 400


def test_c7_three_deleted_duplicates_do_not_make_a_number_shared(team: Team) -> None:
    for _ in range(3):
        one = ContactFactory(team=team, numbers=[NUMBER], hidden_at=timezone.now())
        one.phone_numbers.get().confirm()
    last = ContactFactory(team=team, numbers=[NUMBER]).phone_numbers.get()
    last.confirm()
    last.refresh_from_db()
    assert not last.is_shared


def test_c7_an_administrator_finds_it_marked_and_brings_it_back(
    gone: Contact, admin_client: Client, office_client: Client
) -> None:
    page = reverse("admin:crm_contact_changelist")
    for question in ("", "?q=novak", "?hidden_at__isempty=0"):
        html = admin_client.get(page + question).content.decode()
        assert "Jana Nováková" in html
        assert "dynamics · " in html
    chosen = {"action": "bring_back", "_selected_action": [gone.pk]}
    answer = admin_client.post(page, chosen, follow=True)
    assert "Brought back: 1. They are ours now, and changed here" in answer.content.decode()
    gone.refresh_from_db()
    assert (gone.hidden_at, gone.master) == (None, "")
    assert office_client.get(reverse("crm:contact", args=[gone.pk])).status_code == 200
    assert Account.objects.exclude(hidden_at=None).count() == 1, "the company stays until it is chosen as well"
