"""Does the card keep what another team wrote to itself, whoever asks and by whichever address?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from crm.models import Contact, Queue, Team, User
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    CallFactory,
    ContactFactory,
    DraftFactory,
    TaskFactory,
    TeamFactory,
    UserFactory,
)

Open = Callable[..., Any]


@pytest.fixture
def other_team(db: None) -> Team:
    return TeamFactory(name="Collections")


@pytest.fixture
def colleague(other_team: Team) -> User:
    return UserFactory(username="karel", name="Karel Jiný", teams=[other_team])


@pytest.fixture
def jana(team: Team, other_team: Team) -> Contact:
    """A person the agent may see, of a company he may not see."""
    company = AccountFactory(name="Secret Holding", alert="In arrears", team=other_team)
    return ContactFactory(first_name="Jana", last_name="Nováková", team=team, account=company, numbers=["773 796 040"])


def test_the_company_of_another_team_is_not_named_beside_a_person_one_may_see(frame: Open, jana: Contact) -> None:
    text = frame().open().text
    assert "Jana Nováková" in text
    assert "Secret Holding" not in text
    assert "In arrears" not in text


def test_a_company_of_another_team_is_not_told_where_no_person_is_known(
    frame: Open, queue: Queue, agent: User, jana: Contact
) -> None:
    ActivityFactory(source="daktela", activity_id="activities_1", queue=queue, user=agent, account=jana.account)
    assert "Secret Holding" not in frame("606555999").open().text


def test_notes_and_tasks_of_another_team_are_not_in_the_story(frame: Open, jana: Contact, other_team: Team) -> None:
    ActivityFactory(contact=jana, team=other_team, note="Bailiff is on the way.", closed_at=timezone.now())
    TaskFactory(contact=jana, team=other_team, title="Seize the car")
    text = frame().open().text
    assert "No contact yet" in text
    assert "Bailiff" not in text
    assert "Seize the car" not in text


@pytest.mark.parametrize("act", ["", "correct", "state", "baton", "open"])
def test_the_note_of_a_colleague_is_not_read_by_the_id_of_his_activity(
    frame: Open, queue: Queue, office: User, act: str
) -> None:
    ActivityFactory(
        source="daktela", activity_id="activities_1", queue=queue, user=office, note="Her PIN is 4711.",
        done_at=timezone.now(),
    )  # fmt: skip
    opened = frame()
    assert "4711" not in (opened.post(act) if act else opened.open()).body


@pytest.mark.parametrize("act", ["", "baton"])
def test_the_notes_of_another_team_are_not_read_by_the_id_of_their_call(
    frame: Open, queue: Queue, colleague: User, other_team: Team, act: str
) -> None:
    call = CallFactory(source="daktela", call_id="1WS.58184")
    part = ActivityFactory(source="daktela", activity_id="theirs", call=call, user=colleague, team=other_team)
    DraftFactory(source="daktela", activity_id="theirs", call_id=call.call_id, user=colleague, note="Owes us 90,000.")
    opened = frame()
    assert "90,000" not in (opened.post(act) if act else opened.open()).body
    assert part.user == colleague


def test_a_call_another_team_passes_on_comes_with_its_note(
    frame: Open, queue: Queue, agent: User, colleague: User, other_team: Team
) -> None:
    call = CallFactory(source="daktela", call_id="1WS.58184")
    ActivityFactory(
        source="daktela", activity_id="theirs", call=call, user=colleague, team=other_team, note="Wants to pay."
    )
    opened = frame()
    opened.post("open")
    assert "Wants to pay." in opened.post("baton").text


def test_a_person_of_another_team_is_not_offered_as_the_one_it_was(
    frame: Open, queue: Queue, agent: User, other_team: Team
) -> None:
    theirs = ContactFactory(first_name="Eva", last_name="Tajná", team=other_team)
    ActivityFactory(source="daktela", activity_id="activities_1", queue=queue, user=agent, contact=theirs)
    assert "Tajná" not in frame().post("relate").text
