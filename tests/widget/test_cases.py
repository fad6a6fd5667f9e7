"""Does the card say which cases of the caller are open, to those who may know?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from crm.models import Contact, Team, Ticket
from tests.factories import AccountFactory, ContactFactory, TaskFactory, TeamFactory, TicketFactory

Open = Callable[..., Any]
NUMBER = "773 796 040"


@pytest.fixture
def jana(team: Team) -> Contact:
    return ContactFactory(team=team, numbers=[NUMBER])


def test_the_open_cases_of_the_caller_are_counted_and_named(frame: Open, jana: Contact) -> None:
    now = timezone.now()
    TicketFactory(contact=jana, title="Wrong invoice", opened_at=now)
    assert "Open 1 open case: Wrong invoice" in frame(NUMBER).open().text
    TicketFactory(contact=jana, title="Late delivery", stage=Ticket.Stage.WAIT, opened_at=now - timedelta(days=1))
    TicketFactory(contact=jana, title="Long over", stage=Ticket.Stage.CLOSE, opened_at=now)
    assert "Open 2 open cases: Wrong invoice, Late delivery" in frame(NUMBER).open().text
    for _ in range(5):
        TicketFactory(contact=jana, title="Old", opened_at=now - timedelta(days=2))
    assert "4 or more open cases: Wrong invoice, Late delivery" in frame(NUMBER).open().text


def test_cases_stand_beside_tasks(frame: Open, jana: Contact) -> None:
    TaskFactory(contact=jana, title="Send the offer")
    TicketFactory(contact=jana, title="Wrong invoice")
    assert "Open Send the offer · 1 open case: Wrong invoice" in frame(NUMBER).open().text


def test_a_company_that_calls_has_its_own(frame: Open, team: Team) -> None:
    TicketFactory(account=AccountFactory(team=team, numbers=[NUMBER]), title="Wrong invoice")
    assert "1 open case: Wrong invoice" in frame(NUMBER).open().text


def test_threat_8_another_teams_case_is_not_said(frame: Open, jana: Contact) -> None:
    TicketFactory(contact=jana, title="Secret", team=TeamFactory(name="Poland"))
    text = frame(NUMBER).open().text
    assert "Secret" not in text
    assert "Nothing open" in text
