"""Does the simulator misbehave when asked to, as asked, as often as asked, and otherwise not?"""

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from daktela import DaktelaClient, DaktelaConfig, DaktelaQuery
from daktela.exceptions import DaktelaException, DaktelaRateLimitException, DaktelaValidationException
from daktela.http import RateLimitConfig, RetryConfig

from integrations.connectors.daktela.simulator import Simulator

from .conftest import Api

PERSON = {"title": "Ota", "lastname": "Pavel", "database": "default"}


def test_a_rate_limit_says_how_long_to_wait(api: Api, simulator: Simulator) -> None:
    simulator.faults.add("rate_limit", seconds=7)
    answer = api("GET", "contacts")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    simulator.faults.add("rate_limit", seconds=7, as_date=True)
    until = parsedate_to_datetime(api("GET", "contacts").headers["Retry-After"])
    assert 5 < (until - datetime.now(UTC)).total_seconds() <= 7  # by the clock of who reads it
    assert api("GET", "contacts").status_code == 200


def test_the_official_client_reads_the_rate_limit_and_comes_back(simulator: Simulator, official: DaktelaClient) -> None:
    simulator.faults.add("rate_limit", seconds=3)
    with pytest.raises(DaktelaRateLimitException) as problem:
        official.get("contacts")
    assert problem.value.retry_after == 3
    simulator.faults.add("rate_limit", seconds=0, times=2)
    config = DaktelaConfig(url=simulator.url, access_token=simulator.token("admin"))
    with DaktelaClient(config, RetryConfig.disabled(), RateLimitConfig(max_retries=2)) as patient:
        assert patient.get("contacts").total == 6


def test_a_fault_is_only_for_its_path_and_verb_and_number_of_times(api: Api, simulator: Simulator) -> None:
    simulator.faults.add("status", "/api/v6/contacts", method="GET", status=503, times=2, skip=1)
    assert api("GET", "accounts").status_code == 200
    assert api("POST", "contacts", json=PERSON).status_code == 201
    assert [api("GET", "contacts").status_code for _ in range(4)] == [200, 503, 503, 200]


def test_an_endless_fault_ends_when_it_is_cleared(api: Api, simulator: Simulator) -> None:
    simulator.faults.add("status", times=None)
    assert [api("GET", "contacts").status_code for _ in range(3)] == [500, 500, 500]
    simulator.faults.clear()
    assert api("GET", "contacts").status_code == 200


def test_a_proxy_page_is_html(api: Api, simulator: Simulator) -> None:
    simulator.faults.add("html")
    answer = api("GET", "contacts")
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html")


def test_a_write_may_fail_with_a_good_status(simulator: Simulator, official: DaktelaClient) -> None:
    simulator.faults.add("status", status=200, error={"a": True, "b": [1, {"c": "text"}]})
    with pytest.raises(DaktelaValidationException):
        official.post("contacts", PERSON)


def test_a_body_may_lack_its_result(api: Api, simulator: Simulator) -> None:
    simulator.faults.add("no_result")
    assert "result" not in api("GET", "contacts").json()


def test_an_answer_may_stop_half_way(api: Api, simulator: Simulator) -> None:
    simulator.faults.add("truncate")
    with pytest.raises(httpx.RemoteProtocolError):
        api("GET", "contacts")


def test_an_answer_may_drip_and_may_be_slow(api: Api, simulator: Simulator) -> None:
    for kind in ("drip", "slow"):
        simulator.faults.add(kind, seconds=0.4)
        started = time.monotonic()
        assert api("GET", "contacts").json()["result"]["total"] == 6
        assert time.monotonic() - started >= 0.35


def test_a_write_may_be_done_though_the_connection_is_reset(api: Api, simulator: Simulator) -> None:
    simulator.faults.add("act_then_reset", method="POST")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        api("POST", "contacts", json=PERSON | {"name": "contact_done"})
    assert api("GET", "contacts/contact_done").status_code == 200


def test_a_connection_may_be_reset_before_anything_is_done(simulator: Simulator, official: DaktelaClient) -> None:
    simulator.faults.add("reset", method="POST")
    with pytest.raises(DaktelaException):
        official.post("contacts", PERSON | {"name": "contact_undone"})
    assert official.get("contacts").total == 6


def test_a_list_may_repeat_a_row_or_turn_around(simulator: Simulator, official: DaktelaClient) -> None:
    query = DaktelaQuery().fields("name").take(2)
    simulator.faults.add("duplicate")
    assert [row["name"] for row in official.get("contacts", query).data] == [
        "contact_0001",
        "contact_0002",
        "contact_0002",
    ]
    simulator.faults.add("reorder")
    assert [row["name"] for row in official.get("contacts", query).data] == ["contact_0002", "contact_0001"]


def test_faults_are_switched_from_outside_as_well(simulator: Simulator, api: Api, desk: Any) -> None:
    assert desk("faults", kind="status", path="/api/v6/users", status=504).status_code == 200
    assert api("GET", "users").status_code == 504
    for wrong in ({"kind": "earthquake"}, {"kind": "status", "colour": "red"}, {}):
        assert desk("faults", **wrong).status_code == 400
    desk("faults", kind="slow", times=None)
    address = f"{simulator.url}/desk/faults"
    assert [fault["kind"] for fault in httpx.get(address).json()["faults"]] == ["slow"]
    assert httpx.delete(address).json() == {"faults": []}
