"""Does our Dynamics client sign in once, keep its token to itself, and say what is the matter?"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import pytest

from integrations.connectors.base import Access
from integrations.connectors.dynamics.client import Dataverse
from integrations.connectors.dynamics.connector import Dynamics
from integrations.connectors.dynamics.settings import DynamicsSettings
from integrations.connectors.dynamics.simulator import Simulator
from integrations.connectors.dynamics.tables import TABLES, page
from integrations.connectors.errors import (
    AddressRefused,
    ConfigurationError,
    ConnectorError,
    CursorExpired,
    NotAuthorized,
    RateLimited,
    TemporaryFailure,
    UnknownField,
)
from tests.clock import HandClock
from tests.integrations.connectors.dynamics.conftest import Other
from tests.integrations.connectors.dynamics.systems import DynamicsSystem


@pytest.fixture
def api(dynamics: Dynamics) -> Dataverse:
    return dynamics.api


# signing in


def test_one_token_serves_many_requests(api: Dataverse, simulator: Simulator) -> None:
    for _ in range(3):
        api.ask("WhoAmI")
    assert simulator.world.requests == {"POST token": 1, "GET WhoAmI": 3}


def test_a_token_that_is_refused_is_renewed_once(api: Dataverse, simulator: Simulator) -> None:
    api.ask("WhoAmI")
    simulator.world.tokens.clear()
    api.ask("WhoAmI")
    assert simulator.world.requests == {"POST token": 2, "GET WhoAmI": 3}
    simulator.faults.add("status", status=401, times=2)
    with pytest.raises(NotAuthorized):
        api.ask("WhoAmI")
    assert simulator.world.requests == {"POST token": 3, "GET WhoAmI": 5}


def test_a_token_that_runs_out_in_the_middle_of_a_run_costs_nothing_else(
    dynamics: Dynamics, simulator: Simulator
) -> None:
    found = 0
    for pulled in dynamics.changes("contact", None):
        found += len(pulled.records)
        simulator.world.tokens.clear()
    assert found == 20


def test_an_old_token_is_renewed_before_it_is_refused(system: DynamicsSystem, clock: HandClock) -> None:
    system.world.token_life /= 3600  # a second: younger than it takes to be renewed early
    with system.connect() as dynamics:
        dynamics.api.ask("WhoAmI")
        dynamics.api.ask("WhoAmI")
    assert system.world.requests == {"POST token": 2, "GET WhoAmI": 2}


@pytest.mark.parametrize(
    "origin", ["http://login.example", "https://login.example/tenant", "https://login.example:8443"]
)
def test_a_sign_in_address_goes_through_our_gateway_as_well(system: DynamicsSystem, origin: str) -> None:
    with pytest.raises(AddressRefused):
        system.connect(authority=origin).api.sign_in()


def between(system: DynamicsSystem, api: str, authority: str) -> Dynamics:
    """A connector for a Web API and a sign-in that are not in one place."""
    entered = system.simulator.settings | {"authority": authority, "tenant": "contoso"}
    return Dynamics(Access(api, ZoneInfo("UTC"), entered, [api, authority]))


def test_the_secret_goes_to_the_sign_in_and_the_token_to_the_web_api_only(system: DynamicsSystem, other: Other) -> None:
    other.answers["/contoso/oauth2/v2.0/token"] = b'{"access_token": "token-of-another", "expires_in": 3599}'
    with between(system, system.simulator.url, other.url) as dynamics, pytest.raises(NotAuthorized):
        dynamics.api.ask("WhoAmI")
    assert system.world.requests == {"GET WhoAmI": 2}
    forms = [parse_qs(body.decode()) for _, _, body in other.asked]
    assert len(forms) == 2
    for form in forms:
        assert form["grant_type"] == ["client_credentials"]
        assert form["client_secret"] == [system.secret]
        assert form["scope"] == [f"{system.simulator.url}/.default"]
    assert not [headers for _, headers, _ in other.asked if "Authorization" in headers]


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"access_token": 1, "expires_in": 2}',
        b'{"access_token": "a\\nb", "expires_in": 9}',
        b"[" * 9000,
    ],
)
def test_what_is_no_token_is_not_sent_on(system: DynamicsSystem, other: Other, answer: bytes) -> None:
    other.answers["/contoso/oauth2/v2.0/token"] = answer
    with between(system, system.simulator.url, other.url) as dynamics, pytest.raises(TemporaryFailure):
        dynamics.api.ask("WhoAmI")
    assert system.requests() == 0


# what is sent


def test_every_request_says_that_it_speaks_odata(system: DynamicsSystem, other: Other) -> None:
    other.answers["/contoso/oauth2/v2.0/token"] = b'{"access_token": "token", "expires_in": 3599}'
    with between(system, other.url, other.url) as dynamics:
        dynamics.api.ask("WhoAmI", "odata.maxpagesize=5")
    path, headers, _ = other.asked[-1]
    assert path == "/api/data/v9.2/WhoAmI"
    assert headers["Accept"] == "application/json"
    assert headers["OData-Version"] == headers["OData-MaxVersion"] == "4.0"
    assert headers["If-None-Match"] == "null"
    assert headers["Prefer"] == "odata.maxpagesize=5"
    assert headers["Authorization"] == "Bearer token"


# what comes back


@pytest.mark.parametrize(
    ("fault", "settings", "error"),
    [
        ("status", {"status": 500}, TemporaryFailure),
        ("status", {"status": 501}, TemporaryFailure),
        ("status", {"status": 503}, TemporaryFailure),
        ("status", {"status": 408}, TemporaryFailure),
        ("status", {"status": 400}, ConfigurationError),
        ("status", {"status": 404}, ConfigurationError),
        ("status", {"status": 405}, ConfigurationError),
        ("status", {"status": 410}, CursorExpired),
        ("status", {"status": 400, "code": "0x80044352"}, CursorExpired),
        ("status", {"status": 400, "code": "0x80060888", "message": "no property named 'x'"}, UnknownField),
        ("status", {"status": 403}, NotAuthorized),
        ("status", {"status": 302}, ConfigurationError),
        ("html", {"status": 502}, TemporaryFailure),
        ("html", {"status": 200}, TemporaryFailure),
        ("html", {"status": 404}, TemporaryFailure),  # a proxy cannot know what Dynamics has
        ("html", {"status": 400}, TemporaryFailure),
        ("rate_limit", {}, RateLimited),
        ("truncate", {}, TemporaryFailure),
        ("reset", {}, TemporaryFailure),
        ("act_then_reset", {}, TemporaryFailure),
    ],
)
def test_each_failure_becomes_its_error(
    api: Dataverse, simulator: Simulator, fault: str, settings: dict[str, Any], error: type[ConnectorError]
) -> None:
    api.sign_in()
    simulator.faults.add(fault, **settings)
    with pytest.raises(error):
        api.ask("WhoAmI")


@pytest.mark.parametrize("fault", ["slow", "drip"])
def test_an_answer_that_takes_too_long_is_given_up(simulator: Simulator, fault: str) -> None:
    url = simulator.url
    with Dynamics(Access(url, ZoneInfo("UTC"), simulator.settings, [url], deadline_seconds=0.4)) as dynamics:
        dynamics.api.sign_in()
        simulator.faults.add(fault, seconds=1.5)
        with pytest.raises(TemporaryFailure):
            dynamics.api.ask("WhoAmI")


@pytest.mark.parametrize("as_date", [False, True])
def test_how_long_to_wait_is_told_in_seconds(api: Dataverse, simulator: Simulator, as_date: bool) -> None:
    simulator.faults.add("rate_limit", seconds=31, as_date=as_date)
    with pytest.raises(RateLimited) as raised:
        api.ask("WhoAmI")
    assert raised.value.retry_after_seconds == 31


def test_the_limit_of_the_service_is_obeyed_as_it_is(api: Dataverse, simulator: Simulator, clock: HandClock) -> None:
    simulator.world.protects, simulator.world.requests_per_window = True, 2
    api.ask("WhoAmI")
    clock.forward(100)
    api.ask("WhoAmI")
    with pytest.raises(RateLimited) as raised:
        api.ask("WhoAmI")
    assert raised.value.retry_after_seconds == 200
    clock.forward(201)
    api.ask("WhoAmI")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'{"value": null}',
        b'{"value": {}}',
        b'{"value": [1]}',
        b'{"value": [{}], "@odata.deltaLink": "x"}',
        b'{"value": [{"contactid": 5}]}',
        b'{"value": [{"contactid": "00000000-0000-0000-0000-00000000000\\u0000"}], "@odata.deltaLink": "x"}',
        b'{"value": [{"id": "x", "reason": "deleted"}], "@odata.deltaLink": "x"}',
        b'{"value": [' + b"[" * 5000,
        b'{"value": ' + b'[{"a":' * 5000,
        b'{"value": [{"contactid": "\xff\xfe"}]}',
    ],
)
def test_hostile_pages_are_no_pages(body: bytes) -> None:
    with pytest.raises(TemporaryFailure):
        page(TABLES["contact"], body, "")


# what is kept quiet


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


def test_no_secret_and_no_address_is_logged_or_shown(
    system: DynamicsSystem, everything_logged: pytest.LogCaptureFixture
) -> None:
    with system.connect() as dynamics:
        list(dynamics.changes("contact", None))
        tokens = list(system.world.tokens)
        told = everything_logged.text + repr(dynamics.settings) + repr(dynamics.access)
    assert system.secret not in told
    assert not [token for token in tokens if token in told]
    assert "/api/data" not in everything_logged.text


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tenant", "../other"),
        ("tenant", "a/b"),
        ("tenant", ""),
        ("client_id", "contoso"),
        ("api_version", "v9.2/../.."),
        ("page_size", 5001),
        ("page_size", 0),
    ],
)
def test_settings_that_lead_elsewhere_are_refused_without_quoting_them(
    system: DynamicsSystem, field: str, value: Any
) -> None:
    with pytest.raises(ConfigurationError) as raised:
        system.connect(**{field: value})
    assert field in str(raised.value)
    assert system.secret not in str(raised.value)


def test_the_authority_is_marked_as_one_that_receives_the_secret() -> None:
    extra = DynamicsSettings.model_fields["authority"].json_schema_extra
    assert isinstance(extra, dict)
    assert extra["receives_secrets"]
