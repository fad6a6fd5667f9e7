"""Does our Daktela client say what is the matter, and nothing twice?"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from integrations.connectors.daktela.client import Daktela, Refused
from integrations.connectors.daktela.simulator import Simulator
from integrations.connectors.errors import (
    AddressRefused,
    ConfigurationError,
    ConnectorError,
    NotAuthorized,
    RateLimited,
    RecordGone,
    RecordRejected,
    TemporaryFailure,
)


@pytest.fixture
def daktela(simulator: Simulator) -> Iterator[Daktela]:
    client = Daktela(simulator.url, simulator.token("admin"), exceptions=[simulator.url], deadline_seconds=1)
    yield client
    client.close()


def test_an_activity_and_its_call_are_read(daktela: Daktela, simulator: Simulator) -> None:
    ringing = simulator.scenarios.ring("petr", 2000, "00420773796040")
    activity = daktela.activity(ringing["name"])
    assert activity["action"] == "WAIT"
    assert activity["user"]["name"] == "petr"
    assert daktela.call(activity["item"]["id_call"])["clid"] == "00420773796040"


def test_me_is_the_user_of_the_token(daktela: Daktela) -> None:
    assert daktela.me()["name"] == "admin"


def test_what_is_not_there_is_gone(daktela: Daktela) -> None:
    for ask in (daktela.activity, daktela.call):
        with pytest.raises(RecordGone):
            ask("nothing")


def test_older_builds_say_gone_with_another_status(daktela: Daktela, simulator: Simulator) -> None:
    for error in ("Object not exist", ["Object not exist"]):
        simulator.faults.add("status", status=400, error=error)
        with pytest.raises(RecordGone):
            daktela.activity("nothing")


@pytest.mark.parametrize("name", ["../whoim", "a/b", "a?b=c", "a.json", "%2e%2e", "..", "", "\ud800", "ž", "x" * 128])
def test_a_name_cannot_lead_anywhere_else(daktela: Daktela, name: str) -> None:
    with pytest.raises(RecordGone):
        daktela.activity(name)


def test_a_wrong_token_is_not_authorized(simulator: Simulator) -> None:
    stranger = Daktela(simulator.url, "wrong", exceptions=[simulator.url])
    for ask in (stranger.me, lambda: stranger.activity("activities_1")):
        with pytest.raises(NotAuthorized):
            ask()
    for token in ("", "žluťoučký", "two\nlines"):
        with pytest.raises(NotAuthorized, match="Enter it"):
            Daktela(simulator.url, token, exceptions=[simulator.url])


def test_an_address_that_is_not_excepted_is_refused(simulator: Simulator) -> None:
    with pytest.raises(AddressRefused):
        Daktela(simulator.url, "token")


@pytest.mark.parametrize(
    ("fault", "settings", "error"),
    [
        ("status", {"status": 500}, TemporaryFailure),
        ("status", {"status": 503}, TemporaryFailure),
        ("status", {"status": 400}, RecordRejected),
        ("status", {"status": 403}, NotAuthorized),
        ("status", {"status": 405}, ConfigurationError),
        ("status", {"status": 200, "error": ["Something"]}, RecordRejected),
        ("html", {"status": 502}, TemporaryFailure),
        ("html", {"status": 200}, TemporaryFailure),
        ("html", {"status": 404}, TemporaryFailure),  # a proxy cannot know that a record is gone
        ("no_result", {}, TemporaryFailure),
        ("truncate", {}, TemporaryFailure),
        ("reset", {}, TemporaryFailure),
        ("slow", {"seconds": 2.0}, TemporaryFailure),
        ("drip", {"seconds": 4.0}, TemporaryFailure),
    ],
)
def test_each_fault_has_its_meaning_and_is_not_tried_again(
    daktela: Daktela, simulator: Simulator, fault: str, settings: dict, error: type[ConnectorError]
) -> None:
    ringing = simulator.scenarios.ring("petr", 2000, "00420773796040")
    simulator.faults.add(fault, **settings)
    started = time.monotonic()
    with pytest.raises(error) as raised:
        daktela.activity(ringing["name"])
    assert type(raised.value) is (Refused if error is RecordRejected and settings["status"] == 400 else error)
    assert time.monotonic() - started < 1.5
    assert not simulator.faults.active  # it was asked once
    assert daktela.activity(ringing["name"])  # and again only because we say so


def test_who_asks_us_to_wait_is_not_waited_for_here(daktela: Daktela, simulator: Simulator) -> None:
    simulator.faults.add("rate_limit", seconds=30)
    started = time.monotonic()
    with pytest.raises(RateLimited) as raised:
        daktela.me()
    assert raised.value.retry_after_seconds == 30
    assert time.monotonic() - started < 1


def test_no_error_tells_the_token_or_what_daktela_wrote(daktela: Daktela, simulator: Simulator) -> None:
    simulator.faults.add("status", status=400, error=["Jana Nováková +420773796040"])
    with pytest.raises(RecordRejected) as raised:
        daktela.activity("activities_1")
    assert "Jana" not in str(raised.value)
    assert simulator.token("admin") not in f"{raised.value} {daktela!r} {vars(daktela)}"
