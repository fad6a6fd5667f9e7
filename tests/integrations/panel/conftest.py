"""What does a test of the panel start from? A connection to a simulated Daktela, and a mapped stream of contacts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from integrations.connectors.daktela.simulator import Simulator
from integrations.models import Connection, Direction, Entity, Stream
from tests.factories import ConnectionFactory

ROWS: list[dict[str, Any]] = [
    {"ours": "last_name", "theirs": "lastname"},
    {"ours": "first_name", "theirs": "firstname"},
]
BLANK: dict[str, Any] = {"mode": "overwrite", "transform": "", "argument": "", "default": "", "table": {}}
REACHED_BY: dict[str, Any] = {
    "number": {"type": "PHONE", "title": "Phone", "multiple": True},
    "email": {"type": "EMAIL", "title": "E-mail", "multiple": True},
}
SCHEME: dict[str, Any] = {
    "contacts": {
        **REACHED_BY,
        "loyalty": {"type": "SELECTBOX", "title": "Loyalty", "items": [{"value": "gold", "title": "Gold"}]},
    },
    "accounts": REACHED_BY,
}
SEED: dict[str, Any] = {
    "timezone": "Europe/Prague",
    "customFields": SCHEME,
    "crmDatabases": [{"name": "default", "title": "Customers", "default": True}],
    "users": [{"name": "robot", "title": "Robot", "type": "BO", "token": "t" * 20, "rights": "admin", "queues": []}],
    "accounts": [{"name": "account_1", "title": "Kovárna Dvořák", "database": "default"}],
    "contacts": [
        {"name": "contact_1", "title": "Jana Nováková", "firstname": "Jana", "lastname": "Nováková",
         "database": "default", "customFields": {"number": ["+420773796040"], "loyalty": ["gold"]}},
        {"name": "contact_2", "title": "Petr Malý", "firstname": "Petr", "lastname": "Malý", "database": "default"},
    ],
}  # fmt: skip


@pytest.fixture
def daktela(settings: Any) -> Iterator[Simulator]:
    with Simulator(seed=SEED) as simulator:
        settings.ALLOWED_EGRESS = [simulator.url]
        yield simulator


@pytest.fixture
def connection(db: None, daktela: Simulator) -> Connection:
    return ConnectionFactory(origin=daktela.url, credentials={"token": "t" * 20})


@pytest.fixture
def stream(connection: Connection) -> Stream:
    """Contacts to us, by last name and first name."""
    made = Stream.objects.create(connection=connection, entity=Entity.CONTACT, direction=Direction.INWARD)
    made.publish([BLANK | row for row in ROWS], None)
    return made


@pytest.fixture
def outward(connection: Connection) -> Stream:
    """Contacts from us, not mapped yet."""
    return Stream.objects.create(connection=connection, entity=Entity.CONTACT, direction=Direction.OUTWARD)


class Panel:
    """An administrator in the panel: pages by the name of their route."""

    def __init__(self, client: Client, connection: Connection) -> None:
        self.client, self.connection = client, connection

    def url(self, name: str, *arguments: object) -> str:
        name = f"integrations_connection_{name}" if name in ("change", "changelist") else f"integrations_{name}"
        return reverse(f"admin:{name}", args=[] if name.endswith("changelist") else [self.connection.pk, *arguments])

    def get(self, name: str, *arguments: object, **query: str) -> HttpResponse:
        return self.client.get(self.url(name, *arguments), query)

    def text(self, name: str, *arguments: object, **query: str) -> str:
        answer = self.get(name, *arguments, **query)
        assert answer.status_code == 200, answer
        return answer.content.decode()

    def post(self, name: str, *arguments: object, **sent: Any) -> HttpResponse:
        return self.client.post(self.url(name, *arguments), sent)


@pytest.fixture
def panel(admin_client: Client, connection: Connection) -> Panel:
    return Panel(admin_client, connection)


@pytest.fixture
def other(admin_client: Client, panel: Panel) -> Panel:
    """The same administrator at another connection."""
    return Panel(admin_client, ConnectionFactory(slug="other", origin="https://other.daktela.example"))
