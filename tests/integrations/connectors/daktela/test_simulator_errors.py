"""How does the API refuse? The documented shapes of error bodies, and the rejected object beside them."""

from typing import Any

import httpx
import pytest
from daktela import DaktelaClient
from daktela.exceptions import DaktelaValidationException

from integrations.connectors.daktela.simulator import Assumptions, Simulator
from tests.clock import HandClock

from .conftest import Api

PERSON = {"title": "x", "lastname": "Pavel", "database": "default"}


def refused(answer: httpx.Response) -> Any:
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]


def test_a_missing_object_is_a_list_of_one_text_or_a_text(api: Api, clock: HandClock) -> None:
    assert api("GET", "contacts/none").json()["error"] == ["Object not exist"]
    with Simulator(clock=clock, assumptions=Assumptions(missing_as_text=True)) as other:
        answer = httpx.get(f"{other.url}/api/v6/contacts/none", params={"accessToken": other.token("admin")})
        assert answer.json()["error"] == "Object not exist"


def test_mandatory_fields_are_named_in_a_form_error_with_the_rejected_object(api: Api) -> None:
    answer = api("POST", "contacts", json={"title": "x", "database": "default"})
    assert refused(answer) == {"form": {"lastname": "Item is mandatory"}}
    rejected = answer.json()["result"]
    assert (rejected["title"], rejected["lastname"], rejected["created"]) == ("x", None, "2026-01-05 10:00:00")
    assert rejected["customFields"]["number"] == [None]
    assert rejected["_sys"]["hash"] is None
    assert api("GET", f"contacts/{rejected['name']}").status_code == 404


def test_a_refused_change_changes_nothing(api: Api) -> None:
    answer = api("PUT", "contacts/contact_0001", json={"firstname": "New", "lastname": ""})
    assert refused(answer) == {"form": {"lastname": "Item is mandatory"}}
    assert api("GET", "contacts/contact_0001").json()["result"]["firstname"] == "Eva"


@pytest.mark.parametrize(
    ("resource", "values", "field"),
    [
        ("contacts", PERSON | {"title": ""}, "title"),
        ("contacts", PERSON | {"title": "x" * 256}, "title"),
        ("contacts", PERSON | {"account": "none"}, "account"),
        ("contacts", PERSON | {"lastname": ["a"]}, "lastname"),
        ("contacts", PERSON | {"name": "contact_0001"}, "name"),
        ("tickets", {"title": "T", "category": "categories_sales", "stage": "SHUT", "priority": "LOW"}, "stage"),
        ("pauses", {"title": "P", "max_duration": 0}, "max_duration"),
        ("pauses", {"title": "P", "max_duration": "long"}, "max_duration"),
        ("campaignsRecords", {"nextcall": "tomorrow"}, "nextcall"),
    ],
)
def test_a_bad_value_is_refused_by_the_name_of_its_field(
    api: Api, resource: str, values: dict[str, Any], field: str
) -> None:
    assert field in refused(api("POST", resource, json=values))["form"]


@pytest.mark.parametrize(
    ("key", "value"),
    [("email", ["nobody"]), ("note", ["one", "two"]), ("fax", ["1"]), ("email", ["a@b.cz", "no at sign"])],
)
def test_a_bad_custom_field_is_a_nested_form_error(api: Api, key: str, value: list[str]) -> None:
    error = refused(api("POST", "contacts", json=PERSON | {"customFields": {key: value}}))
    assert len(error["form"]["customFields"][key]) == 1


def test_a_select_box_takes_only_its_options(api: Api) -> None:
    platinum = {"customFields": {"tier": ["platinum"]}}
    assert "tier" in refused(api("PUT", "accounts/account_tatran", json=platinum))["form"]["customFields"]
    assert api("PUT", "accounts/account_tatran", json={"customFields": {"tier": "basic"}}).status_code == 200


def test_dialling_without_a_device_is_a_primary_error(api: Api) -> None:
    error = refused(api("POST", "activities", json={"type": "CALL", "number": "777111222", "queue": 2010}))
    assert error == {"primary": ["User have not available devices", "error"]}


def test_closing_a_ticket_without_a_status_gives_primary_and_form_at_once(api: Api) -> None:
    assert set(refused(api("PUT", "tickets/1001", json={"stage": "CLOSE"}))) == {"primary", "form"}
    closed = api("PUT", "tickets/1001", json={"stage": "CLOSE", "statuses": ["solved"]}).json()["result"]
    assert (closed["stage"], closed["statuses"][0]["title"]) == ("CLOSE", "Solved")


def test_texts_come_in_czech_for_a_czech_client(api: Api) -> None:
    answer = api("POST", "contacts", headers={"Cookie": "lang=cs_CZ"}, json={"title": "x", "database": "default"})
    assert refused(answer) == {"form": {"lastname": "Položka je povinná"}}


def test_the_official_client_raises_its_own_validation_error(official: DaktelaClient) -> None:
    with pytest.raises(DaktelaValidationException) as problem:
        official.post("contacts", {"title": "x"})
    assert problem.value.status_code == 400
    assert "lastname" in problem.value.errors[0]["form"]


def test_an_unreadable_body_is_refused(api: Api) -> None:
    for content in (b"{", b"[1]", b'"text"', b"\xff\xfe"):
        answer = api("POST", "contacts", content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code == 400


def test_an_unknown_field_can_be_made_an_error(clock: HandClock) -> None:
    with Simulator(clock=clock, assumptions=Assumptions(unknown_field_refused=True)) as strict:
        token = {"accessToken": strict.token("admin")}
        answer = httpx.post(f"{strict.url}/api/v6/statuses", params=token, json={"title": "T", "phone": "1"})
        assert refused(answer) == {"form": {"phone": "Unknown field"}}


def test_a_filter_by_date_can_be_made_an_error(clock: HandClock) -> None:
    with Simulator(clock=clock, assumptions=Assumptions(date_filter_refused=frozenset({"activitiesCall"}))) as other:
        query = {"filter[field]": "call_time", "filter[operator]": "gte", "filter[value]": "2026-01-01"}
        token = {"accessToken": other.token("admin")}
        assert "primary" in refused(httpx.get(f"{other.url}/api/v6/activitiesCall", params=query | token))
