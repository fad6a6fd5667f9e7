"""What do these tests talk to? A simulated Daktela on a clock wound by hand, our connection to it, and its people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from crm.models import Queue, Team, User
from integrations.connectors.daktela.simulator import Simulator
from integrations.models import Connection
from tests.clock import HandClock
from tests.factories import AgentFactory, ConnectionFactory, QueueFactory, UserFactory


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
def queue(connection: Connection, team: Team) -> Queue:
    return QueueFactory(slug="2000", name="2000", source=connection.slug, title="Support CZ", team=team)


@pytest.fixture
def petr(connection: Connection, team: Team) -> User:
    user = UserFactory(username="petr", name="Petr Novák", teams=[team])
    AgentFactory(connection=connection, user=user, remote_user="petr")
    return user


@pytest.fixture
def jana(connection: Connection, team: Team) -> User:
    user = UserFactory(username="jana", name="Jana Horáková", teams=[team])
    AgentFactory(connection=connection, user=user, remote_user="jana")
    return user
