"""Is what a real server answers 202 to committed, each and every one, however many come at once?"""

from __future__ import annotations

import hashlib
import json
import socket
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.conf import settings
from django.db import connection as database

from integrations.inbox import door
from integrations.models import Connection, WebhookEvent
from tests.factories import ConnectionFactory
from tests.web import serving

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "of-sixteen-bytes-and-more"
OFFICE = {"Host": settings.OFFICE_HOST, "X-Webhook-Secret": SECRET}


@pytest.fixture(scope="module")
def port(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(tmp_path_factory.mktemp("web"), settings.REDIS_URL) as port:
        yield port


@pytest.fixture(autouse=True)
def source(transactional_db: None, request: pytest.FixtureRequest) -> Connection:
    """One of a name of its own for each test: the server remembers a source for a second."""
    keys = [hashlib.sha256(SECRET.encode()).hexdigest()]
    return ConnectionFactory(slug=f"daktela-{abs(hash(request.node.name)) % 10**9}", webhook_keys=keys)


@pytest.fixture
def client(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=OFFICE, timeout=20) as client:
        yield client


def test_e2_everything_that_was_answered_is_there_once(client: httpx.Client, source: Connection) -> None:
    bodies = [json.dumps({"event": "call_close", "name": f"activities_{n % 150}"}).encode() for n in range(300)]
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda body: client.post(f"/hooks/{source.slug}/", content=body), bodies))
    assert Counter(answer.status_code for answer in answers) == {202: 300}
    assert {answer.content for answer in answers} == {b"Kept.\n"}
    rows = WebhookEvent.objects.values_list("body", "repeats", "state")
    assert {bytes(body) for body, _, _ in rows} == set(bodies)
    assert [(repeats, state) for _, repeats, state in rows] == [(1, "pending")] * 150
    assert WebhookEvent.objects.filter(due_at=None).count() == 0


def test_the_bytes_are_kept_as_they_came(client: httpx.Client, source: Connection) -> None:
    body = bytes(range(256)) * 40
    answer = client.post(f"/hooks/{source.slug}/", content=body, headers={"User-Agent": b"Daktela \xe9"})
    assert answer.status_code == 202
    event = WebhookEvent.objects.get()
    assert bytes(event.body) == body
    assert event.key == hashlib.sha256(body).hexdigest()
    assert event.headers == {"user-agent": "Daktela \xe9"}


def test_e2_who_proves_nothing_leaves_nothing(client: httpx.Client, source: Connection) -> None:
    for secret in ("", "wrong"):
        assert (
            client.post(f"/hooks/{source.slug}/", content=b"{}", headers={"X-Webhook-Secret": secret}).status_code
            == 401
        )
    assert not WebhookEvent.objects.exists()
    source.refresh_from_db()
    assert source.refused_count == 2


def test_e2_what_is_not_there_is_not_there(client: httpx.Client, source: Connection) -> None:
    assert client.post("/hooks/nobody/", content=b"{}").status_code == 404
    assert client.post("/hooks/", content=b"{}").status_code == 404
    for host in (settings.WIDGET_HOST, "elsewhere.example"):
        assert client.post(f"/hooks/{source.slug}/", content=b"{}", headers={"Host": host}).status_code == 404


def test_a_webhook_is_a_post_whole_or_in_pieces(client: httpx.Client, source: Connection) -> None:
    assert client.get(f"/hooks/{source.slug}/").status_code == 405
    pieces = [b'{"name": ', b'"activities_1"}']
    assert client.post(f"/hooks/{source.slug}/", content=iter(pieces)).status_code == 202
    assert bytes(WebhookEvent.objects.get().body) == b"".join(pieces)
    giant = (b"x" * 65536 for _ in range(17))
    assert client.post(f"/hooks/{source.slug}/", content=giant).status_code == 413


def test_threat_5_a_giant_is_refused_by_what_it_announces(port: int, source: Connection) -> None:
    head = f"POST /hooks/{source.slug}/ HTTP/1.1\r\nHost: {settings.OFFICE_HOST}\r\nX-Webhook-Secret: {SECRET}\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(f"{head}Content-Length: {door.LARGEST + 1}\r\n\r\n".encode())
        assert line.recv(4096).split()[1] == b"413"


def test_e2_while_the_database_cannot_nothing_is_promised(client: httpx.Client, source: Connection) -> None:
    assert client.post(f"/hooks/{source.slug}/", content=b'{"n": 1}').status_code == 202
    with database.cursor() as cursor:
        cursor.execute("alter table integrations_webhookevent rename to away")
        try:
            answer = client.post(f"/hooks/{source.slug}/", content=b'{"n": 2}')
        finally:
            cursor.execute("alter table away rename to integrations_webhookevent")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert client.post(f"/hooks/{source.slug}/", content=b'{"n": 2}').status_code == 202
    assert WebhookEvent.objects.count() == 2
