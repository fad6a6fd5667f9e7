"""Does the API keep the published promises? Verbs, envelope, names, related objects, custom fields, zones."""

from typing import Any

import httpx
import pytest
from daktela import DaktelaClient, DaktelaFilter, DaktelaQuery, DaktelaSort
from daktela.exceptions import DaktelaException, DaktelaNotFoundException

from integrations.connectors.daktela.simulator import Assumptions, Simulator
from tests.clock import HandClock

from .conftest import Api

PERSON = {"title": "Ota Pavel", "firstname": "Ota", "lastname": "Pavel", "database": "default"}


def test_the_official_client_finds_the_instance_healthy(official: DaktelaClient) -> None:
    assert official.ping()
    health = official.health_check()
    assert health["healthy"]
    assert health["latency_ms"] > 0


def test_the_official_client_reads_users_and_walks_tickets(official: DaktelaClient) -> None:
    assert len(official.get("users", DaktelaQuery().take(5)).data) == 5
    walked = [ticket["name"] for ticket in official.iterate("Tickets", DaktelaQuery().take(10), page_size=3)]
    assert walked == [1001, 1002, 1003, 1004]


def test_an_object_lives_by_the_four_verbs(official: DaktelaClient) -> None:
    made = official.post("statuses", {"name": "status_own", "title": "Own"})
    assert (made.status_code, made.data["name"]) == (201, "status_own")
    assert official.get("statuses/status_own").data["title"] == "Own"
    found = official.get("statuses", DaktelaQuery().filter(DaktelaFilter.eq("name", "status_own")))
    assert (found.total, found.data[0]["title"]) == (1, "Own")
    changed = official.put("statuses/status_own", {"description": "Text", "name": "other"})
    assert (changed.status_code, changed.data["description"], changed.data["name"]) == (200, "Text", "status_own")
    gone = official.delete("statuses/status_own")
    assert (gone.status_code, gone.data) == (204, None)
    with pytest.raises(DaktelaNotFoundException):
        official.get("statuses/status_own")


def test_a_status_has_nine_keys(api: Api) -> None:
    assert len(api("GET", "statuses/solved").json()["result"]) == 9


def test_a_name_with_a_dot_is_read_with_and_without_the_suffix(official: DaktelaClient, api: Api) -> None:
    official.post("statuses", {"name": "a.b/c", "title": "Dotted"})
    assert official.get_one("statuses", "a.b/c").data["title"] == "Dotted"
    assert api("GET", "statuses/a%2Eb%2Fc").json()["result"]["title"] == "Dotted"


def test_a_ticket_list_takes_fields_one_sort_a_tree_and_three_rows(api: Api) -> None:
    query = (
        "fields[]=name&fields[]=title&sort[field]=title&sort[dir]=desc&take=3"
        "&filter[logic]=and&filter[filters][0][field]=stage&filter[filters][0][operator]=neq"
        "&filter[filters][0][value]=ARCHIVE"
    )
    result = api("GET", f"tickets?{query}").json()["result"]
    assert [row["name"] for row in result["data"]] == [1001, 1002, 1003]
    assert result["data"][0] == {"name": 1001, "title": "Wrong saddle delivered"}
    assert result["total"] == 4


def test_the_envelope_tells_the_time_of_the_instance(api: Api, clock: HandClock) -> None:
    body = api("GET", "contacts?take=1").json()
    assert body["error"] == []
    assert (body["_time"], body["_serverTime"], body["_timezone"]) == (
        "2026-01-05 10:00:00",
        "2026-01-05 10:00:00",
        "Europe/Prague",
    )


def test_a_client_zone_moves_times_and_label_and_filter_values(api: Api) -> None:
    london = {"x-timezone-client": "Europe/London"}
    body = api("GET", "contacts/contact_0001", headers=london).json()
    assert (body["_timezone"], body["_time"]) == ("Europe/London", "2026-01-05 09:00:00")
    assert body["result"]["created"] == "2026-01-05 09:00:00"
    query = "filter[field]=created&filter[operator]=lte&filter[value]=2026-01-05 09:00:00"
    assert api("GET", f"contacts?{query}", headers=london).json()["result"]["total"] == 6
    assert api("GET", f"contacts?{query}").json()["result"]["total"] == 0
    made = api("POST", "tickets", headers=london, json=ticket(reopen="2026-01-06 12:00:00")).json()["result"]
    assert made["reopen"] == "2026-01-06 12:00:00"
    assert api("GET", f"tickets/{made['name']}").json()["result"]["reopen"] == "2026-01-06 13:00:00"


