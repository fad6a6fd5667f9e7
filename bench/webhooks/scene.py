"""What is measured on? An empty Callroom with one source that has a secret, its servers, and Daktela's bodies."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

from django.core.management import call_command
from django.db import connection as database

from bench import databases, servers
from bench.say import say
from bench.servers import STATE, Web, on_core
from crm import programs
from crm.processes import Process
from integrations.models import Connection

NAME = "bench_webhooks"
SLUG, SECRET = "bench", "of-the-bench-and-nobody-else"
LIMITS = {"HOOKS_PER_SECOND": "1000000"}
THREADS = 8


@contextmanager
def built(origin: str = "http://127.0.0.1:1", **fields: Any) -> Iterator[Connection]:
    """A database that is made anew."""
    say("Building an empty Callroom for the webhooks …")
    databases.use("postgres")
    databases.run(f"drop database if exists {NAME}", f"create database {NAME}")
    databases.use(NAME)
    call_command("migrate", verbosity=0)
    keys = [hashlib.sha256(SECRET.encode()).hexdigest()]
    yield Connection.objects.create(slug=SLUG, title="Bench", origin=origin, webhook_keys=keys, **fields)
    database.close()


def environment() -> dict[str, str]:
    return {"DATABASE_URL": servers.database_url(NAME), **LIMITS}


def wsgi(stack: ExitStack, name: str, settings: str) -> Web:
    """One worker with as many threads as the product has, on the servers' core."""
    port = programs.free_port(8720)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
               "--workers", "1", "--blocking-threads", str(THREADS), "bench.webhooks.wsgi:application"]  # fmt: skip
    more = {"DJANGO_SETTINGS_MODULE": settings, "KEEP_CONNECTIONS": "1", "OFFICE_ORIGIN": f"http://localhost:{port}"}
    process = Process(
        f"The {name} receiver", command, log=STATE / "log" / f"{name}.log", options=programs.HERE,
        environment={**environment(), **more}, answers=lambda: not programs.is_free(port),
    )  # fmt: skip
    with on_core(servers.SERVER_CORE):
        stack.enter_context(process)
    process.wait(seconds=60)
    return Web(process, port)


def product(stack: ExitStack, *, is_pinned: bool = True, **more: str) -> Web:
    """Callroom's web server; on the servers' core, where it is compared with others."""
    port = programs.free_port(8740)
    origins = {"OFFICE_ORIGIN": f"http://localhost:{port}", "WIDGET_ORIGIN": f"http://widget.localhost:{port}"}
    with on_core(servers.SERVER_CORE) if is_pinned else nullcontext():
        process = stack.enter_context(programs.web(STATE, port, {**environment(), **origins, **more}))
    process.wait(seconds=60)
    return Web(process, port)


MARK = "9" * 10
_numbers = itertools.count(1)


def body(name: str) -> bytes:
    """Seven hundred bytes, as the templates in use send them."""
    return json.dumps({
        "event": "call_close", "activity_id": name, "activity_type": "CALL", "activity_action": "CLOSE",
        "caller_number": "+420777123456", "duration": 127, "started_at": "2026-11-20 10:00:00",
        "ended_at": "2026-11-20 10:02:07", "queue": 2000, "user": "agent1", "note": "x" * 420,
    }).encode()  # fmt: skip


def request(port: int, sent: bytes) -> bytes:
    head = (
        f"POST /hooks/{SLUG}/ HTTP/1.1\r\nHost: localhost:{port}\r\nX-Webhook-Secret: {SECRET}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
    )
    return head.encode() + sent


def new_ones(port: int) -> Iterator[bytes]:
    """Each another event; the number stands at the same place of the same length, so making one costs little."""
    first, last = request(port, body(f"activities_{MARK}")).split(MARK.encode())
    for number in _numbers:
        yield b"%b%010d%b" % (first, number, last)


def quiet() -> None:
    """Nothing of a round before."""
    databases.run("truncate integrations_webhookevent restart identity")
    os.sync()
