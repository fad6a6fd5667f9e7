"""Does a secret go into the admin and never come out?"""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from integrations.models import Connection
from tests.factories import ConnectionFactory

SECRET = "a-token-nobody-may-see"


@pytest.fixture
def connection(db: None) -> Connection:
    return ConnectionFactory(origin="https://company.daktela.com", credentials={"token": SECRET})


def body(connection: Connection, **changes: Any) -> dict[str, Any]:
    plain = {"title": connection.title, "connector": "daktela", "origin": connection.origin, "is_enabled": "on"}
    management = {"agents-TOTAL_FORMS": 0, "agents-INITIAL_FORMS": 0}
    return {**plain, **management, "time_zone": "Europe/Prague", "token": "", **changes}


def change(client: Client, connection: Connection, **changes: Any) -> str:
    page = reverse("admin:integrations_connection_change", args=[connection.pk])
    answer = client.post(page, body(connection, **changes), follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def secrets(connection: Connection) -> dict[str, Any]:
    return Connection.objects.get(pk=connection.pk).secrets()


def test_a_kept_token_is_on_no_page(admin_client: Client, connection: Connection) -> None:
    sealed = Connection.objects.get(pk=connection.pk).credentials.text
    for page in ("changelist", "change", "history", "delete"):
        arguments = [] if page == "changelist" else [connection.pk]
        text = admin_client.get(reverse(f"admin:integrations_connection_{page}", args=arguments)).content.decode()
        assert SECRET not in text
        assert sealed not in text


def test_an_empty_token_keeps_the_old_one(admin_client: Client, connection: Connection) -> None:
    change(admin_client, connection, title="Daktela CZ")
    assert Connection.objects.get().title == "Daktela CZ"
    assert secrets(connection) == {"token": SECRET}


def test_a_new_token_replaces_the_old_one_and_is_not_repeated(admin_client: Client, connection: Connection) -> None:
    page = change(admin_client, connection, token="a-new-token")
    assert secrets(connection) == {"token": "a-new-token"}
    assert "a-new-token" not in page
    assert "a-new-token" not in LogEntry.objects.get().change_message


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://company.daktela.com", "https://company.daktela.com:8443"]
)
def test_a_new_address_wipes_the_token_and_says_so(admin_client: Client, connection: Connection, origin: str) -> None:
    page = change(admin_client, connection, origin=origin)
    assert secrets(connection) == {}
    assert "the old token was wiped" in page


def test_a_new_address_takes_the_token_that_came_with_it(admin_client: Client, connection: Connection) -> None:
    change(admin_client, connection, origin="https://other.daktela.com", token="for-the-other")
    assert secrets(connection) == {"token": "for-the-other"}


def test_a_refused_form_shows_no_token(admin_client: Client, connection: Connection) -> None:
    page = change(admin_client, connection, origin="https://company.daktela.com/path", token="typed-in-just-now")
    assert "without a path" in page
    assert "typed-in-just-now" not in page
    assert secrets(connection) == {"token": SECRET}


def test_a_missing_key_is_said_and_not_an_error(admin_client: Client, connection: Connection, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = ["other:" + base64.b64encode(b"x" * 32).decode()]
    page = admin_client.get(reverse("admin:integrations_connection_change", args=[connection.pk]))
    assert page.status_code == 200
    assert "its key is not in ENCRYPTION_KEYS" in page.content.decode()


def test_a_slug_does_not_change(admin_client: Client, connection: Connection) -> None:
    change(admin_client, connection, slug="other")
    assert Connection.objects.get().slug == connection.slug
