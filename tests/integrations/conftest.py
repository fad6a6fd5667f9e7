"""What do these tests talk to? A simulated Daktela on a clock wound by hand, and our connection to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.connectors.daktela.simulator import Simulator
from integrations.models import Connection
from tests.clock import HandClock
from tests.factories import ConnectionFactory


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def simulator(clock: HandClock) -> Iterator[Simulator]:
    with Simulator(clock=clock) as running:
        yield running


@pytest.fixture
def connection(simulator: Simulator, settings: Any, db: None) -> Connection:
    settings.ALLOWED_EGRESS = [simulator.url]
    return ConnectionFactory(origin=simulator.url, credentials={"token": simulator.token("admin")})
