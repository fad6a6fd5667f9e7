"""Can programs read queues, teams, people, outcomes and an admin's fields, and write none of them?"""

from __future__ import annotations

import pytest

from crm.models import Team, User
from tests.crm.api.conftest import Send
from tests.factories import CustomFieldFactory, OutcomeFactory, QueueFactory, TeamFactory, UserFactory

LISTS = ("queues", "teams", "users", "outcomes", "custom-fields")


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("verb", ["post", "patch", "put", "delete"])
def test_nobody_writes_them_here(send: Send, admin: User, path: str, verb: str) -> None:
    assert send(admin, verb, f"{path}/", {"title": "x"}).status_code == 405


@pytest.mark.parametrize("path", LISTS)
def test_a_stranger_reads_nothing(send: Send, db: None, path: str) -> None:
    assert send(None, "get", f"{path}/").status_code == 403


def test_a_queue_says_which_outcome_is_on_which_digit(send: Send, agent: User) -> None:
    fields = [CustomFieldFactory(record="activity", key="reason")]
    solved, sold = OutcomeFactory(title="Solved"), OutcomeFactory(title="Sold")
    QueueFactory(slug="2000", outcomes=[solved, sold], wrapup_fields=fields)
    (queue,) = send(agent, "get", "queues/").json()["results"]
    assert [(row["position"], row["title"]) for row in queue["offered_outcomes"]] == [(1, "Solved"), (2, "Sold")]
    assert queue["wrapup_keys"] == ["reason"]


def test_other_teams_and_their_queues_and_people_do_not_exist(send: Send, agent: User, admin: User, team: Team) -> None:
    foreign = TeamFactory(name="Germany")
    queue, person = QueueFactory(team=foreign), UserFactory(teams=[foreign])
    paths = [f"teams/{foreign.pk}/", f"queues/{queue.pk}/", f"users/{person.pk}/"]
    assert [send(agent, "get", path).status_code for path in paths] == [404, 404, 404]
    assert [send(admin, "get", path).status_code for path in paths] == [200, 200, 200]


def test_no_password_and_no_address_of_a_colleague_comes_out(send: Send, admin: User, agent: User) -> None:
    row = send(admin, "get", f"users/{agent.pk}/").json()
    assert set(row) == {"id", "username", "name", "role"}
