"""Can an admin set up the events without a manual, and change their secret without losing one?"""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.test import Client

from integrations.models import Connection, WebhookEvent
from tests.integrations.panel.conftest import Panel


def made(panel: Panel) -> str:
    """A new secret, as the page shows it this once."""
    page = panel.post("events_add").content.decode()
    found = re.search(r'aria-label="The new secret">([\w-]{40,})</pre>', page)
    assert found
    return found[1]


def sent(secret: str) -> int:
    """The answer to an event with this secret, from a sender without a session."""
    client = Client(headers={"host": settings.OFFICE_HOST})
    headers: Any = {"X-Webhook-Secret": secret}
    return client.post(
        "/hooks/daktela/", b'{"name": "a"}', content_type="application/json", headers=headers
    ).status_code


def test_the_page_says_what_to_paste_where(panel: Panel) -> None:
    page = panel.text("events")
    assert f"{settings.OFFICE_ORIGIN}/hooks/daktela/" in page
    assert "X-Webhook-Secret" in page
    assert "{{name}}" in page
    assert "the inbox is shut" in page


def test_a_secret_is_shown_once_and_kept_as_its_hash_alone(panel: Panel) -> None:
    secret = made(panel)
    assert Connection.objects.get().webhook_keys == [hashlib.sha256(secret.encode()).hexdigest()]
    assert secret not in panel.text("events")
    assert secret not in LogEntry.objects.get().change_message


def test_the_page_with_the_secret_is_kept_by_no_cache(panel: Panel) -> None:
    assert "no-store" in panel.post("events_add")["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_what_was_made_opens_the_inbox_until_it_is_revoked(panel: Panel) -> None:
    old, new = made(panel), made(panel)
    Connection.objects.update(slug="daktela")
    assert sent(old) == sent(new) == 202
    assert WebhookEvent.objects.count() == 1, "the same body twice"
    panel.post("events_revoke", key=hashlib.sha256(old.encode()).hexdigest())
    assert Connection.objects.get().webhook_keys == [hashlib.sha256(new.encode()).hexdigest()]


def test_revoking_twice_or_nothing_is_no_harm(panel: Panel) -> None:
    made(panel)
    for key in ("", "nonsense"):
        panel.post("events_revoke", key=key)
    assert len(Connection.objects.get().webhook_keys) == 1


def test_there_are_five_secrets_at_most(panel: Panel) -> None:
    for _ in range(5):
        made(panel)
    assert panel.post("events_add").url == panel.url("events")
    assert "Revoke one that is no longer used." in panel.text("events")
    assert len(Connection.objects.get().webhook_keys) == 5


@pytest.mark.parametrize("name", ["events", "ledger"])
def test_what_sends_no_events_has_no_such_page(panel: Panel, name: str) -> None:
    Connection.objects.update(connector="dynamics")
    assert panel.get(name).status_code == 404
    assert panel.url(name) not in panel.text("check")
