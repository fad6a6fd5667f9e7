"""Does a stream tell what changes, and end with its session? Against a real server process on a real socket."""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import parse_headers
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection

from crm import embedded
from crm.embedded.valkey import valkey
from crm.models import Call, User
from crm.sessions import WIDGET_COOKIE, SessionStore
from tests.factories import ActivityFactory, DraftFactory, UserFactory
from tests.web import serving
from widget import stream

pytestmark = pytest.mark.django_db(transaction=True)
HOST = settings.WIDGET_HOST


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a web server on the database of the tests."""
    with serving(tmp_path_factory.mktemp("web"), settings.REDIS_URL) as port:
        yield port


def signed_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key or ""


class Listener:
    """One browser with an open stream; its events arrive in a queue, the end of the stream as None."""

    def __init__(self, port: int, call_id: str, key: str, source: str = "daktela", host: str = HOST) -> None:
        self.port = port
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        lines = [f"GET /stream/call/{source}/{call_id} HTTP/1.1", f"Host: {host}"]
        lines += [f"Cookie: {WIDGET_COOKIE}={key}"] if key else []
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        self.file = self.socket.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = parse_headers(self.file)
        self.events: queue.Queue[str | None] = queue.Queue()
        if self.status == 200:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        with suppress(OSError):
            for line in self.file:
                if line.startswith(b"event: "):
                    self.events.put(line.decode().strip().removeprefix("event: "))
                elif line == b"0\r\n":  # the last chunk
                    break
        self.events.put(None)

    @property
    def text(self) -> str:
        return self.file.read(int(self.headers["content-length"] or 0)).decode()

    def next(self, seconds: float = 2) -> str | None:
        return self.events.get(timeout=seconds)

    def is_silent(self, seconds: float = 0.3) -> bool:
        with suppress(queue.Empty):
            self.events.get(timeout=seconds)
            return False
        return True

    def settle(self) -> None:
        """The first subscription of a server nudges, within three seconds, whoever came before it."""
        quiet = 0.2 if self.port in _settled else 3.2
        _settled.add(self.port)
        while not self.is_silent(quiet):
            pass

    def close(self) -> None:
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()


_settled: set[int] = set()


@pytest.fixture
def listen(server: int) -> Iterator[Callable[..., Listener]]:
    opened: list[Listener] = []

    def listen(call_id: str, key: str, port: int = server, **more: str) -> Listener:
        opened.append(Listener(port, call_id, key, **more))
        return opened[-1]

    yield listen
    for listener in opened:
        listener.close()


@pytest.fixture
def petr() -> User:
    return UserFactory(name="Petr")


@pytest.fixture
def call(petr: User) -> str:
    """A call that is Petr's."""
    return ActivityFactory(user=petr).call.call_id


def test_a_nudge_arrives_at_every_stream_of_this_call_and_at_no_other(listen: Any, petr: User, call: str) -> None:
    other = ActivityFactory(user=petr).call.call_id
    key = signed_in(petr)
    first, second, apart = listen(call, key), listen(call, key), listen(other, key)
    assert first.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert first.headers["cache-control"] == "no-store"
    for listener in (first, second, apart):
        listener.settle()
    started = time.monotonic()
    stream.nudge("daktela", call)
    assert first.next() == second.next() == "baton"
    assert time.monotonic() - started < 0.5
    assert apart.is_silent()


def test_a_stream_of_a_call_somebody_else_is_in_begins_with_a_nudge(listen: Any, petr: User, call: str) -> None:
    ActivityFactory(user=UserFactory(), call=Call.objects.get(call_id=call))
    assert listen(call, signed_in(petr)).next() == "baton"


def signs_out(user: User, key: str) -> None:
    SessionStore(key).flush()