def test_a_client_zone_is_for_those_who_are_signed_in(api: Api) -> None:
    london = {"x-timezone-client": "Europe/London"}
    assert api("GET", "whoim", user=None, headers=london).json()["_timezone"] == "Europe/Prague"
    assert api("GET", "whoim", headers={"x-timezone-client": "No/Where"}).json()["_timezone"] == "Europe/Prague"


def test_the_language_cookie_comes_back(api: Api) -> None:
    answer = api("GET", "whoim", headers={"Accept-Language": "de_DE", "Cookie": "lang=de_DE"})
    assert answer.cookies["lang"] == "de_DE"


def test_related_objects_come_whole_and_are_written_by_name(official: DaktelaClient) -> None:
    made = official.post("contacts", PERSON | {"account": {"name": "account_moravia"}}).data
    assert made["account"]["database"]["_sys"]["model"] == "crmDatabases"
    assert made["name"].startswith("contact_")
    assert official.put(f"contacts/{made['name']}", {"account": None}).data["account"] is None


def test_a_circle_of_related_objects_ends(api: Api) -> None:
    api("PUT", "tickets/1001", json={"parentTicket": 1002})
    api("PUT", "tickets/1002", json={"parentTicket": 1001})
    parent = api("GET", "tickets/1001").json()["result"]["parentTicket"]
    assert parent["parentTicket"] == {"name": 1001, "title": "Wrong saddle delivered"}


def test_what_refers_to_a_deleted_object_reads_as_null(api: Api) -> None:
    assert api("DELETE", "accounts/account_moravia").status_code == 204
    assert api("GET", "contacts/contact_0001").json()["result"]["account"] is None


def test_custom_fields_are_lists_and_merge_by_key(official: DaktelaClient) -> None:
    custom = {"number": ["00420605111222"], "note": "scalar"}
    name = official.post("contacts", PERSON | {"customFields": custom}).data["name"]
    kept = official.put(f"contacts/{name}", {"customFields": {"email": ["ota@example.com"]}}).data["customFields"]
    filled = {"number": ["00420605111222"], "email": ["ota@example.com"], "note": ["scalar"]}
    assert kept == {"address": [], "crm_state": []} | filled
    cleared = official.put(f"contacts/{name}", {"customFields": {"number": []}}).data
    assert cleared["customFields"]["number"] == []
    assert cleared["_sys"]["cfScheme"]["number"]["type"] == "PHONE"


def test_a_form_body_with_brackets_is_taken(api: Api) -> None:
    form = {**PERSON, "customFields[number][0]": "00420605111333", "account[name]": "account_tatran"}
    made = api("POST", "contacts", data=form).json()["result"]
    assert made["customFields"]["number"] == ["00420605111333"]
    assert made["account"]["title"] == "Tatranské sklo a.s."


def test_every_write_counts_in_the_hash_and_moves_the_edited_time(api: Api, clock: HandClock) -> None:
    before = api("GET", "contacts/contact_0001").json()["result"]
    clock.forward(60)
    after = api("PUT", "contacts/contact_0001", json={"description": ""}).json()["result"]
    assert int(after["_sys"]["hash"]) == int(before["_sys"]["hash"]) + 1
    assert (before["edited"], after["edited"]) == ("2026-01-05 10:00:00", "2026-01-05 10:01:00")
    assert (before["description"], after["description"]) == (None, "")


def test_read_only_fields_are_passed_over(api: Api) -> None:
    kept = api("PUT", "contacts/contact_0001", json={"created": "2020-01-01 00:00:00", "xyz": 1}).json()["result"]
    assert kept["created"] == "2026-01-05 10:00:00"
    assert "xyz" not in kept


def test_pages_come_by_skip_or_by_number_and_a_page_has_at_most_a_thousand_rows(simulator: Simulator, api: Api) -> None:
    people = [{"name": f"c{n:04}", "title": f"P{n}", "lastname": f"P{n}"} for n in range(1200)]
    simulator.world.load(simulator.world.seed | {"contacts": people})
    assert len(api("GET", "contacts").json()["result"]["data"]) == 100
    assert len(api("GET", "contacts?take=5000&fields=name").json()["result"]["data"]) == 1000
    third = api("GET", "contacts?page=3&pageSize=25&fields=name").json()["result"]
    assert (third["data"][0]["name"], third["total"]) == ("c0050", 1200)
    assert api("GET", "contacts?skip=1190&take=25&fields=name").json()["result"]["data"][-1]["name"] == "c1199"


