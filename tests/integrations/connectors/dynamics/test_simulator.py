"""Does the simulated Dynamics behave as its documentation and other clients have it?"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from integrations.connectors.dynamics.simulator import Simulator
from tests.integrations.connectors.dynamics.conftest import Ask

MISSING = "00000000-0000-4000-8000-0000000000ff"


def names(answer: httpx.Response) -> list[str]:
    return [row["fullname"] for row in answer.json()["value"]]


def pages(ask: Ask, path: str, prefer: str) -> Iterator[list[dict[str, Any]]]:
    link: str | None = path
    while link:
        answer = ask("GET", link, prefer=prefer).json()
        yield answer["value"]
        link = answer.get("@odata.nextLink")


# reading


@pytest.mark.parametrize("prefer", ["odata.maxpagesize={}", "odata.track-changes,odata.maxpagesize={}"])
@pytest.mark.parametrize("size", [1, 3, 7, 10, 5000])
def test_pages_of_any_size_hold_every_row_once(ask: Ask, simulator: Simulator, size: int, prefer: str) -> None:
    world = simulator.world
    world.make(contacts=5)
    world.change("contact", world.key("contact", 4), {"lastname": "Changed"})
    world.delete("contact", world.key("contact", 9))
    world.create("contact", {"lastname": "Late"}, "00000002-aaaa-4aaa-8aaa-aaaaaaaaaaaa")
    found = [row["contactid"] for page in pages(ask, "contacts", prefer.format(size)) for row in page]
    assert sorted(found) == sorted(world.tables["contact"].keys())
    assert len(found) == 25


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_a_delta_tells_changes_first_then_deletions_on_pages_of_any_size(
    ask: Ask, simulator: Simulator, size: int
) -> None:
    world = simulator.world
    link = ask("GET", "contacts?$select=fullname", prefer="odata.track-changes").json()["@odata.deltaLink"]
    short_lived = world.create("contact", {"lastname": "Short life"})
    for number in (5, 3, 5):
        world.change("contact", world.key("contact", number), {"lastname": f"Changed {number}"})
    world.delete("contact", world.key("contact", 1))
    world.delete("contact", short_lived)
    found = [row for page in pages(ask, link, f"odata.maxpagesize={size}") for row in page]
    assert [row.get("contactid") or row["id"] for row in found] == [
        *(world.key("contact", number) for number in (3, 5, 1)),
        short_lived,
    ]
    assert [row.get("reason") for row in found] == [None, None, "deleted", "deleted"]
    assert ask("GET", link.replace("contacts?", "contacts/$count?")).json() == 4


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("lastname eq 'NOVÁK' and gendercode eq 2", [1, 3, 5]),
        ("contains(fullname,'eva')", [1, 14]),
        ("startswith(firstname,'Pe') or endswith(firstname,'vel')", [2, 8, 15]),
        ("jobtitle eq null and not (gendercode eq 1)", [5, 7, 19]),
        ("birthdate ge 1965-01-01", [16, 17, 19]),
        ("donotphone eq true", [0]),
        (
            "Microsoft.Dynamics.CRM.In(PropertyName='jobtitle',PropertyValues=['Assistant','Accountant'])",
            [3, 4, 10, 11, 17, 18],
        ),
        ("_parentcustomerid_value eq 00000001-0001-4acc-8a11-00c0ffee0001 and new_clubmember eq true", [12, 18]),
        ("emailaddress1 eq 'o''hara@x.example'", []),
    ],
)
def test_a_filter_lets_through_what_it_says(ask: Ask, simulator: Simulator, text: str, numbers: list[int]) -> None:
    answer = ask("GET", "contacts", params={"$select": "fullname", "$filter": text})
    keys = [row["contactid"] for row in answer.json()["value"]]
    assert keys == [simulator.world.key("contact", number) for number in numbers]


@pytest.mark.parametrize(
    "query",
    [
        {"$filter": "nosuch eq 1"},
        {"$filter": "lastname like 'x'"},
        {"$filter": "lastname eq 'x' and"},
        {"$filter": "(lastname eq 'x'"},
        {"$filter": "lastname eq x"},
        {"$select": "parentcustomerid"},  # a lookup is read by another name
        {"$select": "parentcustomeridname"},
        {"$orderby": "nosuch"},
        {"$skip": "5"},
        {"$skiptoken": "x"},
        {"$deltatoken": "x"},
    ],
)
def test_what_dynamics_does_not_know_is_refused_and_not_passed_over(ask: Ask, query: dict[str, str]) -> None:
    answer = ask("GET", "contacts", params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"]


def test_rows_are_sorted_and_cut_as_asked(ask: Ask) -> None:
    query = {"$select": "fullname", "$orderby": "firstname desc,lastname", "$top": "3"}
    assert names(ask("GET", "contacts", params=query)) == ["Věra Svoboda", "Tomáš Dvořák", "Tomáš Novák"]


def test_a_million_contacts_cost_no_time_and_no_memory(ask: Ask, simulator: Simulator) -> None:
    began = time.monotonic()
    simulator.world.make(contacts=1_000_000)
    assert time.monotonic() - began < 0.1
    assert not simulator.world.tables["contact"].rows
    page = ask("GET", "contacts?$select=fullname", prefer="odata.track-changes,odata.maxpagesize=5000").json()
    assert len(page["value"]) == 5000
    assert page["@odata.nextLink"]
    far = simulator.world.key("contact", 987_654)
    assert ask("GET", f"contacts({far})").json()["telephone1"].endswith("0987654")


# writing


def test_a_created_row_says_where_it_is(ask: Ask, simulator: Simulator) -> None:
    bound = {"parentcustomerid_account@odata.bind": f"/accounts({simulator.world.key('account', 1)})"}
    answer = ask("POST", "contacts", json={"lastname": "Byron"} | bound)
    assert (answer.status_code, answer.content) == (204, b"")
    row = ask("GET", answer.headers["OData-EntityId"]).json()
    assert (row["fullname"], row["_parentcustomerid_value"]) == ("Byron", simulator.world.key("account", 1))


@pytest.mark.parametrize(
    ("key", "headers", "status"),
    [
        ("known", {}, 204),
        ("known", {"If-Match": "*"}, 204),
        ("known", {"If-None-Match": "*"}, 412),
        ("known", {"If-Match": 'W/"1"'}, 412),
        (MISSING, {}, 204),  # an upsert makes it
        (MISSING, {"If-Match": "*"}, 404),
        (MISSING, {"If-None-Match": "*"}, 204),
    ],
)
def test_conditions_say_whether_an_update_may_create(
    ask: Ask, simulator: Simulator, key: str, headers: dict[str, str], status: int
) -> None:
    key = simulator.world.key("contact", 0) if key == "known" else key
    answer = ask("PATCH", f"contacts({key})", json={"lastname": "Byron"}, headers=headers)
    assert answer.status_code == status
    assert (simulator.world.tables["contact"].row(MISSING, 0) is None) == (key != MISSING or status == 404)


@pytest.mark.parametrize(
    "values", [{"nosuch": 1}, {"gendercode": "Female"}, {"donotphone": 1}, {"lastname": 5}, {"modifiedon": "2026"}, [1]]
)
def test_what_does_not_fit_is_refused(ask: Ask, simulator: Simulator, values: Any) -> None:
    key = simulator.world.key("contact", 0)
    assert ask("PATCH", f"contacts({key})", json=values).status_code == 400
    assert not simulator.world.ledger


def test_a_chunked_body_is_read(ask: Ask, simulator: Simulator) -> None:
    chunks = iter([b'{"lastname":', b' "In parts"}'])
    key = simulator.world.key("contact", 0)
    assert ask("PATCH", f"contacts({key})", content=chunks).status_code == 204
    assert simulator.world.row("contact", key)["lastname"] == "In parts"


def test_merge_leaves_the_row_that_is_gone_inactive(ask: Ask, simulator: Simulator) -> None:
    world, kind = simulator.world, {"@odata.type": "Microsoft.Dynamics.CRM.contact"}
    survivor, loser = world.key("contact", 0), world.key("contact", 1)
    merging = {
        "Target": {"contactid": survivor} | kind,
        "Subordinate": {"contactid": loser} | kind,
        "UpdateContent": {"jobtitle": "Of both"} | kind,
        "PerformParentingChecks": False,
    }
    assert ask("POST", "Merge", json=merging).status_code == 204
    row = ask("GET", f"contacts({loser})").json()
    assert (row["merged"], row["statecode"], row["_masterid_value"]) == (True, 1, survivor)
    assert ask("GET", f"contacts({survivor})").json()["jobtitle"] == "Of both"


# who may


def test_without_a_token_it_says_where_to_get_one(simulator: Simulator) -> None:
    answer = httpx.get(f"{simulator.url}/api/data/v9.2/WhoAmI")
    assert answer.status_code == 401
    assert f"authorization_uri={simulator.url}/{simulator.world.tenant}" in answer.headers["WWW-Authenticate"]


# from outside


def test_another_process_can_move_it_and_judge_it() -> None:
    program = [sys.executable, "-m", "integrations.connectors.dynamics.simulator", "--port", "0", "--contacts", "3"]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        url = process.stdout.readline().split()[-1]
        with httpx.Client(base_url=url) as control:
            assert "Client secret" in control.get("/").text
            key = control.post("/control/create", json={"entity": "contact", "values": {"lastname": "X"}}).json()["key"]
            change = {"entity": "contact", "key": key, "values": {"lastname": "Y"}}
            assert control.post("/control/change", json=change).status_code == 200
            assert control.post("/control/change", json={**change, "key": MISSING}).status_code == 404
            many = {"entity": "contact", "count": 3, "values": {"jobtitle": "Job {number}"}}
            assert control.post("/control/change", json=many).status_code == 200
            assert control.post("/control/delete", json={"entity": "contact", "key": key}).status_code == 200
            assert control.post("/control/fault", json={"kind": "html", "status": 503}).status_code == 200
            assert control.post("/control/fault", json={"kind": "nonsense"}).status_code == 400
            assert control.get("/api/data/v9.2/WhoAmI").status_code == 503
            verbs = [entry[0] for entry in control.get("/control/ledger").json()]
            assert verbs == ["create", "update", "update", "update", "update", "delete"]
            assert control.get("/control/state").json()["rows"] == {"account": 200, "contact": 3}
            assert control.get("/control/requests").json() == {"GET WhoAmI": 1}
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
