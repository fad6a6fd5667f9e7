"""Does every request come in whole, or not at all? Against a real server, with what no browser would send."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection

from crm.models import User
from crm.sessions import WIDGET_COOKIE, SessionStore
from tests.factories import QueueFactory, UserFactory
from tests.web import serving
from tests.widget.test_stream import signed_in
from widget.models import Draft

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def port(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(tmp_path_factory.mktemp("web"), settings.REDIS_URL) as port:
        yield port


def ask(port: int, request: bytes, *, hangs_up: bool = False) -> bytes:
    """What the server answers to these very bytes; nothing when one side hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        if hangs_up:
            connection.shutdown(socket.SHUT_WR)
        return connection.recv(65536)


def get(port: int, path: bytes, *headers: str, host: str = settings.WIDGET_HOST) -> int:
    lines = [b"GET " + path + b" HTTP/1.1", f"Host: {host}".encode(), *(line.encode() for line in headers)]
    answer = ask(port, b"\r\n".join([*lines, b"Connection: close", b"", b""]))
    return int(answer.split()[1])


@pytest.mark.parametrize(
    "query",
    [
        b"clid=\xc5\xbe",
        b"clid=\xff\xfe",
        b"clid=%ff%00%",
        b"clid[]=1&clid[]=2",
        b"&&&===",
        b"a" * 6000,
        b"clid='\"<>|{}",
    ],
)
def test_no_query_is_an_error_of_the_server(port: int, query: bytes) -> None:
    QueueFactory(slug="2000")
    assert get(port, b"/widget/2000/?" + query) in (200, 400)


@pytest.mark.parametrize(
    "path", [b"/%ff", b"/%00", b"/\xc5\xbe", b"/..%2f..%2fetc/passwd", b"//evil.example/", b"/stream/%ff"]
)
def test_no_path_is_an_error_of_the_server(port: int, path: bytes) -> None:
    assert get(port, path) in (301, 400, 404)


def test_a_header_with_an_underscore_is_not_taken_for_a_proxys(port: int) -> None:
    assert get(port, b"/doctor/", "X_Forwarded_Host: evil.example", "X-Request_Id: 1") == 200


@pytest.mark.parametrize(
    "path", [b"/widget/2000/?clid=773796040&direction=in&callid=1WS.1&activity=activities_1", b"/readyz"]
)
def test_nobody_notices_that_the_database_was_started_anew(port: int, path: bytes) -> None:
    QueueFactory(slug="2000")
    assert get(port, path) == 200
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
        )
        assert cursor.fetchall()
    assert get(port, path) == 200


def test_a_note_that_was_cut_off_on_the_way_is_not_kept(port: int) -> None:
    user: User = UserFactory()
    QueueFactory(slug="2000", source="daktela")
    key = signed_in(user)
    session = SessionStore(key)
    session["_csrftoken"] = "x" * 32
    session.save()
    body = b"clid=773796040&direction=in&callid=1WS.1&activity=activities_1&revision=1&note=The+whole+long+note"

    def post(sent: bytes, **how: bool) -> bytes:
        lines = [
            "POST /widget/2000/draft/ HTTP/1.1",
            f"Host: {settings.WIDGET_HOST}",
            f"Origin: {settings.WIDGET_ORIGIN}",
            f"Cookie: {WIDGET_COOKIE}={key}",
            f"X-CSRFToken: {'x' * 32}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
        return ask(port, "\r\n".join([*lines, "", ""]).encode() + sent, **how)

    post(body[:-10], hangs_up=True)
    time.sleep(0.5)
    assert not Draft.objects.filter(note__startswith="The").exists()
    whole = post(body)
    assert whole.split()[1] in (b"200", b"204"), whole
    assert Draft.objects.get().note == "The whole long note"


def test_a_body_that_does_not_fit_into_memory_comes_in_whole(port: int) -> None:
    """More than a megabyte: it waits in a file. A form of that size is read to its end, and then refused."""
    body = b"username=nobody&password=" + b"x" * 1_500_000
    lines = [
        "POST /sign-in/ HTTP/1.1",
        f"Host: {settings.WIDGET_HOST}",
        f"Origin: {settings.WIDGET_ORIGIN}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    ]
    answer = ask(port, "\r\n".join([*lines, "", ""]).encode() + body)
    assert answer.split()[1] == b"422", answer[:300]
