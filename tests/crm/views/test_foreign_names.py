"""Does no page say the name of another team's customer, whatever it came along with?"""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from crm.models import User
from tests.factories import AccountFactory, ActivityFactory, CallFactory, ContactFactory, TaskFactory, TeamFactory


@pytest.fixture
def pages(agent: User) -> list[str]:
    """Every page on which a visible event or contact brings a hidden contact or account along."""
    foreign, team = TeamFactory(name="Germany"), agent.teams.get()
    hidden = {
        "contact": ContactFactory(first_name="Dieter", last_name="Krause", team=foreign),
        "account": AccountFactory(name="Krause GmbH", team=foreign),
    }
    call = CallFactory(team=team, ended_at=timezone.now(), **hidden)
    activity = ActivityFactory(team=team, call=call, user=agent, **hidden)
    task = TaskFactory(team=team, user=agent, due_at=timezone.now(), **hidden)
    colleague = ContactFactory(team=team, first_name="Jana", last_name="Malá", account=hidden["account"])
    lists = [reverse(f"crm:{name}") for name in ("home", "contacts", "accounts", "activities", "calls", "tasks")]
    records = [
        reverse(f"crm:{name}", args=[record.pk])
        for name, record in (("call", call), ("activity", activity), ("task", task), ("contact", colleague))
    ]
    return [*lists, *records, f"{reverse('crm:search')}?q=mala"]


def test_another_teams_customer_has_no_name_on_any_page(agent_client: Client, pages: list[str]) -> None:
    for page in pages:
        answer = agent_client.get(page)
        assert answer.status_code == 200, page
        assert "Krause" not in answer.content.decode(), page


def test_an_admin_reads_the_name(admin_client: Client, pages: list[str]) -> None:
    assert "Dieter Krause" in admin_client.get(reverse("crm:calls")).content.decode()


def test_a_customer_of_ones_own_team_has_a_name_on_the_home_page(agent_client: Client, agent: User) -> None:
    jana = ContactFactory(team=agent.teams.get(), first_name="Jana", last_name="Malá")
    TaskFactory(team=jana.team, user=agent, due_at=timezone.now(), contact=jana)
    assert "Jana Malá" in agent_client.get(reverse("crm:home")).content.decode()
