"""Do lists show each row once, keep their state in the address, and say why they are empty?"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from crm.models import Activity, Contact, Direction, Team, User
from crm.views.keyset import SIZE
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    CallFactory,
    ContactFactory,
    EmailAddressFactory,
    OutcomeFactory,
    PhoneNumberFactory,
    TaskFactory,
    TeamFactory,
)

MORE = SIZE + 7
HTMX = {"HX-Request": "true", "HX-Target": "list"}


def links(html: str, name: str) -> list[str]:
    """The record ids a page links to as rows, in order."""
    return re.findall(rf'class="row-link" href="/{name}/(\d+)/"', html)


def walk(client: Client, url: str, name: str, rel: str) -> tuple[list[str], str]:
    """All row ids from this page to the end in one direction, and the last page's address."""
    found: list[str] = []
    while True:
        html = client.get(url).content.decode()
        ids = links(html, name)
        found = found + ids if rel == "next" else ids + found
        if not (link := re.search(rf'rel="{rel}" href="([^"]+)"', html)):
            return found, url
        url = link[1].replace("&amp;", "&")


@pytest.mark.parametrize("sort", ["name", "-name", "-changed"])
def test_pages_show_every_row_once_forwards_and_backwards(sort: str, agent_client: Client) -> None:
    for count in range(MORE):
        ContactFactory(first_name="Jan", last_name=f"Novák {count % 5}")
    forwards, last = walk(agent_client, f"/contacts/?sort={sort}", "contacts", "next")
    assert sorted(forwards, key=int) == sorted(map(str, Contact.objects.values_list("pk", flat=True)), key=int)
    backwards, _ = walk(agent_client, last, "contacts", "prev")
    assert backwards == forwards


def test_tasks_without_a_date_come_last_and_are_paged_as_well(agent_client: Client, agent: User) -> None:
    for count in range(MORE):
        due_at = timezone.now() + timedelta(hours=count) if count % 2 else None
        TaskFactory(user=agent, due_at=due_at)
    forwards, last = walk(agent_client, "/tasks/", "tasks", "next")
    assert len(set(forwards)) == MORE
    backwards, _ = walk(agent_client, last, "tasks", "prev")
    assert backwards == forwards


def test_a_row_added_while_paging_moves_nothing(agent_client: Client) -> None:
    for count in range(MORE):
        ContactFactory(last_name=f"B {count:03}", first_name="")
    html = agent_client.get("/contacts/").content.decode()
    next_page = re.search(r'rel="next" href="([^"]+)"', html)[1]  # type: ignore[index]
    before = links(agent_client.get(next_page).content.decode(), "contacts")
    ContactFactory(last_name="A", first_name="")
    assert links(agent_client.get(next_page).content.decode(), "contacts") == before


@pytest.mark.parametrize(
    "place", ["after=x", "after=-1", "before=", "after=99999999999999999999", "after=1&before=2", "after=٣"]
)
def test_a_place_that_is_nonsense_is_the_first_page(place: str, agent_client: Client) -> None:
    ContactFactory(first_name="Jana", last_name="Nová")
    assert "Jana Nová" in agent_client.get(f"/contacts/?{place}").content.decode()


def test_a_place_beside_a_foreign_row_tells_nothing(agent_client: Client) -> None:
    """Else it could be asked between which of my names a name of another team stands."""
    foreign = ContactFactory(first_name="", last_name="M", team=TeamFactory(name="Poland"))
    for name in ("A", "Z"):
        ContactFactory(first_name="", last_name=name)
    assert len(links(agent_client.get(f"/contacts/?after={foreign.pk}").content.decode(), "contacts")) == 2


def test_a_list_shows_only_what_the_teams_may_see(agent_client: Client, admin_client: Client, team: Team) -> None:
    ContactFactory(last_name="Domácí", team=team)
    ContactFactory(last_name="Společný")
    ContactFactory(last_name="Obcy", team=TeamFactory(name="Poland"))
    html = agent_client.get("/contacts/").content.decode()
    assert "Domácí" in html
    assert "Společný" in html
    assert "Obcy" not in html
    assert "Obcy" in admin_client.get("/contacts/").content.decode()


def test_htmx_gets_the_list_alone_and_a_tidy_address(agent_client: Client) -> None:
    ContactFactory(last_name="Leadová", stage=Contact.Stage.LEAD)
    response = agent_client.get("/contacts/?stage=lead&owner=&team=&sort=", headers=HTMX)
    assert response["HX-Push-Url"] == "/contacts/?stage=lead"
    assert "<html" not in response.content.decode()
    whole = agent_client.get(response["HX-Push-Url"]).content.decode()
    assert "<html" in whole
    assert "Leadová" in whole


