"""Whose calls are these? A queue over there, and the two who answer it."""

from __future__ import annotations

import pytest

from crm.models import Queue, Team, User
from integrations.models import Connection
from tests.factories import AgentFactory, QueueFactory, UserFactory


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
