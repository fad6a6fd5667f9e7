"""Can a call be given to whom it was with, taken off again, and its outcome put right?"""

from __future__ import annotations

import pytest
from django.test import Client

from crm.models import Activity, Call, Task, Team, User
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    CallFactory,
    ContactFactory,
    OutcomeFactory,
    QueueFactory,
    TaskFactory,
    TeamFactory,
)

NUMBER = "+420602111222"


def test_linking_an_activity_links_its_call_and_the_persons_company(agent_client: Client) -> None:
    activity = ActivityFactory(number=NUMBER)
    contact = ContactFactory(account=AccountFactory())
    agent_client.post(f"/activities/{activity.pk}/link/", {"record": f"contact-{contact.pk}"})
    activity.refresh_from_db()
    assert (activity.contact, activity.account, activity.link) == (contact, contact.account, Activity.Link.MANUAL)
    assert Call.objects.get().contact == contact
    assert not contact.phone_numbers.exists()


def test_remembering_the_number_brings_its_earlier_calls(agent_client: Client) -> None:
    earlier = ActivityFactory(number=NUMBER)
    other = ActivityFactory(number="+420602111223")
    activity = ActivityFactory(number=NUMBER)
    contact = ContactFactory()
    data = {"record": f"contact-{contact.pk}", "remember": "yes"}
    html = agent_client.post(f"/activities/{activity.pk}/link/", data, follow=True).content.decode()
    assert "Earlier calls linked too: 1." in html
    earlier.refresh_from_db()
    other.refresh_from_db()
    assert (earlier.contact, other.contact) == (contact, None)
    assert contact.phone_numbers.get().confirmed_at


def test_a_call_nobody_took_is_linked_as_well(agent_client: Client) -> None:
    call = CallFactory(number=NUMBER)
    account = AccountFactory()
    agent_client.post(f"/calls/{call.pk}/link/", {"record": f"account-{account.pk}", "remember": "yes"})
    call.refresh_from_db()
    assert call.account == account
    assert account.phone_numbers.get().number == NUMBER


def test_a_withheld_number_is_never_remembered(agent_client: Client) -> None:
    activity = ActivityFactory(number="")
    contact = ContactFactory()
    agent_client.post(f"/activities/{activity.pk}/link/", {"record": f"contact-{contact.pk}", "remember": "yes"})
    assert not contact.phone_numbers.exists()


def test_unlinking_takes_the_person_or_the_company_and_is_remembered(agent_client: Client) -> None:
    contact = ContactFactory(account=AccountFactory())
    activity = ActivityFactory(contact=contact, account=contact.account, call__contact=contact)
    agent_client.post(f"/activities/{activity.pk}/unlink/", {"what": "person"})
    activity.refresh_from_db()
    assert (activity.contact, activity.account, activity.link) == (None, contact.account, Activity.Link.REFUSED)
    agent_client.post(f"/calls/{activity.call_id}/unlink/")
    activity.refresh_from_db()
    assert (activity.account, activity.call.contact) == (None, None)


@pytest.mark.parametrize(
    "record", ["", "contact-", "contact-x", "user-1", "contact-99999999999999999999", "contact-٣", "\0"]
)
def test_a_record_that_is_not_there_is_said_in_words(record: str, agent_client: Client) -> None:
    activity = ActivityFactory()
    html = agent_client.post(f"/activities/{activity.pk}/link/", {"record": record}, follow=True).content.decode()
    assert "This contact or account is gone" in html


def test_another_teams_person_is_no_candidate_and_cannot_be_linked(agent_client: Client) -> None:
    activity = ActivityFactory()
    foreign = ContactFactory(first_name="Jan", last_name="Kowalski", team=TeamFactory(name="Poland"))
    url = f"/activities/{activity.pk}"
    assert "Kowalski" not in agent_client.post(f"{url}/candidates/", {"text": "kowalski"}).content.decode()
    agent_client.post(f"{url}/link/", {"record": f"contact-{foreign.pk}"})
    activity.refresh_from_db()
    assert activity.contact is None


