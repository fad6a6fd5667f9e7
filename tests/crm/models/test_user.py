"""Whose is what a user makes? One rule, wherever it is made."""

from __future__ import annotations

import pytest
from django.test import Client

from crm.forms.work import new_task
from crm.models import Contact, Task, Team, User
from tests.crm.views.test_records import form
from tests.factories import QueueFactory, TeamFactory, UserFactory


@pytest.fixture
def support(db: None) -> Team:
    return TeamFactory(name="A function", kind=Team.Kind.FUNCTION)


@pytest.fixture
def of_both(support: Team, team: Team) -> User:
    """An agent of a function, which was there first, and of a country."""
    return UserFactory(username="both", teams=[support, team])


def test_what_a_user_makes_is_his_countrys_before_it_is_his_functions(of_both: User, team: Team) -> None:
    assert of_both.team_of_new() == team


def test_what_is_made_in_a_queue_one_works_in_is_the_queues(of_both: User, support: Team) -> None:
    assert of_both.team_of_new(QueueFactory(team=support)) == support
    assert of_both.team_of_new(QueueFactory(team=None)) is None


def test_what_is_made_in_a_foreign_queue_stays_in_the_makers_sight(of_both: User, team: Team) -> None:
    assert of_both.team_of_new(QueueFactory(team=TeamFactory(name="Poland"))) == team


def test_who_is_in_no_team_makes_what_is_everybodys(db: None) -> None:
    assert UserFactory().team_of_new() is None


def test_the_office_and_the_api_go_by_the_same_rule(of_both: User, team: Team, client_of: object) -> None:
    client: Client = client_of(of_both)  # type: ignore[operator]
    client.post("/contacts/new/", form(last_name="Malá"))
    client.post("/api/contacts/", {"last_name": "Velká"}, "application/json")
    client.post("/api/tasks/", {"title": "Send it"}, "application/json")
    assert {one.team for one in [*Contact.objects.all(), *Task.objects.all(), new_task(None, of_both)]} == {team}
    assert Contact.objects.count() == 2
