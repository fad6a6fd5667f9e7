"""Does a secret go into the admin and never come out?"""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from integrations.clock import now
from integrations.connectors import CONNECTORS
from integrations.forms.connection import form_for
from integrations.models import Connection
from tests.factories import ConnectionFactory

SECRET = "a-token-nobody-may-see"
CLASSES = {one.slug: one for one in CONNECTORS}


@pytest.fixture
def connection(db: None) -> Connection:
    return ConnectionFactory(origin="https://company.daktela.com", credentials={"token": SECRET})


def body(page: HttpResponse, **changes: Any) -> dict[str, Any]:
    """What a browser sends that changes nothing but these."""
    form = page.context["adminform"].form
    shown = {name: form[name].value() for name in form.fields}
    management = {"agents-TOTAL_FORMS": 0, "agents-INITIAL_FORMS": 0}
    return {name: value for name, value in {**shown, **management, **changes}.items() if value is not None}


def change(client: Client, connection: Connection, **changes: Any) -> str:
    page = reverse("admin:integrations_connection_change", args=[connection.pk])
    answer = client.post(page, body(client.get(page), **changes), follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def add(client: Client, **changes: Any) -> HttpResponse:
    page = reverse("admin:integrations_connection_add") + "?connector=daktela"
    return client.post(page, body(client.get(page), **changes))


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
def test_a_new_address_wipes_the_token_and_says_so(
    admin_client: Client, connection: Connection, origin: str, settings: Any
) -> None:
    settings.ALLOWED_EGRESS = ["http://company.daktela.com:80", "https://company.daktela.com:8443"]
    page = change(admin_client, connection, origin=origin)
    assert secrets(connection) == {}
    assert "the old secrets were wiped" in page


def test_a_new_address_takes_the_token_that_came_with_it(admin_client: Client, connection: Connection) -> None:
    change(admin_client, connection, origin="https://other.daktela.com", token="for-the-other")
    assert secrets(connection) == {"token": "for-the-other"}


def test_saving_the_form_undoes_nothing_that_others_wrote_meanwhile(connection: Connection, rf: Any) -> None:
    stale, until = Connection.objects.get(), now() + timedelta(minutes=5)
    Connection.objects.update(webhook_keys=["of-a-new-secret"], rests_until=until, paused_reason="It asks a person.")
    made = form_for("daktela", CLASSES["daktela"])
    shown = {one.name: one.value() for one in made(instance=stale)}
    form = made(shown | {"title": "Daktela CZ"}, instance=stale)
    assert form.is_valid()
    admin.site.get_model_admin(Connection).save_model(rf.post("/"), form.save(commit=False), form, change=True)
    kept = Connection.objects.get()
    assert (kept.webhook_keys, kept.rests_until) == (["of-a-new-secret"], until)
    assert (kept.title, kept.paused_reason) == ("Daktela CZ", "It asks a person.")


@pytest.fixture
def dynamics(db: None) -> Connection:
    return ConnectionFactory(
        slug="dynamics",
        connector="dynamics",
        origin="https://company.crm4.dynamics.com",
        settings={"tenant": "company.example", "client_id": "5ca1ab1e-0000-4000-8000-0000000000bb"},
        credentials={"client_secret": SECRET},
    )


def test_a_new_sign_in_address_wipes_the_secret_that_would_be_sent_there(
    admin_client: Client, dynamics: Connection
) -> None:
    change(admin_client, dynamics, title="Another title", page_size=500)
    assert secrets(dynamics) == {"client_secret": SECRET}
    page = change(admin_client, dynamics, authority="https://login.evil.example")
    assert "the old secrets were wiped" in page
    assert secrets(dynamics) == {}


@pytest.mark.parametrize("authority", ["http://login.example", "https://127.0.0.1:9", "https://login.example/x", ""])
def test_a_sign_in_address_our_gateway_does_not_go_to_is_refused(
    admin_client: Client, dynamics: Connection, authority: str
) -> None:
    page = reverse("admin:integrations_connection_change", args=[dynamics.pk])
    answer = admin_client.post(page, body(admin_client.get(page), authority=authority))
    assert "authority" in answer.context["adminform"].form.errors
    assert secrets(dynamics) == {"client_secret": SECRET}


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


@pytest.mark.parametrize(
    ("origin", "remedy"),
    [
        ("http://company.daktela.com", "must begin with https"),
        ("https://company.daktela.com:8443", "ALLOWED_EGRESS"),
        ("https://company.daktela.com/path", "without a path"),
    ],
)
def test_an_address_our_gateway_does_not_go_to_is_refused_at_once(
    admin_client: Client, connection: Connection, origin: str, remedy: str
) -> None:
    assert remedy in change(admin_client, connection, origin=origin)
    assert Connection.objects.get().origin == connection.origin


def test_the_form_is_made_of_what_the_connector_declares(admin_client: Client, connection: Connection) -> None:
    page = change(admin_client, connection, parallel=2, retire="keep")
    assert "API token" in page
    kept = Connection.objects.get().settings
    assert (kept["parallel"], kept["retire"]) == (2, "keep")
    assert "token" not in kept


def test_what_the_connector_refuses_is_said_beside_the_field(admin_client: Client, connection: Connection) -> None:
    page = reverse("admin:integrations_connection_change", args=[connection.pk])
    answer = admin_client.post(page, body(admin_client.get(page), parallel=99))
    assert answer.context["adminform"].form.errors["parallel"] == ["8 at most."]


def test_what_is_written_wrongly_is_told_in_plain_words(admin_client: Client, dynamics: Connection) -> None:
    page = reverse("admin:integrations_connection_change", args=[dynamics.pk])
    answer = admin_client.post(page, body(admin_client.get(page), client_id="not-an-id"))
    assert answer.context["adminform"].form.errors["client_id"] == [
        "It is not written like that. Copy it again from where it stands."
    ]


def test_no_setting_of_a_connector_is_called_like_one_of_ours() -> None:
    ours = {field.name for field in Connection._meta.get_fields()}
    assert {name: ours & set(one.Settings.model_fields) for name, one in CLASSES.items()} == {
        name: set() for name in CLASSES
    }


def test_a_new_connection_gets_a_name_of_its_own_and_is_checked_at_once(admin_client: Client, db: None) -> None:
    ConnectionFactory(slug="daktela-sk")
    answer = add(admin_client, title="Daktela SK", origin="https://sk.daktela.example", token="new")
    made = Connection.objects.get(slug="daktela-sk-2")
    assert answer.url == reverse("admin:integrations_check", args=[made.pk])
    assert made.secrets() == {"token": "new"}
    assert made.checked_at
    assert made.findings[0]["tone"] == "bad"
    assert made.findings[0]["remedy"]


def test_a_new_connection_needs_its_secret(admin_client: Client, db: None) -> None:
    form = add(admin_client, title="Daktela", origin="https://sk.daktela.example").context["adminform"].form
    assert "token" in form.errors
    assert not Connection.objects.exists()


@pytest.mark.parametrize("connector", ["", "nonsense"])
def test_without_a_connector_there_is_no_form_to_fill_in(admin_client: Client, db: None, connector: str) -> None:
    answer = admin_client.get(reverse("admin:integrations_connection_add"), {"connector": connector})
    assert answer.url == reverse("admin:integrations_connection_changelist")
