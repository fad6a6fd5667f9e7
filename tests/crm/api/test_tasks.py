"""Can programs keep tasks, and does one click make one task?"""

from __future__ import annotations

from uuid import uuid4

import pytest

from crm.models import Task, Team, User
from tests.crm.api.conftest import Send
from tests.factories import ContactFactory, QueueFactory, TaskFactory, TeamFactory, UserFactory


def test_a_task_is_its_makers_and_belongs_to_the_contacts_team(send: Send, agent: User, team: Team) -> None:
    contact = ContactFactory(team=team)
    body = {"title": "Call back", "contact": contact.pk, "is_call_back": True, "due_at": "2026-11-20T14:00:00+01:00"}
    answer = send(agent, "post", "tasks/", body)
    assert answer.status_code == 201
    task = Task.objects.get()
    assert (task.user, task.created_by, task.team) == (agent, agent, team)


def test_the_same_request_makes_one_task(send: Send, agent: User) -> None:
    body = {"title": "Call back", "request_id": str(uuid4())}
    ids = {send(agent, "post", "tasks/", body).json()["id"] for _ in range(3)}
    assert ids == {Task.objects.get().pk}


def test_somebody_elses_request_is_not_answered_with_their_task(send: Send, agent: User) -> None:
    request_id = uuid4()
    TaskFactory(request_id=request_id, created_by=UserFactory(), team=TeamFactory(name="Germany"))
    answer = send(agent, "post", "tasks/", {"title": "Call back", "request_id": str(request_id)})
    assert answer.status_code == 400
    assert "request_id" in answer.json()


def test_a_task_is_done_and_opened_again(send: Send, agent: User) -> None:
    path = f"tasks/{TaskFactory().pk}/"
    send(agent, "patch", path, {"done_at": "2026-11-20T14:00:00Z"})
    assert send(agent, "get", "tasks/?is_done=false").json()["results"] == []
    assert send(agent, "patch", path, {"done_at": None}).json()["done_at"] is None
    assert len(send(agent, "get", "tasks/?is_done=false").json()["results"]) == 1


def test_a_queue_of_another_team_does_not_exist(send: Send, agent: User, team: Team) -> None:
    ours, theirs = QueueFactory(team=team), QueueFactory(team=TeamFactory(name="Germany"))
    path = f"tasks/{TaskFactory().pk}/"
    assert send(agent, "patch", path, {"queue": ours.pk}).json()["queue"] == ours.pk
    assert send(agent, "patch", path, {"queue": theirs.pk}).status_code == 400


def test_a_task_is_handed_to_colleagues_only(send: Send, agent: User, office: User) -> None:
    stranger = UserFactory(teams=[TeamFactory(name="Germany")])
    path = f"tasks/{TaskFactory().pk}/"
    assert send(agent, "patch", path, {"user": office.pk}).json()["user"] == office.pk
    assert send(agent, "patch", path, {"user": stranger.pk}).status_code == 400


def test_a_number_is_kept_by_its_key(send: Send, agent: User) -> None:
    assert send(agent, "post", "tasks/", {"title": "x", "number": "773 796 040"}).json()["number"] == "+420773796040"
    assert send(agent, "post", "tasks/", {"title": "x", "number": "no digits"}).status_code == 400


def test_another_teams_task_does_not_exist(send: Send, agent: User) -> None:
    path = f"tasks/{TaskFactory(team=TeamFactory(name='Germany')).pk}/"
    assert send(agent, "get", path).status_code == 404
    assert send(agent, "patch", path, {"title": "Mine"}).status_code == 404


@pytest.mark.parametrize("verb", ["put", "delete"])
def test_a_task_is_finished_and_never_deleted(send: Send, admin: User, verb: str) -> None:
    assert send(admin, verb, f"tasks/{TaskFactory().pk}/", {}).status_code == 405
