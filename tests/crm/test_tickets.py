"""Are a customer's cases where one looks for them, and changed by nobody here?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Contact, Team, Ticket, User
from tests.crm.api.conftest import Send, send
from tests.factories import AccountFactory, ActivityFactory, ContactFactory, TeamFactory, TicketFactory

__all__ = ["send"]


@pytest.fixture
def jana(team: Team) -> Contact:
    return ContactFactory(team=team, account=AccountFactory(team=team))


def parts(client: Client, address: str) -> tuple[str, str]:
    """What stands before the timeline, and the timeline."""
    before, _, timeline = client.get(address).content.decode().partition('id="timeline"')
    return before, timeline


def test_open_cases_stand_on_the_page_and_all_of_them_in_the_timeline(
    agent_client: Client, jana: Contact, team: Team
) -> None:
    now = timezone.now()
    TicketFactory(contact=jana, team=team, title="Wrong invoice", priority="HIGH", opened_at=now - timedelta(hours=1))
    TicketFactory(contact=jana, title="Waits for us", stage=Ticket.Stage.WAIT, opened_at=now - timedelta(hours=4))
    TicketFactory(contact=jana, title="Long over", stage=Ticket.Stage.CLOSE, opened_at=now - timedelta(hours=3))
    ActivityFactory(contact=jana, user=None, type="EMAIL", call=None, title="Hello", time=now - timedelta(hours=2))
    page, timeline = parts(agent_client, f"/contacts/{jana.pk}/")
    assert page.index("Wrong invoice") < page.index("Waits for us")
    assert "High priority" in page
    assert "Long over" not in page
    places = [
        timeline.index(text) for text in ("Case: Wrong invoice", "Hello", "Case: Long over", "Case: Waits for us")
    ]
    assert places == sorted(places)


def test_a_timeline_can_be_narrowed_to_cases(agent_client: Client, jana: Contact) -> None:
    TicketFactory(contact=jana, title="Wrong invoice")
    ActivityFactory(contact=jana, user=None, type="EMAIL", call=None, title="Hello")
    timeline = parts(agent_client, f"/contacts/{jana.pk}/timeline/?kind=cases")[1]
    assert "Case: Wrong invoice" in timeline
    assert "Hello" not in timeline


def test_older_cases_are_missed_and_repeated_by_no_page(agent_client: Client, jana: Contact) -> None:
    moment = timezone.now()
    titles = {TicketFactory(contact=jana, opened_at=moment, title=f"Case {number:02}.").title for number in range(45)}
    address, seen = f"/contacts/{jana.pk}/timeline/?kind=cases", []
    while address:
        html = agent_client.get(address, headers={"HX-Request": "true", "HX-Target": "older"}).content.decode()
        seen += [title for title in sorted(titles) if title in html]
        address = html.partition('hx-get="')[2].partition('"')[0].replace("&amp;", "&") if 'hx-get="' in html else ""
    assert sorted(seen) == sorted(titles)


def test_an_account_has_its_cases_too(agent_client: Client, jana: Contact) -> None:
    TicketFactory(account=jana.account, title="Wrong invoice")
    page, timeline = parts(agent_client, f"/accounts/{jana.account.pk}/")  # type: ignore[union-attr]
    assert "Wrong invoice" in page
    assert "Case: Wrong invoice" in timeline


def test_threat_8_another_teams_case_is_nowhere(agent_client: Client, jana: Contact, send: Send, agent: User) -> None:
    foreign = TicketFactory(contact=jana, title="Secret", team=TeamFactory(name="Poland"))
    assert "Secret" not in agent_client.get(f"/contacts/{jana.pk}/").content.decode()
    assert send(agent, "get", f"tickets/{foreign.pk}/").status_code == 404
    assert send(agent, "get", "tickets/").json()["results"] == []


def test_programs_read_cases_and_change_none(send: Send, agent: User, admin: User, jana: Contact) -> None:
    mine = TicketFactory(contact=jana, ticket_id="712")
    TicketFactory(stage=Ticket.Stage.CLOSE)
    for query in ("ticket_id=712", f"contact={jana.pk}", "stage=OPEN&stage=WAIT"):
        assert [row["id"] for row in send(agent, "get", f"tickets/?{query}").json()["results"]] == [mine.pk], query
    for verb in ("post", "patch", "put", "delete"):
        assert send(admin, verb, f"tickets/{mine.pk}/", {"title": "Mine"}).status_code == 405