def is_switched_off(user: User, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update crm_user set is_active = false where id = %s", [user.pk])


def loses_his_session(user: User, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("delete from crm_session where session_key = %s", [key])


def comes_to_the_end_of_his_hours(user: User, key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("update crm_session set expire_date = now() where session_key = %s", [key])


def gets_another_password(user: User, key: str) -> None:
    user.set_password("another-correct-horse")
    user.save()


def is_deleted(user: User, key: str) -> None:
    user.delete()


WAYS_OUT = [
    signs_out,
    is_switched_off,
    loses_his_session,
    comes_to_the_end_of_his_hours,
    gets_another_password,
    is_deleted,
]


@pytest.mark.parametrize("way_out", WAYS_OUT)
def test_a_stream_ends_within_a_second_when_its_user(
    way_out: Callable[[User, str], None], listen: Any, petr: User, call: str
) -> None:
    colleague = UserFactory()
    ActivityFactory(user=colleague, call=Call.objects.get(call_id=call))
    key = signed_in(petr)
    his, again, other = listen(call, key), listen(call, key), listen(call, signed_in(colleague))
    for listener in (his, again, other):
        listener.settle()
    way_out(petr, key)
    started = time.monotonic()
    for listener in (his, again):
        assert listener.next(1) == "ended"
        assert listener.next(1) is None
    assert time.monotonic() - started < 1
    assert other.is_silent()


def test_without_a_session_the_answer_is_401_in_words(listen: Any, petr: User, call: str) -> None:
    for key in ("", "no-such-session", "x" * 5000):
        refused = listen(call, key)
        assert refused.status == 401
        assert refused.text == "Sign in to see what happens to this call.\n"
        assert refused.headers["content-type"] == "text/plain; charset=utf-8"


def test_somebody_elses_call_and_an_unknown_one_are_the_same_404(listen: Any, call: str) -> None:
    key = signed_in(UserFactory())
    for call_id in (call, "1WS.0", "%00", "x" * 65, "%C5%BE"):
        assert listen(call_id, key).status == 404


def test_who_has_begun_to_write_about_a_call_may_listen(listen: Any) -> None:
    draft = DraftFactory(call_id="1WS.77")
    assert listen("1WS.77", signed_in(draft.user)).status == 200


def test_a_stream_opened_before_the_call_is_known_waits_for_it(server: int, petr: User) -> None:
    """The page opens its stream while its own POST, which makes the activity, is still under way."""
    threading.Timer(0.5, lambda: (ActivityFactory(user=petr, call__call_id="1WS.later"), connection.close())).start()
    listener = Listener(server, "1WS.later", signed_in(petr))
    assert listener.status == 200
    listener.close()


def test_a_call_of_no_source_is_named_by_a_dash(listen: Any, petr: User) -> None:
    call = ActivityFactory(user=petr, source="", call__source="").call
    listener = listen(call.call_id, signed_in(petr), source="-")
    listener.settle()
    stream.nudge("", call.call_id)
    assert listener.next() == "baton"


def test_the_office_host_has_no_stream(server: int, petr: User, call: str) -> None:
    listener = Listener(server, call, signed_in(petr), host=settings.OFFICE_HOST)
    assert listener.status == 404


def test_one_session_has_twenty_streams_at_most_and_a_closed_one_makes_room(listen: Any, petr: User, call: str) -> None:
    key = signed_in(petr)
    streams = [listen(call, key) for _ in range(20)]
    assert {one.status for one in streams} == {200}
    assert listen(call, key).status == 429
    streams[0].close()
    for _ in range(20):
        time.sleep(0.1)
        if listen(call, key).status == 200:
            return
    raise AssertionError("The closed stream was not given back.")


DOORMEN, GUARD, PAGES = 2, 1, 3  # threads of the web process, each with a connection of its own once it asked


def test_no_connection_to_the_database_is_held_by_open_streams(listen: Any, petr: User, call: str) -> None:
    keys, before = [signed_in(petr) for _ in range(15)], connections()
    for key in keys:
        assert listen(call, key).status == 200
    assert connections() - before <= DOORMEN + GUARD + PAGES, "a connection a thread that asks, none a stream"


def connections() -> int:
    """To this database, those of other tests' servers with them."""
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_stat_activity where datname = current_database()")
        return int(cursor.fetchone()[0])


def test_a_broker_that_was_away_is_found_again(tmp_path: Path, petr: User, call: str) -> None:
    state = tmp_path / "valkey"
    with valkey(state) as broker:
        url = embedded.redis_url(state)
        with serving(tmp_path / "log", url) as port:
            listener = Listener(port, call, signed_in(petr))
            listener.settle()
            broker.kill()
            assert listener.is_silent(1)
            with valkey(state):
                assert listener.next(8) == "baton"  # what was missed meanwhile
                listener.close()


def test_a_nudge_without_a_broker_costs_nothing(settings: Any, tmp_path: Path) -> None:
    """A socket that accepts and never answers is the worst of brokers."""
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "deaf.sock"))
        deaf.listen(5)
        for address in (f"unix://{tmp_path}/nobody.sock", f"unix://{tmp_path}/deaf.sock"):
            settings.REDIS_URL = address
            stream._broker.cache_clear()
            stream._Rest.until = 0.0
            started = time.monotonic()
            for _ in range(50):
                stream.nudge("daktela", "1WS.1")
            assert time.monotonic() - started < 0.2
    stream._broker.cache_clear()
    stream._Rest.until = 0.0


def test_the_server_stops_at_once_although_streams_are_open(tmp_path: Path, petr: User, call: str) -> None:
    with serving(tmp_path / "log", settings.REDIS_URL) as port:
        listener = Listener(port, call, signed_in(petr))
        assert listener.status == 200
        started = time.monotonic()
    assert time.monotonic() - started < 5
    listener.close()
