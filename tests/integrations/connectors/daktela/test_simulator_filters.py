"""Do the filters let through what they should? The three wire forms, every operator, paths, and what is refused."""

from typing import Any

import pytest
from daktela import DaktelaClient, DaktelaFilter, DaktelaQuery

from integrations.connectors.daktela.simulator import Simulator

from .conftest import Api

AT_WORK = ["contact_0001", "contact_0002", "contact_0004", "contact_0005", "contact_0006"]


def names(api: Api, query: str, resource: str = "contacts") -> list[Any]:
    answer = api("GET", f"{resource}?fields=name&{query}")
    assert answer.status_code == 200, answer.text
    return [row["name"] for row in answer.json()["result"]["data"]]


def one(field: str, operator: str, value: str) -> str:
    return f"filter[field]={field}&filter[operator]={operator}&filter[value]={value}"


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("eq", "Beneš", [2]),
        ("neq", "Beneš", [1, 3, 4, 5, 6]),
        ("in", "Beneš", [2]),
        ("notin", "Beneš", [1, 3, 4, 5, 6]),
        ("lt", "D", [2, 3]),
        ("lte", "Beneš", [2]),
        ("gt", "Weiß", [5]),
        ("gte", "Weiß", [5, 6]),
        ("like", "Bene%25", [2, 3]),
        ("like", "Bene_", [2]),
        ("like", "Bene", []),
        ("notlike", "Bene%25", [1, 4, 5, 6]),
        ("contains", "ene", [2, 3]),
        ("contains", "%25", []),
        ("doesnotcontain", "ene", [1, 4, 5, 6]),
        ("startswith", "Bene", [2, 3]),
        ("begins", "Bene", [2, 3]),
        ("notbegins", "Bene", [1, 4, 5, 6]),
        ("endswith", "ová", [1, 3]),
        ("ends", "ová", [1, 3]),
        ("notends", "ová", [2, 4, 5, 6]),
        ("isnull", "", []),
        ("isnotnull", "", [1, 2, 3, 4, 5, 6]),
    ],
)
def test_each_operator_on_text(api: Api, operator: str, value: str, expected: list[int]) -> None:
    assert names(api, one("lastname", operator, value)) == [f"contact_000{n}" for n in expected]


def test_the_flat_form_asks_for_all_of_its_conditions(api: Api) -> None:
    query = (
        "filter[0][field]=lastname&filter[0][operator]=begins&filter[0][value]=Bene"
        "&filter[1][field]=firstname&filter[1][operator]=eq&filter[1][value]=Zuzana"
    )
    assert names(api, query) == ["contact_0003"]


def test_trees_nest(official: DaktelaClient) -> None:
    either = DaktelaFilter.or_(
        DaktelaFilter.and_(DaktelaFilter.eq("lastname", "Beneš"), DaktelaFilter.is_not_null("account")),
        DaktelaFilter.eq("customFields.number", "0048512345678"),
    )
    rows = official.get("contacts", DaktelaQuery().filter(either)).data
    assert [row["name"] for row in rows] == ["contact_0002", "contact_0005"]


def test_several_values_come_as_a_list(official: DaktelaClient) -> None:
    wanted = DaktelaFilter.in_("name", ["contact_0001", "contact_0006", "none"])
    assert official.get("contacts", DaktelaQuery().filter(wanted)).total == 2
    others = DaktelaFilter.not_in("name", ["contact_0001", "contact_0006", "none"])
    assert official.get("contacts", DaktelaQuery().filter(others)).total == 4


def test_the_value_of_eq_may_be_a_list_of_one(api: Api) -> None:
    query = "filter[field]=name&filter[operator]=eq&filter[value][0]=contact_0002"
    assert names(api, query) == ["contact_0002"]


def test_any_of_several_values_of_a_custom_field_matches(api: Api) -> None:
    assert names(api, one("customFields.number", "eq", "00420543211000")) == ["contact_0002"]
    assert names(api, one("customFields.number", "eq", "00420601123456")) == ["contact_0002", "contact_0003"]
    assert names(api, one("customFields.email", "isnull", "")) == ["contact_0002", "contact_0004", "contact_0005"]


def test_a_related_object_is_matched_by_its_name_and_by_its_fields(api: Api) -> None:
    assert names(api, one("account", "eq", "account_moravia")) == AT_WORK[:2]
    assert names(api, one("account.title", "begins", "Spree")) == ["contact_0006"]
    assert names(api, one("account.customFields.tier", "eq", "gold")) == AT_WORK[:2]
    assert names(api, one("contact.account", "eq", "account_tatran"), "tickets") == [1003]
    assert names(api, one("category.sla.name", "eq", "sla_standard"), "tickets") == [1001, 1002, 1003, 1004]


def test_the_item_of_an_activity_can_be_asked_for(api: Api, simulator: Simulator) -> None:
    ringing = simulator.scenarios.ring("petr", 2000, "777")
    simulator.scenarios.email("petr", "x@example.com", "Hello")
    assert names(api, one("item.clid", "eq", "777"), "activities") == [ringing["name"]]


def test_null_is_matched_by_isnull_only(api: Api) -> None:
    assert names(api, one("account", "isnull", "")) == ["contact_0003"]
    assert "contact_0003" not in names(api, one("account", "neq", "account_moravia"))


def test_truth_is_written_in_two_ways(api: Api) -> None:
    for yes in ("1", "true"):
        assert names(api, one("default", "eq", yes), "crmDatabases") == ["default"]
    for no in ("0", "false"):
        assert names(api, one("default", "eq", no), "crmDatabases") == []


def test_numbers_are_compared_as_numbers(api: Api) -> None:
    assert names(api, one("max_duration", "gt", "900"), "pauses") == ["lunch", "training"]
    assert names(api, one("max_duration", "gt", "3600"), "pauses") == ["training"]


def test_a_bare_date_is_its_midnight(api: Api) -> None:
    assert names(api, one("edited", "lte", "2026-01-05")) == []
    assert len(names(api, one("edited", "gte", "2026-01-05"))) == 6
    assert len(names(api, one("edited", "lte", "2026-01-05 10:00:00"))) == 6


def test_case_counts_unless_the_client_says_otherwise(api: Api) -> None:
    assert names(api, one("lastname", "eq", "BENEŠ")) == []
    assert names(api, one("lastname", "eq", "BENEŠ") + "&filter[ignoreCase]=true") == ["contact_0002"]


@pytest.mark.parametrize(
    "query",
    [
        one("phone", "eq", "1"),
        one("customFields.fax", "eq", "1"),
        one("account.nothing", "eq", "1"),
        one("password", "eq", "daktela-demo"),
        one("lastname", "sounds", "1"),
        "filter[logic]=xor&filter[filters][0][field]=name",
        "filter=text",
        "sort[field]=nothing",
        "sort=name",
        "take=-1",
        "skip=abc",
        "filter" + "[filters][0]" * 49 + "[field]=name",
    ],
)
def test_what_cannot_be_understood_is_refused_with_a_primary_error(api: Api, query: str) -> None:
    answer = api("GET", f"contacts?{query}")
    assert answer.status_code == 400, answer.text
    message, severity = answer.json()["error"]["primary"]
    assert message
    assert severity == "error"