def test_all_rows_come_once_over_the_pages_of_a_sorted_list(simulator: Simulator, official: DaktelaClient) -> None:
    people = [{"name": f"c{n}", "title": "Same", "lastname": str(n % 7)} for n in range(250)]
    simulator.world.load(simulator.world.seed | {"contacts": people})
    query = DaktelaQuery().sorts(DaktelaSort.desc("lastname"), DaktelaSort.asc("name"))
    rows = official.get_all("contacts", query, page_size=40)
    assert len({row["name"] for row in rows}) == len(rows) == 250
    assert [row["lastname"] for row in rows] == sorted((row["lastname"] for row in rows), reverse=True)


def test_three_spellings_of_fields_give_the_same_rows(api: Api) -> None:
    forms = [
        "fields=name,account.title",
        "fields[]=name&fields[]=account.title",
        "fields[0]=name&fields[1]=account.title",
    ]
    rows = [api("GET", f"contacts?take=1&{form}").json()["result"]["data"][0] for form in forms]
    assert rows == [{"name": "contact_0001", "account": {"title": "Moravia Kola s.r.o."}}] * 3


def test_a_search_looks_into_texts_and_custom_fields(api: Api) -> None:
    assert api("GET", "contacts?q=dvořák").json()["result"]["total"] == 1
    assert api("GET", "contacts?q=420601123456").json()["result"]["total"] == 2


def test_relations_are_lists_with_filters_of_their_own(api: Api, simulator: Simulator, official: DaktelaClient) -> None:
    call = simulator.scenarios.ring("petr", 2000, "773796041")
    for path in (f"activitiesCall/{call['item']}", "contacts/contact_0001", "accounts/account_moravia", "users/petr"):
        assert api("GET", f"{path}/activities").json()["result"]["total"] == 1
    assert official.get_relation("contacts", "contact_0001", "tickets").total == 1
    closed = "filter[field]=action&filter[operator]=eq&filter[value]=CLOSE"
    assert api("GET", f"users/petr/activities?{closed}").json()["result"]["total"] == 0
    assert api("GET", "activities/none/attachments").status_code == 404
    assert api("GET", f"activities/{call['name']}/attachments").json()["result"] == {"data": [], "total": 0}


def test_a_missing_object_an_unknown_resource_and_a_wrong_verb_are_refused(api: Api, official: DaktelaClient) -> None:
    for path in ("tickets/xxx", "xxx", "tickets/1001/xxx"):
        assert api("GET", path).status_code == 404
    with pytest.raises(DaktelaException):
        official.get("xxx")
    for method, path in (
        ("DELETE", "activities/x"),
        ("POST", "activitiesCall"),
        ("PUT", "contacts"),
        ("PATCH", "users/x"),
    ):
        answer = api(method, path)
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]


def test_an_uploaded_file_can_be_fetched_until_it_is_removed(simulator: Simulator) -> None:
    base = f"{simulator.url}/file"
    token = {"accessToken": simulator.token("admin")}
    content = bytes(range(256))
    name = httpx.post(
        f"{base}/upload.php", params={**token, "type": "save"}, files={"files": ("a.bin", content)}
    ).json()
    found = {**token, "mapper": "activitiesComment", "name": name}
    assert httpx.get(f"{base}/download.php", params=found).content == content
    httpx.post(f"{base}/upload.php", params={**token, "type": "remove", "name": name})
    assert httpx.get(f"{base}/download.php", params=found).status_code == 404


def test_a_deleted_object_can_be_kept_readable(clock: HandClock) -> None:
    with Simulator(clock=clock, assumptions=Assumptions(deletes_softly=True)) as kept:
        base, token = f"{kept.url}/api/v6", {"accessToken": kept.token("admin")}
        assert httpx.delete(f"{base}/contacts/contact_0001", params=token).status_code == 204
        assert httpx.get(f"{base}/contacts", params=token).json()["result"]["total"] == 5
        assert httpx.get(f"{base}/contacts/contact_0001", params=token).status_code == 200


def ticket(**values: Any) -> dict[str, Any]:
    return {"title": "T", "category": "categories_sales", "stage": "OPEN", "priority": "LOW"} | values
