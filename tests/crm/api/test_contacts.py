"""Can programs keep contacts, within what their user may see and write?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIRequestFactory

from crm.api.serializers import ContactSerializer
from crm.models import Activity, Contact, PhoneNumber, Team, User
from tests.crm.api.conftest import Send
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    ContactFactory,
    CustomFieldFactory,
    PhoneNumberFactory,
    TeamFactory,
    UserFactory,
)


@pytest.fixture
def jana(team: Team) -> Contact:
    return ContactFactory(
        first_name="Jana", last_name="Nováková", team=team, numbers=["773 796 040"], emails=["Jana@example.cz"]
    )


@pytest.fixture
def foreign(db: None) -> Contact:
    return ContactFactory(team=TeamFactory(name="Germany"))


@pytest.mark.parametrize("role", ["agent", "office", "admin"])
@pytest.mark.parametrize(
    ("verb", "path", "code"),
    [
        ("get", "contacts/", {"agent": 200, "office": 200, "admin": 200}),
        ("get", "contacts/{mine}/", {"agent": 200, "office": 200, "admin": 200}),
        ("patch", "contacts/{mine}/", {"agent": 200, "office": 200, "admin": 200}),
        ("delete", "contacts/{mine}/", {"agent": 403, "office": 204, "admin": 204}),
        ("get", "contacts/{theirs}/", {"agent": 404, "office": 404, "admin": 200}),
        ("patch", "contacts/{theirs}/", {"agent": 404, "office": 404, "admin": 200}),
        ("delete", "contacts/{theirs}/", {"agent": 403, "office": 404, "admin": 204}),
        ("put", "contacts/{mine}/", {"agent": 405, "office": 405, "admin": 405}),
        ("delete", "contacts/", {"agent": 405, "office": 405, "admin": 405}),
    ],
)
def test_each_role_may_use_its_verbs_and_no_others(
    send: Send,
    jana: Contact,
    foreign: Contact,
    request: pytest.FixtureRequest,
    role: str,
    verb: str,
    path: str,
    code: dict[str, int],
) -> None:
    user = request.getfixturevalue(role)
    answer = send(user, verb, path.format(mine=jana.pk, theirs=foreign.pk), {"alert": "VIP"})
    assert answer.status_code == code[role]


@pytest.mark.parametrize("verb", ["get", "post"])
@pytest.mark.django_db
def test_a_stranger_is_refused(send: Send, verb: str) -> None:
    assert send(None, verb, "contacts/", {"last_name": "Nobody"}).status_code == 403


def test_a_foreign_site_cannot_write_with_the_session(agent: User) -> None:
    client = Client(headers={"host": settings.OFFICE_HOST}, enforce_csrf_checks=True)
    client.force_login(agent)
    answer = client.post("/api/contacts/", {"last_name": "Nobody"}, content_type="application/json")
    assert answer.status_code == 403
    assert not Contact.objects.exists()


def test_a_list_holds_what_the_user_may_see(send: Send, agent: User, jana: Contact, foreign: Contact) -> None:
    everybodys = ContactFactory(team=None)
    ids = {row["id"] for row in send(agent, "get", "contacts/").json()["results"]}
    assert ids == {jana.pk, everybodys.pk}


def test_a_row_is_what_the_serializer_says_it_is(send: Send, admin: User, jana: Contact) -> None:
    PhoneNumberFactory(contact=jana)
    shown = send(admin, "get", f"contacts/{jana.pk}/").json()
    request = APIRequestFactory().get("/")
    request.user = admin
    naive = dict(ContactSerializer(Contact.objects.get(pk=jana.pk), context={"request": request}).data)
    assert as_moments(shown) == as_moments(naive)


def as_moments(row: dict[str, Any]) -> dict[str, Any]:
    return row | {key: datetime.fromisoformat(row[key]) for key in ("created_at", "changed_at")}


def test_a_list_of_fifty_needs_one_statement_beside_the_sign_in(
    admin_client: Client, django_assert_num_queries: Any
) -> None:
    for _ in range(50):
        ContactFactory(account=AccountFactory(), numbers=["601 555 001", "601 555 002"], emails=["a@example.com"])
    with django_assert_num_queries(3):  # the session, its user, the list
        answer = admin_client.get("/api/contacts/")
    assert len(answer.json()["results"]) == 50


def test_pages_follow_each_other_by_key_even_when_a_row_changes_meanwhile(send: Send, agent: User) -> None:
    contacts = [ContactFactory() for _ in range(7)]
    first = send(agent, "get", "contacts/?limit=3").json()
    Contact.objects.filter(pk=first["results"][-1]["id"]).update(changed_at=timezone.now() + timedelta(hours=1))
    seen = [row["id"] for row in first["results"]]
    page = first
    while page["next"]:
        page = send(agent, "get", page["next"].partition("/api/")[2]).json()
        seen += [row["id"] for row in page["results"]]
    assert set(seen) == {contact.pk for contact in contacts}


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "after=x", "after=1", "after=-1", "nonsense=1"])
def test_a_bad_address_is_answered_by_the_name_of_its_fault(send: Send, agent: User, query: str) -> None:
    answer = send(agent, "get", f"contacts/?{query}")
    assert answer.status_code == 400
    assert list(answer.json()) == [query.partition("=")[0]]


@pytest.mark.parametrize("written", ["773796040", "%2B420 773 796 040", "00420773796040", "(0) 773/796/040"])
def test_a_number_finds_its_contact_in_any_spelling(send: Send, agent: User, jana: Contact, written: str) -> None:
    ContactFactory()
    assert [row["id"] for row in send(agent, "get", f"contacts/?number={written}").json()["results"]] == [jana.pk]


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("email=jana@EXAMPLE.cz", True),
        ("email=ana@example.cz", False),
        ("stage=customer&stage=lead", True),
        ("stage=lead", False),
        ("do_not_call=true", False),
        ("account=99999999999", False),
        ("changed_since=2020-01-01T00:00:00Z", True),
        ("changed_since=2999-01-01T00:00:00Z", False),
    ],
)
def test_filters_leave_out_what_they_say(send: Send, agent: User, jana: Contact, query: str, is_found: bool) -> None:
    assert bool(send(agent, "get", f"contacts/?{query}").json()["results"]) is is_found


def test_a_new_contact_needs_only_a_name_and_joins_the_agents_team(send: Send, agent: User, team: Team) -> None:
    answer = send(agent, "post", "contacts/", {"last_name": "Nováková"})
    assert answer.status_code == 201
    assert Contact.objects.get(pk=answer.json()["id"]).team == team


def test_a_contact_without_a_name_is_refused(send: Send, agent: User, jana: Contact) -> None:
    assert send(agent, "post", "contacts/", {"alert": "VIP"}).json() == {"last_name": ["A contact needs a name."]}
    answer = send(agent, "patch", f"contacts/{jana.pk}/", {"first_name": "", "last_name": " "})
    assert answer.json() == {"last_name": ["A contact needs a name."]}


def test_an_unknown_key_is_refused_by_name_and_nothing_is_written(send: Send, agent: User, jana: Contact) -> None:
    answer = send(agent, "patch", f"contacts/{jana.pk}/", {"alert": "VIP", "is_admin": True})
    assert answer.status_code == 400
    assert answer.json() == {"is_admin": ["There is no such field."]}
    assert Contact.objects.get(pk=jana.pk).alert == ""


@pytest.mark.parametrize("field", ["owner", "team"])
def test_an_agent_cannot_set_what_the_office_sets(send: Send, agent: User, jana: Contact, field: str) -> None:
    value = {"owner": agent.pk, "team": None}[field]
    answer = send(agent, "patch", f"contacts/{jana.pk}/", {field: value})
    assert answer.json() == {field: ["Only the office may change this."]}


def test_an_agent_may_send_back_what_was_read(send: Send, agent: User, jana: Contact) -> None:
    row = send(agent, "get", f"contacts/{jana.pk}/").json()
    answer = send(agent, "patch", f"contacts/{jana.pk}/", row)
    assert answer.status_code == 200, answer.json()
    assert {**answer.json(), "changed_at": ""} == {**row, "changed_at": ""}


def test_an_agent_takes_no_do_not_call_back(send: Send, agent: User, office: User, jana: Contact) -> None:
    path = f"contacts/{jana.pk}/"
    assert send(agent, "patch", path, {"do_not_call": True}).status_code == 200
    assert send(agent, "patch", path, {"do_not_call": False}).status_code == 400
    assert send(office, "patch", path, {"do_not_call": False}).status_code == 200


def test_a_record_of_another_team_cannot_be_linked(send: Send, agent: User, jana: Contact) -> None:
    account = AccountFactory(team=TeamFactory(name="Germany"))
    answer = send(agent, "patch", f"contacts/{jana.pk}/", {"account": account.pk})
    assert answer.status_code == 400
    assert "account" in answer.json()


def test_the_office_hands_records_to_its_own_people_only(send: Send, office: User, agent: User, jana: Contact) -> None:
    stranger = UserFactory(teams=[TeamFactory(name="Germany")])
    path = f"contacts/{jana.pk}/"
    assert send(office, "patch", path, {"owner": agent.pk}).json()["owner"] == agent.pk
    assert send(office, "patch", path, {"owner": stranger.pk}).status_code == 400


def test_numbers_are_the_whole_list_and_keep_what_agents_taught(send: Send, agent: User, jana: Contact) -> None:
    jana.phone_numbers.update(confirmed_at=timezone.now())
    jana.add_number("602 555 001")
    weekend = CustomFieldFactory(key="weekend", kind="phone")
    jana.set_custom({"weekend": "603 555 001"})
    numbers = [{"number": "00420 773 796 040", "kind": "mobile"}, {"number": "(0) 602 555 009"}]
    answer = send(agent, "patch", f"contacts/{jana.pk}/", {"numbers": numbers})
    kept = {row["number"]: row for row in answer.json()["numbers"]}
    assert set(kept) == {"+420773796040", "+420602555009", "+420603555001"}
    assert kept["+420773796040"]["confirmed_at"]
    assert kept["+420773796040"]["kind"] == "mobile"
    assert kept["+420603555001"]["custom_field"] == weekend.pk


@pytest.mark.parametrize("number", ["", "no digits", None, {}, "1" * 65])
def test_a_number_without_digits_is_refused_in_its_row(send: Send, agent: User, jana: Contact, number: Any) -> None:
    rows = [{"number": "601 555 001"}, {"number": number}]
    answer = send(agent, "patch", f"contacts/{jana.pk}/", {"numbers": rows})
    assert answer.status_code == 400
    assert list(answer.json()["numbers"]) == ["1"]
    assert "number" in answer.json()["numbers"]["1"]
    assert PhoneNumber.objects.get(contact=jana).number == "+420773796040"


def test_addresses_are_the_whole_list_and_once_each(send: Send, agent: User, jana: Contact) -> None:
    wanted = ["jana@example.cz", "Office@example.cz", "office@EXAMPLE.cz"]
    answer = send(agent, "patch", f"contacts/{jana.pk}/", {"emails": wanted})
    assert answer.json()["emails"] == ["Jana@example.cz", "Office@example.cz"]


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"age": "x"}, {"age"}),
        ({"age": [1]}, {"age"}),
        ({"size": "XXL"}, {"size"}),
        ({"born": "31.2.1990"}, {"born"}),
        ({"weekend": "none"}, {"weekend"}),
        ({"nobody": 1}, {"nobody"}),
        ({"text": "a\u0000b"}, {"text"}),
    ],
)
def test_an_admins_field_is_checked_by_its_kind(
    send: Send, agent: User, jana: Contact, values: dict[str, Any], errors: set[str]
) -> None:
    for key, kind in (("age", "number"), ("born", "date"), ("weekend", "phone"), ("text", "text")):
        CustomFieldFactory(key=key, kind=kind)
    CustomFieldFactory(key="size", kind="choice", choices=["S", "M"])
    answer = send(agent, "patch", f"contacts/{jana.pk}/", {"custom": values})
    assert answer.status_code == 400
    assert set(answer.json()["custom"]) == errors


def test_an_admins_phone_field_takes_part_in_matching(send: Send, agent: User, jana: Contact) -> None:
    CustomFieldFactory(key="weekend", kind="phone")
    send(agent, "patch", f"contacts/{jana.pk}/", {"custom": {"weekend": "603 555 001"}})
    assert send(agent, "get", "contacts/?number=603555001").json()["results"][0]["id"] == jana.pk


def test_a_required_field_of_an_admin_is_asked_for_when_a_contact_is_made(send: Send, agent: User) -> None:
    CustomFieldFactory(key="tax_id", is_required=True)
    answer = send(agent, "post", "contacts/", {"last_name": "Nováková"})
    assert answer.json() == {"custom": {"tax_id": ["This field is required."]}}


def test_what_happened_outlives_a_deleted_contact(send: Send, office: User, jana: Contact) -> None:
    activity = ActivityFactory(contact=jana, user=None)
    assert send(office, "delete", f"contacts/{jana.pk}/").status_code == 204
    assert Activity.objects.get(pk=activity.pk).contact is None


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "5", '{"first_name": NaN}', "[" * 5000, '{"last_name": "\\ud800"}', '{"last_name": "\\u0000"}'],
)
def test_what_is_no_record_is_a_bad_request_and_never_an_error_of_ours(
    client_of: Callable[[User], Client], agent: User, body: str
) -> None:
    answer = client_of(agent).post("/api/contacts/", body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()


def test_too_much_at_once_is_refused(client_of: Callable[[User], Client], agent: User) -> None:
    body = '{"last_name": "' + "x" * 1_100_000 + '"}'
    assert client_of(agent).post("/api/contacts/", body, content_type="application/json").status_code == 413
