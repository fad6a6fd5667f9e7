"""What do the tests of Dynamics share? A small simulated one on a clock that is wound by hand, and who asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from integrations.connectors.dynamics.connector import Dynamics
from integrations.connectors.dynamics.simulator import Simulator
from tests.clock import HandClock
from tests.integrations.connectors.dynamics.systems import DynamicsSystem

Ask = Callable[..., httpx.Response]


@pytest.fixture
def clock() -> HandClock:
    clock = HandClock()
    clock.moment = datetime.now(UTC)
    return clock


@pytest.fixture
def simulator(clock: HandClock) -> Iterator[Simulator]:
    with Simulator(accounts=4, contacts=20, clock=clock) as running:
        yield running


@pytest.fixture
def system(simulator: Simulator) -> DynamicsSystem:
    return DynamicsSystem(simulator)


@pytest.fixture
def dynamics(system: DynamicsSystem) -> Iterator[Dynamics]:
    with system.connect(page_size=6) as connector:
        yield connector


@pytest.fixture
def ask(simulator: Simulator) -> Iterator[Ask]:
    """Plain HTTP as the application user: ``ask("GET", "contacts", params={...})``."""
    world = simulator.world
    client = httpx.Client(base_url=simulator.url, timeout=20)
    form = {
        "grant_type": "client_credentials",
        "client_id": world.client,
        "client_secret": world.secret,
        "scope": f"{simulator.url}/.default",
    }

    def call(method: str, path: str, *, prefer: str = "", **settings: Any) -> httpx.Response:
        if "Authorization" not in client.headers:
            answer = client.post(f"/{world.tenant}/oauth2/v2.0/token", data=form).json()
            client.headers["Authorization"] = f"Bearer {answer['access_token']}"
        headers = {"Prefer": prefer} if prefer else {}
        url = path if "://" in path else f"/api/data/v9.2/{path}"
        return client.request(method, url, headers=headers | settings.pop("headers", {}), **settings)

    yield call
    client.close()
