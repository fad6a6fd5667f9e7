"""Does the running product keep up with a hundred webhooks a second for a minute, also while Valkey is away?

Web server, worker, PostgreSQL, Valkey and a simulated Daktela, each a process of its own, as in production. Waits count
from the moment a webhook should have been sent, so a server that stalls is not let off.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import local

from bench.figures import Figure
from bench.say import say
from bench.servers import STATE
from bench.webhooks import scene
from crm import programs
from crm.embedded.sockets import socket_folder
from crm.embedded.valkey import valkey
from crm.models import Activity, Call
from crm.processes import Process
from integrations.models import Connection, Direction, Entity, Stream, WebhookEvent

EACH_SECOND = 100
SECONDS = int(os.environ.get("SECONDS", "60"))
SENDERS = 32
PATIENCE_SECONDS = 300
TOKEN = "de400000000000000000000000000001"


@dataclass
class Minute:
    """What came of it: every wait in seconds, every answer that was not a good one, and how long until all was done."""

    waits: list[float]
    refused: int
    behind: float
    lost: int
    doubled: int


def figures() -> Iterator[Figure]:
    with ExitStack() as stack:
        daktela = _daktela(stack)
        connection = stack.enter_context(scene.built(daktela, credentials={"token": TOKEN}))
        _by_webhooks_alone(connection)
        broker = Broker(stack)
        web = _product(stack, connection, broker)
        yield from _told("", _minute(web, "a"), delay=60.0)
        broker.stop()
        say("Valkey is stopped.")
        yield from _told(", Valkey stopped", _minute(web, "b", broker), delay=None)


class Broker:
    """A Valkey that can be stopped and started again at the same address."""

    def __init__(self, stack: ExitStack) -> None:
        self.state = STATE / "broker"
        self.url = f"unix://{socket_folder(self.state)}/valkey.sock"
        self.running = ExitStack()
        stack.callback(self.stop)
        self.start()

    def start(self) -> None:
        self.running.enter_context(valkey(self.state))

    def stop(self) -> None:
        self.running.close()


def _product(stack: ExitStack, connection: Connection, broker: Broker) -> int:
    """The port of the web server; the worker beside it has its timetable inside."""
    environment = {"REDIS_URL": broker.url, "ALLOWED_EGRESS": connection.origin}
    web = scene.product(stack, is_pinned=False, **environment)
    worker = programs.worker(STATE, {**scene.environment(), **environment})
    worker.answers = lambda: b" ready." in worker.log.read_bytes()
    stack.enter_context(worker).wait(60)
    return web.port


def _by_webhooks_alone(connection: Connection) -> None:
    """No sweep: nothing comes but what a webhook told."""
    for entity in (Entity.ACTIVITY, Entity.TICKET, Entity.USER):
        Stream.objects.create(connection=connection, entity=entity, direction=Direction.INWARD, is_enabled=False)


def _minute(port: int, run: str, broker: Broker | None = None) -> Minute:
    """Sends as many as fit; `broker` comes back when the last was sent."""
    names = [f"activities_{run}{number:05d}" for number in range(EACH_SECOND * SECONDS)]
    say(f"{len(names):,} webhooks, {EACH_SECOND} a second …")
    began_at, lines = time.perf_counter() + 0.5, local()

    def send(number: int) -> tuple[float, int]:
        due_at = began_at + number / EACH_SECOND
        time.sleep(max(0.0, due_at - time.perf_counter()))
        status = _post(lines, port, scene.body(names[number]))
        return time.perf_counter() - due_at, status

    with ThreadPoolExecutor(SENDERS) as pool:
        answers = list(pool.map(send, range(len(names))))
    last_at = time.perf_counter()
    if broker:
        broker.start()
    _wait_until_done()
    behind = time.perf_counter() - last_at
    here = list(Activity.objects.filter(activity_id__in=names, status="closed").values_list("activity_id", flat=True))
    calls = Call.objects.filter(call_id__startswith=f"bench.{run}").count()
    doubled = len(here) - len(set(here)) + max(0, calls - len(names))
    refused = sum(not 200 <= status < 300 for _, status in answers)
    return Minute([wait for wait, _ in answers], refused, behind, len(names) - len(set(here)), doubled)


def _post(lines: local, port: int, body: bytes) -> int:
    """The status, 0 without an answer."""
    headers = {"Host": f"localhost:{port}", "X-Webhook-Secret": scene.SECRET, "Content-Type": "application/json"}
    if not hasattr(lines, "line"):
        lines.line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        lines.line.request("POST", f"/hooks/{scene.SLUG}/", body, headers)
        answer = lines.line.getresponse()
        answer.read()
    except OSError:
        lines.line.close()
        return 0
    return int(answer.status)


def _wait_until_done() -> None:
    until = time.perf_counter() + PATIENCE_SECONDS
    while WebhookEvent.objects.exclude(due_at=None).exists() and time.perf_counter() < until:
        time.sleep(0.25)


def _told(when: str, minute: Minute, delay: float | None) -> Iterator[Figure]:
    of = f"{len(minute.waits):,} webhooks, {EACH_SECOND} a second"
    p99 = statistics.quantiles(minute.waits, n=100)[98] * 1000
    yield Figure("load", f"answers that are no 2xx{when}", minute.refused, 0, of)
    yield Figure("load", f"ack p99, ms{when}", p99, 250, of)
    yield Figure("load", f"all processed, seconds after the last{when}", minute.behind, delay, of)
    yield Figure("load", f"lost{when}", minute.lost, 0, of)
    yield Figure("load", f"doubled{when}", minute.doubled, 0, of)


def _daktela(stack: ExitStack) -> str:
    """A simulated Daktela that has all these calls, closed; its address."""
    seed = STATE / "daktela.json"
    seed.write_text(json.dumps(_seed()), encoding="utf-8")
    port = programs.free_port(8780)
    url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "integrations.connectors.daktela.simulator",
        "--port",
        str(port),
        "--seed",
        str(seed),
    ]
    process = Process(
        "Daktela", command, log=STATE / "log" / "daktela.log", options=programs.HERE,
        answers=lambda: programs.answers(f"{url}/api/v6/whoim.json"),
    )  # fmt: skip
    stack.enter_context(process).wait(60)
    return url


def _seed() -> dict[str, object]:
    built_in = Path(programs.HERE["cwd"], "integrations/connectors/daktela/simulator/seed.json")
    names = [f"{run}{number:05d}" for run in "ab" for number in range(EACH_SECOND * SECONDS)]
    calls = [
        {"id_call": f"bench.{name}", "call_time": "2026-11-20 10:00:00", "direction": "in", "answered": True,
         "id_queue": 2000, "clid": f"+4207{number:08d}", "duration": 127, "disposition_cause": "agent"}
        for number, name in enumerate(names)
    ]  # fmt: skip
    activities = [
        {"name": f"activities_{name}", "type": "CALL", "action": "CLOSE", "queue": 2000, "user": "petr",
         "item": f"bench.{name}", "title": "x", "time": "2026-11-20 10:00:00", "time_open": "2026-11-20 10:00:05",
         "time_close": "2026-11-20 10:02:12", "duration": 127}
        for name in names
    ]  # fmt: skip
    return {**json.loads(built_in.read_text(encoding="utf-8")), "activitiesCall": calls, "activities": activities}
