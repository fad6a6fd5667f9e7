"""What do these tests talk to? A simulated Daktela on a clock wound by hand, and our connection to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import redis
from django.conf import settings as configured

from integrations.connectors.daktela.simulator import Simulator
from integrations.models import Connection
from integrations.wake import wake
from tests.clock import HandClock
from tests.factories import ConnectionFactory
from tests.integrations.broker import QUEUE, told


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


@pytest.fixture
def broker() -> Iterator[redis.Redis]:
    """Its queue is empty, and what other tests told last has come already: wake-ups come in their order."""
    with redis.from_url(configured.REDIS_URL) as client:
        wake("sweep", mark := uuid4().hex)
        while ("integrations.tasks.sweep", [mark]) not in told(client):
            time.sleep(0.02)
        client.delete(QUEUE)
        yield client
        client.delete(QUEUE)
