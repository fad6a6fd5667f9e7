"""What do the tests of Dynamics share? A small simulated one on a clock that is wound by hand, and who asks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx
import pytest

from integrations.connectors.dynamics.connector import Dynamics
from integrations.connectors.dynamics.simulator import Simulator
from tests.clock import HandClock
from tests.integrations.connectors.dynamics.systems import DynamicsSystem

Ask = Callable[..., httpx.Response]


@pytest.fixture
def clock() -> HandClock:
    clock = HandClock()
    clock.moment = datetime.now(UTC)
    return clock


@pytest.fixture
def simulator(clock: HandClock) -> Iterator[Simulator]:
    with Simulator(accounts=4, contacts=20, clock=clock) as running:
        yield running


@pytest.fixture
def system(simulator: Simulator) -> DynamicsSystem:
    return DynamicsSystem(simulator)


@pytest.fixture
def dynamics(system: DynamicsSystem) -> Iterator[Dynamics]:
    with system.connect(page_size=6) as connector:
        yield connector


@pytest.fixture
def ask(simulator: Simulator) -> Iterator[Ask]:
    """Plain HTTP as the application user: ``ask("GET", "contacts", params={...})``."""
    world = simulator.world
    client = httpx.Client(base_url=simulator.url, timeout=20)
    form = {
        "grant_type": "client_credentials",
        "client_id": world.client,
        "client_secret": world.secret,
        "scope": f"{simulator.url}/.default",
    }

    def call(method: str, path: str, *, prefer: str = "", **settings: Any) -> httpx.Response:
        if "Authorization" not in client.headers:
            answer = client.post(f"/{world.tenant}/oauth2/v2.0/token", data=form).json()
            client.headers["Authorization"] = f"Bearer {answer['access_token']}"
        headers = {"Prefer": prefer} if prefer else {}
        url = path if "://" in path else f"/api/data/v9.2/{path}"
        return client.request(method, url, headers=headers | settings.pop("headers", {}), **settings)

    yield call
    client.close()


@dataclass
class Other:
    """A server that is no Dynamics: it answers each path with a text and keeps what it was asked."""

    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    def handler(self) -> type[BaseHTTPRequestHandler]:
        other = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                other.asked.append((self.path, dict(self.headers.items()), body))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(other.answers.get(self.path, b"{}"))

            do_POST = do_GET

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@pytest.fixture
def other() -> Iterator[Other]:
    other = Other()
    with ThreadingHTTPServer(("127.0.0.1", 0), other.handler()) as server:
        other.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield other
        server.shutdown()
