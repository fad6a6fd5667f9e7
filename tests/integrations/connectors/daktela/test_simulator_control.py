"""Can a simulator that is a program of its own be directed, broken and judged from outside?"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

Call = Callable[..., Any]
TOKEN = "de400000000000000000000000000001"  # of the built-in seed


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    program = [sys.executable, "-m", "integrations.connectors.daktela.simulator", "--port", "0"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().rpartition(" ")[2].strip()
        process.terminate()


@pytest.fixture
def desk(url: str) -> Call:
    def call(path: str, **values: Any) -> Any:
        answer = httpx.post(f"{url}/desk/{path}", json=values)
        assert answer.status_code == 200, answer.text
        return answer.json()

    call("reset")
    return call


@pytest.fixture
def shown(url: str) -> Call:
    return lambda path, **query: httpx.get(f"{url}/desk/{path}", params=query).json()


@pytest.fixture
def api(url: str) -> Call:
    return lambda method, path, **how: httpx.request(
        method, f"{url}/api/v6/{path}", headers={"X-AUTH-TOKEN": TOKEN}, **how
    )


def test_the_ledger_tells_what_was_really_written_and_by_whom(desk: Call, shown: Call, api: Call) -> None:
    person = {"name": "contact_a", "title": "A", "lastname": "A", "database": "default"}
    assert api("POST", "contacts", json=person).status_code == 201
    assert api("POST", "contacts", json=person).status_code == 400
    api("PUT", "contacts/contact_a", json={"title": "B"})
    desk("edit", resource="contacts", name="contact_a", values={"title": "C"})
    api("DELETE", "contacts/contact_a")
    ledger = shown("ledger")
    assert [(one["verb"], one["name"], one["by"]) for one in ledger["entries"]] == [
        ("create", "contact_a", "api"),
        ("update", "contact_a", "api"),
        ("update", "contact_a", "desk"),
        ("delete", "contact_a", "api"),
    ]
    assert [one["sequence"] for one in ledger["entries"]] == [1, 2, 3, 4]
    assert ledger["requests"] == {"POST contacts": 2, "PUT contacts": 1, "DELETE contacts": 1}
    assert len(shown("ledger", since=3)["entries"]) == 1
    desk("ledger/clear")
    assert shown("ledger")["entries"] == []


def test_an_act_whose_answer_is_lost_is_in_the_ledger_once(desk: Call, shown: Call, api: Call) -> None:
    desk("faults", kind="act_then_reset")
    with pytest.raises(httpx.TransportError):
        api("POST", "contacts", json={"title": "A", "lastname": "A", "database": "default"})
    assert [one["verb"] for one in shown("ledger")["entries"]] == ["create"]


def test_a_whole_day_is_lived_from_outside(desk: Call, shown: Call, api: Call) -> None:
    call = desk("ring", agent="petr", queue=2000, clid="777")["activity"]
    desk("answer", activity=call)
    moved = desk("transfer", activity=call, to="jana")["activity"]
    desk("answer", activity=moved)
    desk("close", activity=moved)
    for kind in ("EMAIL", "CHAT", "SMS", "FBM", "IGDM", "WAP", "VBR", "CUSTOM"):
        name = desk("message", kind=kind, agent="petr", **{"from": "777111222"}, subject="Hello")["activity"]
        assert api("GET", f"activities/{name}").json()["result"]["type"] == kind
        desk("answer", activity=name)
        desk("postpone", activity=name)
        desk("close", activity=name)
    ticket = desk("ticket", title="Broken", email="zuzana@benesovi.example")["name"]
    assert api("GET", f"tickets/{ticket}").json()["result"]["contact"]["name"] == "contact_0003"
    desk("edit", resource="tickets", name=ticket, values={"stage": "CLOSE"})
    assert api("GET", f"tickets/{ticket}").json()["result"]["closed"]
    verbs = [one["verb"] for one in shown("ledger")["entries"] if one["resource"] == "activities"]
    assert verbs.count("create") == verbs.count("close") == 10
    assert verbs.count("postpone") == 8


def test_conditions_and_people_are_set_from_outside(desk: Call, shown: Call, api: Call) -> None:
    assert desk("conditions", latency_ms=5, clock_offset_seconds=3600)["latency_ms"] == 5
    assert shown("conditions")["clock_offset_seconds"] == 3600
    desk("people", count=600)
    assert api("GET", "contacts", params={"take": 1}).json()["result"]["total"] == 606
    assert shown("records", resource="contacts", q="000599")["total"] == 1
    assert {user["rights"] for user in shown("users")["users"]} == {"admin", "agent"}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("add", {"resource": "contacts", "values": {"customFields": {"email": "no address"}}}),
        ("edit", {"resource": "contacts", "name": "nobody"}),
        ("message", {"kind": "FAX", "agent": "petr", "from": "1"}),
        ("conditions", {"weather": "fine"}),
        ("events", {"url": "file:///etc/passwd"}),
        ("events/remove", {"place": 7}),
    ],
)
def test_what_cannot_be_done_is_said(desk: Call, url: str, path: str, body: dict[str, Any]) -> None:
    answer = httpx.post(f"{url}/desk/{path}", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]
