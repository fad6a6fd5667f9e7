"""Can programs keep companies, within what their user may see and write?"""

from __future__ import annotations

from crm.models import Account, Contact, Team, User
from tests.crm.api.conftest import Send
from tests.factories import AccountFactory, ContactFactory, TeamFactory


def test_a_company_is_made_read_changed_and_by_the_office_deleted(
    send: Send, agent: User, office: User, team: Team
) -> None:
    body = {"name": "Kovárna s.r.o.", "numbers": [{"number": "585 555 100", "kind": "switchboard"}]}
    made = send(agent, "post", "accounts/", body)
    assert made.status_code == 201, made.json()
    path = f"accounts/{made.json()['id']}/"
    assert send(agent, "get", path).json()["numbers"][0]["number"] == "+420585555100"
    assert send(agent, "patch", path, {"website": "https://kovarna.example"}).json()["website"].endswith("example")
    assert send(agent, "delete", path).status_code == 403
    assert send(office, "delete", path).status_code == 204


def test_another_teams_company_does_not_exist(send: Send, agent: User, office: User) -> None:
    path = f"accounts/{AccountFactory(team=TeamFactory(name='Germany')).pk}/"
    assert send(agent, "get", path).status_code == 404
    assert send(agent, "patch", path, {"name": "Mine"}).status_code == 404
    assert send(office, "delete", path).status_code == 404


def test_a_company_needs_a_name_and_a_real_address(send: Send, agent: User) -> None:
    answer = send(agent, "post", "accounts/", {"website": "javascript:alert(1)"})
    assert set(answer.json()) == {"name", "website"}


def test_a_switchboards_number_finds_the_company_and_not_its_people(send: Send, agent: User) -> None:
    company = AccountFactory(numbers=["585 555 100"])
    ContactFactory(account=company)
    assert [row["id"] for row in send(agent, "get", "accounts/?number=585555100").json()["results"]] == [company.pk]


def test_the_people_of_a_deleted_company_stay(send: Send, office: User) -> None:
    contact = ContactFactory(account=AccountFactory())
    send(office, "delete", f"accounts/{contact.account_id}/")
    assert not Account.objects.exists()
    assert Contact.objects.get().account is None
