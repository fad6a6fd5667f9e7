"""What was deleted in its master (contract C7): does no card say it, whatever brought it along?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from crm.models import Activity, Contact, Queue, Team, User
from tests.factories import AccountFactory, ActivityFactory, CallFactory, ContactFactory

Open = Callable[..., Any]
NUMBER = "773 796 040"


@pytest.fixture
def gone(team: Team) -> Contact:
    return ContactFactory(
        first_name="Jana", last_name="Nováková", team=team, numbers=[NUMBER], hidden_at=timezone.now()
    )


def test_c7_a_hidden_caller_is_unknown_on_the_card(frame: Open, gone: Contact) -> None:
    text = frame(NUMBER).open().text
    assert "Nováková" not in text
    assert "never called before" in text


def test_c7_a_hidden_caller_is_not_named_by_who_passed_the_call_on(
    frame: Open, gone: Contact, queue: Queue, office: User
) -> None:
    call = CallFactory(call_id="1WS.58184", queue=queue)
    ActivityFactory(call=call, user=office, contact=gone, queue=queue, note="Wants the offer.")
    text = frame(NUMBER).open().text
    assert "Wants the offer." in text
    assert "Nováková" not in text


def test_c7_a_hidden_company_is_not_on_its_peoples_card(frame: Open, team: Team) -> None:
    acme = AccountFactory(name="Acme", team=team, hidden_at=timezone.now())
    ContactFactory(first_name="Petr", last_name="Malý", team=team, account=acme, numbers=[NUMBER])
    text = frame(NUMBER).open().text
    assert "Petr Malý" in text
    assert "Acme" not in text


@pytest.mark.parametrize("link", [Activity.Link.AUTO, Activity.Link.MANUAL])
def test_c7_a_call_whose_contact_is_deleted_meanwhile_asks_again(
    frame: Open, gone: Contact, queue: Queue, agent: User, link: str
) -> None:
    ActivityFactory(
        activity_id="activities_1", user=agent, queue=queue, team=queue.team, contact=gone, link=link,
        call=CallFactory(call_id="1WS.58184", contact=gone, queue=queue),
    )  # fmt: skip
    survivor = ContactFactory(first_name="Jana", last_name="Malá", team=queue.team, numbers=[NUMBER])
    text = frame(NUMBER).open().text
    assert "Nováková" not in text
    assert survivor.name in text


def test_c7_a_new_contact_does_not_join_a_hidden_company(frame: Open, team: Team) -> None:
    hidden = AccountFactory(name="Acme", team=team, hidden_at=timezone.now())
    opened = frame("606 555 999")
    opened.post("open")
    opened.post("create", name="Petr Malý", company="Acme")
    made = Contact.objects.get(last_name="Malý")
    assert made.account is not None
    assert made.account != hidden
