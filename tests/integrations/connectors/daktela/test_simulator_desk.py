"""Can the desk be driven by its JSON calls, by this machine alone, and is the widget told the four things only?"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from integrations.connectors.daktela.simulator import Simulator
from integrations.connectors.daktela.simulator.assumptions import table

Desk = Callable[..., httpx.Response]


def state(simulator: Simulator, agent: str) -> list[dict[str, object]]:
    return httpx.get(f"{simulator.url}/desk/state", params={"agent": agent}).json()["activities"]


@pytest.mark.parametrize("clid", ["+420 773 796 041", "00420773796041", "77379604", "", None, "&activity=x#?"])
@pytest.mark.parametrize("direction", ["in", "out", "internal"])
def test_the_widget_is_told_exactly_four_things(desk: Desk, clid: str | None, direction: str) -> None:
    told = desk("ring", agent="petr", queue=2000, clid=clid, direction=direction).json()
    address = urlsplit(told["widget_url"])
    assert (address.netloc, address.path, address.fragment) == ("widget.localhost:8000", "/widget/2000/", "")
    query = parse_qs(address.query, keep_blank_values=True)
    expected = {"clid": clid or "", "direction": direction, "callid": told["callid"], "activity": told["activity"]}
    assert query == {key: [value] for key, value in expected.items()}


def test_a_widget_without_a_call_is_told_the_activity(desk: Desk) -> None:
    told = desk("email", agent="petr", address="x@example.com", subject="Hello").json()
    query = parse_qs(urlsplit(told["widget_url"]).query, keep_blank_values=True)
    assert query == {"clid": [""], "direction": ["in"], "callid": [""], "activity": [told["activity"]]}
    assert "/widget/3000/" in told["widget_url"]


def test_a_queue_may_have_a_widget_of_its_own() -> None:
    seed = {
        "users": [{"name": "eva", "title": "Eva", "extension": "1", "queues": ["a b"]}],
        "queues": [
            {"name": "a b", "title": "A", "type": "in", "options": {"widget_url": "https://crm.example/d?q={queue}"}}
        ],
    }
    with Simulator(seed=seed) as small:
        told = httpx.post(f"{small.url}/desk/ring", json={"agent": "eva", "queue": "a b", "clid": "1"}).json()
        assert told["widget_url"].startswith("https://crm.example/d?q=a%20b&clid=1&direction=in&")
        assert "frame-src https://crm.example;" in httpx.get(small.url).headers["content-security-policy"]


def test_a_whole_call_by_the_desk(desk: Desk, simulator: Simulator) -> None:
    first = desk("ring", agent="petr", queue=2000, clid="773796041").json()
    assert [one["action"] for one in state(simulator, "petr")] == ["WAIT"]
    desk("answer", activity=first["activity"])
    second = desk("transfer", activity=first["activity"], to="jana").json()
    assert second["callid"] == first["callid"]
    assert (state(simulator, "petr"), len(state(simulator, "jana"))) == ([], 1)
    desk("answer", activity=second["activity"])
    third = desk("consult", activity=second["activity"], to="petr").json()
    assert state(simulator, "jana")[0]["consulting"] == "petr"
    desk("put-through", activity=second["activity"])
    desk("answer", activity=third["activity"])
    desk("hang-up", activity=third["activity"])
    assert state(simulator, "petr")[0]["has_ended"] is True
    assert desk("close", activity=third["activity"]).json()["activity"] == third["activity"]
    assert state(simulator, "petr") == []


def test_messages_and_postponing_by_the_desk(desk: Desk, simulator: Simulator) -> None:
    desk("email", agent="petr", address="x@example.com", subject="Hello")
    desk("chat", agent="petr", title="Visitor")
    told = desk("sms", agent="petr", sender="+420773796041", text="Call me").json()
    assert [one["type"] for one in state(simulator, "petr")] == ["EMAIL", "CHAT", "SMS"]
    desk("postpone", activity=told["activity"])
    assert state(simulator, "petr")[-1]["action"] == "POSTPONE"


def test_a_reset_starts_from_the_seed(desk: Desk, simulator: Simulator) -> None:
    desk("ring", agent="petr", queue=2000, clid="777")
    simulator.faults.add("status", times=None)
    desk("reset")
    assert state(simulator, "petr") == []
    assert simulator.faults.shown() == []


def test_what_is_wrong_is_said(desk: Desk) -> None:
    assert "There is no user nobody" in desk("ring", agent="nobody", queue=2000).json()["error"]["primary"]
    assert desk("ring", queue=2000).json()["error"] == {"form": {"agent": "Item is mandatory"}}
    assert desk("dance").status_code == 404
    assert desk("answer", activity=["list"]).status_code == 400


def test_no_form_of_another_site_can_drive_the_desk(simulator: Simulator) -> None:
    address = f"{simulator.url}/desk/ring"
    body = json.dumps({"agent": "petr", "queue": 2000})
    for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert httpx.post(address, content=body, headers={"Content-Type": content_type}).status_code == 415
    assert httpx.get(address).status_code == 405
    assert "access-control-allow-origin" not in httpx.options(address).headers
    assert state(simulator, "petr") == []


@pytest.mark.parametrize("host", ["rebound.example", "127.0.0.1.rebound.example", "localhost.example:80", ""])
def test_a_rebound_host_name_is_turned_away(simulator: Simulator, host: str) -> None:
    answer = httpx.get(f"{simulator.url}/desk/state", headers={"Host": host})
    assert answer.status_code == 403


def test_the_page_has_a_strict_policy_and_nothing_inline(simulator: Simulator) -> None:
    page = httpx.get(simulator.url)
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-src http://widget.localhost:8000;" in policy
    assert "style=" not in page.text
    assert "onclick" not in page.text
    assert page.text.count("<script") == page.text.count('<script type="module" src=')


def test_every_open_question_is_answered_in_the_list() -> None:
    numbers = {row.number for row in table()}
    assert set(range(1, 15)) <= numbers
    assert all((row.question and row.choice) or row.setting == "withheld_clid" for row in table())


def test_the_shell_serves_it_and_a_signal_ends_it(tmp_path: Path) -> None:
    seed = tmp_path / "seed.json"
    seed.write_text(json.dumps({"users": [{"name": "eva", "title": "Eva", "extension": "1", "token": "t" * 32}]}))
    command = [sys.executable, "-m", "integrations.connectors.daktela.simulator", "--port", "0", "--seed", str(seed)]
    for stop in (signal.SIGTERM, signal.SIGINT):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
        assert process.stdout
        address = process.stdout.readline().split()[-1]
        answer = httpx.get(f"{address}/api/v6/whoim", headers={"X-AUTH-TOKEN": "t" * 32})
        assert answer.json()["result"]["user"]["title"] == "Eva"
        process.send_signal(stop)
        assert process.wait(timeout=5) == 0


def test_the_shell_lists_the_assumptions() -> None:
    command = [sys.executable, "-m", "integrations.connectors.daktela.simulator", "--assumptions"]
    listed = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.splitlines()
    assert len(listed) == len(table())
    assert any("default_take" in line for line in listed)


def test_a_port_that_is_taken_is_said_in_one_line(simulator: Simulator) -> None:
    command = [sys.executable, "-m", "integrations.connectors.daktela.simulator", "--port", str(simulator.port)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("The simulator cannot start:")
    assert len(ended.stderr.splitlines()) == 1