def test_going_back_in_history_gets_the_whole_page(agent_client: Client) -> None:
    response = agent_client.get("/contacts/", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in response.content.decode()


def test_an_empty_list_names_the_filter_that_empties_it(agent_client: Client, agent: User) -> None:
    ContactFactory(stage=Contact.Stage.LEAD)
    html = agent_client.get(f"/contacts/?stage=lead&owner={agent.pk}").content.decode()
    assert "There would be some without this filter" in html
    assert "Owner: Petr Agent" in html
    assert 'href="/contacts/?stage=lead"' in html
    assert "Stage: Lead" not in html


def test_an_empty_list_without_filters_says_how_to_begin(agent_client: Client) -> None:
    assert "No contacts yet" in agent_client.get("/contacts/").content.decode()


def test_a_filter_value_that_is_none_is_named_and_left_out(agent_client: Client) -> None:
    ContactFactory(last_name="Nováková")
    html = agent_client.get("/contacts/?stage=king&owner=999999").content.decode()
    assert "Select a valid choice. king is not one of the available choices." in html
    assert "Nováková" in html


def test_a_team_or_colleague_of_others_is_no_choice(agent_client: Client) -> None:
    poland = TeamFactory(name="Poland")
    assert "Poland" not in agent_client.get("/contacts/").content.decode()
    assert "Select a valid choice" in agent_client.get(f"/contacts/?team={poland.pk}").content.decode()


def test_counting_stops_at_a_thousand(agent_client: Client, django_assert_num_queries: Any) -> None:
    Contact.objects.bulk_create(Contact(last_name=f"Novák {count}") for count in range(1_002))
    assert "More than 1,000 contacts" in agent_client.get("/contacts/").content.decode()
    Contact.objects.all()[0].delete()
    Contact.objects.all()[0].delete()
    assert "1000 contacts" in agent_client.get("/contacts/").content.decode()


def test_calls_are_narrowed_to_missed_unknown_and_a_day(agent_client: Client) -> None:
    now = timezone.now()
    missed = CallFactory(started_at=now, ended_at=now, direction=Direction.IN)
    known = CallFactory(started_at=now, answered_at=now, contact=ContactFactory())
    old = CallFactory(started_at=now - timedelta(days=9), answered_at=now)

    def shown(query: str) -> set[int]:
        return set(map(int, links(agent_client.get(f"/calls/?{query}").content.decode(), "calls")))

    today = timezone.localdate().isoformat()
    assert shown("only=missed") == {missed.pk}
    assert shown("only=unknown") == {missed.pk, old.pk}
    assert shown(f"since={today}&until={today}") == {missed.pk, known.pk}
    assert shown("since=9999-12-31") == {missed.pk, known.pk, old.pk}  # refused, with a message


def test_activities_are_narrowed_by_type_agent_and_outcome(agent_client: Client, agent: User) -> None:
    solved = OutcomeFactory(title="Solved")
    mine = ActivityFactory(user=agent, outcome=solved)
    chat = ActivityFactory(type=Activity.Type.CHAT, call=None)

    def shown(query: str) -> list[str]:
        return links(agent_client.get(f"/activities/?{query}").content.decode(), "activities")

    assert shown(f"user={agent.pk}") == [str(mine.pk)]
    assert shown(f"outcome={solved.pk}") == [str(mine.pk)]
    assert shown("type=CHAT") == [str(chat.pk)]


def test_my_open_tasks_are_what_the_tasks_begin_with(agent_client: Client, agent: User, office: User) -> None:
    now = timezone.now()
    mine = TaskFactory(user=agent, due_at=now - timedelta(hours=1))
    other = TaskFactory(user=office)
    done = TaskFactory(user=agent, done_at=now)

    def shown(query: str) -> list[str]:
        return links(agent_client.get(f"/tasks/?{query}").content.decode(), "tasks")

    assert shown("") == [str(mine.pk)]
    assert shown("whose=all") == [str(mine.pk), str(other.pk)]
    assert shown("state=overdue") == [str(mine.pk)]
    assert shown("state=done") == [str(done.pk)]


def fill(count: int) -> None:
    """Rows of every kind, each with all a row of a list can show."""
    for _ in range(count):
        account = AccountFactory(numbers=["585 555 100"])
        contact = ContactFactory(account=account)
        PhoneNumberFactory(contact=contact)
        EmailAddressFactory(contact=contact)
        ActivityFactory(contact=contact, account=account, outcome=OutcomeFactory())
        TaskFactory(contact=contact, account=account)


@pytest.mark.parametrize("page", ["contacts/", "accounts/", "activities/", "calls/", "tasks/?whose=all", ""])
def test_more_rows_take_no_more_statements(page: str, admin_client: Client, django_assert_max_num_queries: Any) -> None:
    fill(2)
    with django_assert_max_num_queries(12) as few:
        admin_client.get(f"/{page}")
    fill(6)
    with django_assert_max_num_queries(len(few.captured_queries)):
        admin_client.get(f"/{page}")


@pytest.mark.parametrize("page", ["contacts/", "accounts/", "activities/", "calls/", "tasks/?whose=all"])
def test_no_list_uses_offset(page: str, admin_client: Client, django_assert_max_num_queries: Any) -> None:
    fill(1)
    with django_assert_max_num_queries(20) as statements:
        admin_client.get(f"/{page}")
    assert not [one for one in statements.captured_queries if "OFFSET" in one["sql"].upper()]
