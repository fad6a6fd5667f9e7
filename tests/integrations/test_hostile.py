"""Is what nobody can read kept, answered and shown, and does it harm nobody who looks at it?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from integrations import tasks
from integrations.inbox import door
from integrations.models import Connection, WebhookEvent
from tests.factories import ConnectionFactory
from tests.integrations.test_inbox import HOSTILE

pytestmark = pytest.mark.django_db
SECRET = "of-sixteen-bytes-and-more"
MARKUP = b'{"name": "<script>alert(1)</script>", "name": "<img src=x onerror=alert(2)>"}'
BODIES = {**HOSTILE, "markup": MARKUP, "bytes": bytes(range(256)), "empty": b" ", "bomb": b'{"a":' * 100_000}


@pytest.fixture
def connection() -> Iterator[Connection]:
    door.forget()
    yield ConnectionFactory(webhook_keys=[hashlib.sha256(SECRET.encode()).hexdigest()])
    door.forget()


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_hostile_body_is_kept_answered_with_202_and_shown_as_text(
    body: bytes, connection: Connection, client: Client, admin_client: Client
) -> None:
    headers = {"host": "localhost:8000", "x-webhook-secret": SECRET}
    answer = client.post(f"/hooks/{connection.slug}/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 202
    tasks.handle_events(str(connection.pk))
    event = WebhookEvent.objects.get()
    assert (event.state, bytes(event.body)) == ("malformed", body)
    for name, numbers in (("inbox", [connection.pk]), ("event", [connection.pk, event.pk])):
        page = admin_client.get(reverse(f"admin:integrations_{name}", args=numbers))
        assert page.status_code == 200
        assert "Unreadable" in page.content.decode()
        assert b"<script>alert" not in page.content
        assert b"<img src=x" not in page.content


def test_one_that_cannot_be_read_holds_up_none_that_can(connection: Connection, client: Client) -> None:
    headers = {"host": "localhost:8000", "x-webhook-secret": SECRET}
    for body in (*BODIES.values(), b'{"event": "rain", "name": "x"}'):
        client.post(f"/hooks/{connection.slug}/", body, content_type="application/json", headers=headers)
    tasks.handle_events(str(connection.pk))
    states = list(WebhookEvent.objects.values_list("state", flat=True))
    assert states.count("malformed") == len(BODIES)
    assert states.count("ignored") == 1
