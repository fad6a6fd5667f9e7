"""Can programs read activities, and write what is ours: note, outcome, wrap-up fields and links?"""

from __future__ import annotations

from typing import Any

import pytest

from crm.models import Activity, Team, User
from tests.crm.api.conftest import Send
from tests.factories import (
    ActivityFactory,
    ContactFactory,
    CustomFieldFactory,
    OutcomeFactory,
    QueueFactory,
    TeamFactory,
    UserFactory,
)


@pytest.fixture
def activity(agent: User, team: Team) -> Activity:
    return ActivityFactory(user=agent, team=team, queue=QueueFactory(outcomes=[OutcomeFactory(title="Solved")]))


def test_a_note_and_an_outcome_are_written(send: Send, agent: User, activity: Activity) -> None:
    outcome = activity.queue.outcomes.get()
    body = {"note": "Invoice resent.", "outcome": outcome.pk}
    answer = send(agent, "patch", f"activities/{activity.pk}/", body)
    assert answer.status_code == 200
    activity.refresh_from_db()
    assert (activity.note, activity.outcome) == ("Invoice resent.", outcome)


def test_a_corrected_outcome_leaves_a_line_here_too(send: Send, agent: User, activity: Activity) -> None:
    for outcome in (activity.queue.outcomes.get().pk, None):
        assert send(agent, "patch", f"activities/{activity.pk}/", {"outcome": outcome}).status_code == 200
    assert Activity.objects.get(type=Activity.Type.NOTE, user=agent).title == "Outcome corrected: Solved → none"


def test_a_queue_takes_only_its_own_outcomes(send: Send, agent: User, activity: Activity) -> None:
    answer = send(agent, "patch", f"activities/{activity.pk}/", {"outcome": OutcomeFactory(title="Sold").pk})
    assert answer.status_code == 400
    assert "does not offer" in answer.json()["outcome"][0]


@pytest.mark.parametrize("body", [{"status": "open"}, {"user": 1}, {"number": "+1"}, {"team": None}, {"time": "x"}])
def test_what_is_daktelas_is_not_written(send: Send, agent: User, activity: Activity, body: dict[str, Any]) -> None:
    before = send(agent, "get", f"activities/{activity.pk}/").json()
    answer = send(agent, "patch", f"activities/{activity.pk}/", body).json()
    assert {**answer, "changed_at": ""} == {**before, "changed_at": ""}


def test_a_link_is_a_persons_word_for_the_call_too_and_null_takes_it_off(
    send: Send, agent: User, activity: Activity
) -> None:
    contact = ContactFactory()
    path = f"activities/{activity.pk}/"
    assert send(agent, "patch", path, {"contact": contact.pk}).json()["link"] == "manual"
    activity.call.refresh_from_db()
    assert activity.call.contact == contact
    answer = send(agent, "patch", path, {"contact": None}).json()
    assert (answer["contact"], answer["link"]) == (None, "refused")


def test_an_activity_is_not_linked_to_whom_one_may_not_see(send: Send, agent: User, activity: Activity) -> None:
    foreign = ContactFactory(team=TeamFactory(name="Germany"))
    assert send(agent, "patch", f"activities/{activity.pk}/", {"contact": foreign.pk}).status_code == 400


def test_a_colleagues_activity_is_read_and_only_the_office_changes_it(
    send: Send, agent: User, office: User, team: Team
) -> None:
    path = f"activities/{ActivityFactory(user=UserFactory(), team=team).pk}/"
    assert send(agent, "get", path).status_code == 200
    assert send(agent, "patch", path, {"note": "Mine"}).status_code == 403
    assert send(office, "patch", path, {"note": "Corrected"}).status_code == 200


def test_another_teams_activity_does_not_exist(send: Send, agent: User) -> None:
    path = f"activities/{ActivityFactory(user=agent, team=TeamFactory(name='Germany')).pk}/"
    assert send(agent, "get", path).status_code == 404
    assert send(agent, "patch", path, {"note": "Mine"}).status_code == 404


@pytest.mark.parametrize("verb", ["post", "put", "delete"])
def test_nobody_makes_or_deletes_an_activity(send: Send, admin: User, activity: Activity, verb: str) -> None:
    assert send(admin, verb, f"activities/{activity.pk}/", {}).status_code == 405


def test_a_wrap_up_field_keeps_the_others(send: Send, agent: User, activity: Activity) -> None:
    CustomFieldFactory(record="activity", key="amount", kind="number")
    CustomFieldFactory(record="activity", key="reason", is_required=True)
    path = f"activities/{activity.pk}/"
    send(agent, "patch", path, {"custom": {"amount": 120}})
    answer = send(agent, "patch", path, {"custom": {"reason": "Invoice"}})
    assert answer.json()["custom"] == {"amount": 120, "reason": "Invoice"}


def test_activities_are_found_by_number_queue_and_type(send: Send, agent: User, activity: Activity) -> None:
    ActivityFactory(number="+420601601601")
    found = send(agent, "get", f"activities/?number=773796040&queue={activity.queue.slug}&type=CALL&type=SMS").json()
    assert [row["id"] for row in found["results"]] == [activity.pk]
