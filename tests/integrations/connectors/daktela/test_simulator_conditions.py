"""Do the conditions of the simulator hold for every request, until they are changed?"""

import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from integrations.connectors.daktela.simulator import Simulator

from .conftest import Api


@pytest.mark.parametrize("as_date", [False, True])
def test_a_rest_refuses_everything_until_it_is_over(api: Api, simulator: Simulator, as_date: bool) -> None:
    simulator.conditions.change(rest_seconds=1.5, as_date=as_date)
    for method, path in (("GET", "contacts"), ("POST", "contacts"), ("GET", "whoim")):
        refused = api(method, path)
        assert refused.status_code == 429
        wait = refused.headers["Retry-After"]
        seconds = (parsedate_to_datetime(wait) - datetime.now(UTC)).total_seconds() if as_date else float(wait)
        assert 0 < seconds <= 2
    time.sleep(1.6)
    assert api("GET", "contacts").status_code == 200
    assert simulator.ledger.refused == 3
    assert simulator.ledger.total() == 4


def test_a_rate_limit_refuses_what_is_beyond_it_and_counts(api: Api, simulator: Simulator) -> None:
    simulator.conditions.change(requests_per_second=5)
    statuses = [api("GET", "whoim").status_code for _ in range(8)]
    assert statuses.count(200) >= 5
    assert simulator.ledger.refused == statuses.count(429) > 0
    time.sleep(1.1)
    assert api("GET", "whoim").status_code == 200


def test_latency_holds_for_the_api_and_not_for_the_desk(api: Api, simulator: Simulator, desk: Api) -> None:
    simulator.conditions.change(latency_ms=150)
    started = time.monotonic()
    api("GET", "whoim")
    assert time.monotonic() - started >= 0.15
    started = time.monotonic()
    desk("reset")
    assert time.monotonic() - started < 0.15
    assert simulator.conditions.latency_ms == 0  # a reset is a reset


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2026-10-25T00:30:00+00:00", "2026-10-25 02:30:00"),
        ("2026-10-25T01:30:00+00:00", "2026-10-25 02:30:00"),  # an hour later, and the same to read
        ("2026-03-29T00:59:59+00:00", "2026-03-29 01:59:59"),
        ("2026-03-29T01:00:00+00:00", "2026-03-29 03:00:00"),  # there is no hour between
    ],
)
def test_the_clock_can_be_set_to_the_two_nights_of_the_year(
    api: Api, simulator: Simulator, moment: str, shown: str
) -> None:
    simulator.conditions.change(moment=moment)
    assert api("GET", "whoim").json()["_time"] == shown
    name = simulator.scenarios.ring("petr", 2000, "777")["name"]
    assert api("GET", f"activities/{name}").json()["result"]["time"] == shown


def test_a_condition_that_is_none_is_refused(simulator: Simulator) -> None:
    with pytest.raises(TypeError):
        simulator.conditions.change(weather="fine")
    with pytest.raises(ValueError):
        simulator.conditions.change(latency_ms="soon")