def test_candidates_come_with_a_button_each(agent_client: Client) -> None:
    activity = ActivityFactory(number=NUMBER)
    contact = ContactFactory(first_name="Jana", last_name="Nováková")
    html = agent_client.post(f"/activities/{activity.pk}/candidates/", {"text": "novak"}).content.decode()
    assert f'value="contact-{contact.pk}"' in html
    assert "Remember" in html


def test_a_corrected_outcome_leaves_a_line_in_the_timeline(office_client: Client, office: User) -> None:
    solved, complaint = OutcomeFactory(title="Solved"), OutcomeFactory(title="Complaint")
    contact = ContactFactory()
    activity = ActivityFactory(contact=contact, queue=QueueFactory(outcomes=[solved, complaint]), outcome=solved)
    office_client.post(f"/activities/{activity.pk}/outcome/", {"outcome": complaint.pk})
    activity.refresh_from_db()
    assert activity.outcome == complaint
    html = office_client.get(f"/contacts/{contact.pk}/").content.decode()
    assert "Solved → Complaint" in html
    assert office.name in html


def test_an_agent_corrects_his_own_outcome_only(agent_client: Client, agent: User) -> None:
    solved = OutcomeFactory(title="Solved")
    mine, others = ActivityFactory(user=agent), ActivityFactory()
    for activity in (mine, others):
        agent_client.post(f"/activities/{activity.pk}/outcome/", {"outcome": solved.pk})
        activity.refresh_from_db()
    assert (mine.outcome, others.outcome) == (solved, None)


def test_an_outcome_the_queue_does_not_offer_is_refused(office_client: Client) -> None:
    activity = ActivityFactory(queue=QueueFactory(outcomes=[OutcomeFactory()]))
    response = office_client.post(f"/activities/{activity.pk}/outcome/", {"outcome": OutcomeFactory().pk})
    assert response.status_code == 422
    assert "not one of the available choices" in response.content.decode()


def test_a_calls_page_tells_who_handled_it_in_order(agent_client: Client) -> None:
    first = ActivityFactory(user__name="Petr První", note="Asked for the invoice.")
    second = ActivityFactory(call=first.call, user=None, user_name="Dispatch (ext. 215)")
    html = agent_client.get(f"/calls/{first.call_id}/").content.decode()
    assert html.index("Petr První") < html.index("Asked for the invoice.") < html.index("Dispatch (ext. 215)")
    assert "Petr První" in agent_client.get(f"/activities/{second.pk}/").content.decode()


def test_a_task_is_finished_and_opened_again_and_leads_back(agent_client: Client, agent: User) -> None:
    task = TaskFactory(user=agent)
    assert (
        agent_client.post(f"/tasks/{task.pk}/done/", {"next": "/contacts/?stage=lead"}).url == "/contacts/?stage=lead"
    )
    task.refresh_from_db()
    assert task.done_at
    assert agent_client.post(f"/tasks/{task.pk}/reopen/", {"next": "https://evil.example/"}).url == "/tasks/"
    task.refresh_from_db()
    assert task.done_at is None


def test_home_tells_my_tasks_and_who_called_unknown(agent_client: Client, agent: User) -> None:
    TaskFactory(user=agent, title="Send the offer")
    TaskFactory(title="Somebody else's")
    for _ in range(3):
        CallFactory(number=NUMBER)
    html = agent_client.get("/").content.decode()
    assert "Send the offer" in html
    assert "Somebody else" not in html
    assert "3 calls" in html


def test_searching_while_typing_puts_nothing_into_an_address(agent_client: Client) -> None:
    ContactFactory(first_name="Jana", last_name="Nováková")
    assert agent_client.get("/search/live/?q=novakova").status_code == 405
    assert "Jana Nováková" in agent_client.post("/search/live/", {"q": "novakova"}).content.decode()
    assert "Jana Nováková" in agent_client.get("/search/?q=novakova").content.decode()


def test_a_new_task_belongs_to_its_contacts_team_or_to_mine(agent_client: Client, agent: User, team: Team) -> None:
    contact = ContactFactory()
    for query, expected in (("", team), (f"?contact={contact.pk}", None)):
        agent_client.post(f"/tasks/new/{query}", {"title": "Send the offer", "user": agent.pk})
        task = Task.objects.latest("pk")
        assert (task.team, task.created_by) == (expected, agent)
    assert task.contact == contact
