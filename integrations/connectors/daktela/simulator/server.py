"""How is the simulator started? In a thread of a test or a program, or in the foreground of a shell."""

import json
import socket
import struct
import threading
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from . import live
from .api import Application
from .assumptions import Assumptions
from .records import Records
from .world import Clock, Seed, World, utc_now

WIDGET_URL = "http://widget.localhost:8000/widget/{queue}/"
ABORT = struct.pack("ii", 1, 0)


class Handler(WSGIRequestHandler):
    """Says nothing, keeps the path as it was sent, and can reset its connection."""

    def get_environ(self) -> dict[str, Any]:
        return super().get_environ() | {"RAW_URI": self.path, "simulator.reset": self.reset}

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)

    def address_string(self) -> str:
        return str(self.client_address[0])

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(ThreadingMixIn, WSGIServer):
    """A thread per request; waiting long polls do not hold up the end."""

    daemon_threads = True
    request_queue_size = 128

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        super().server_bind()

    def shutdown_request(self, request: Any) -> None:
        # A polite FIN first would turn the reset that a fault asks for into an ordinary end.
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == ABORT:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


def read_seed(seed: Seed | str | Path | None) -> Seed | None:
    return json.loads(Path(seed).read_text(encoding="utf-8")) if isinstance(seed, (str, Path)) else seed


class Simulator:
    """A simulated Daktela V6 with its desk.

    ``widget_url`` is the template of the queues' widget, with ``{queue}`` in it; ``seed`` a dict or the path of a JSON
    file; ``clock`` returns the aware moment; ``poll_seconds`` is how long appPullData waits. As a context manager it
    serves from its own threads: ``url`` is where.
    """

    def __init__(
        self,
        widget_url: str = WIDGET_URL,
        *,
        seed: Seed | str | Path | None = None,
        clock: Clock = utc_now,
        assumptions: Assumptions | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        poll_seconds: float = live.POLL_SECONDS,
    ) -> None:
        self.world = World(read_seed(seed), clock, assumptions)
        self.application = Application(self.world, widget_url, poll_seconds)
        self.ledger = self.world.ledger
        self.faults = self.application.faults
        self.events = self.application.events
        self.scenarios = self.application.scenarios
        self.records = Records(self.world)
        self.desk = self.application.desk
        self.host, self.port = host, port
        self.server: Server | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def token(self, user: str) -> str:
        """The permanent token of a seeded user."""
        return str(self.world.credentials[user]["token"])

    def bind(self) -> Server:
        """Take the port (a free one for 0). Raises OSError when it is taken."""
        self.server = Server((self.host, self.port), Handler)
        self.server.set_app(self.application)
        self.port = self.server.server_port
        return self.server

    def start(self) -> "Simulator":
        server = self.bind()
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="daktela-simulator").start()
        return self

    def stop(self) -> None:
        if self.server:
            self.server.shutdown()
        self.release()

    def release(self) -> None:
        """After the serving has ended: let waiting requests go, and give the port back."""
        self.world.close()
        self.events.stop()
        if self.server:
            self.server.server_close()

    def __enter__(self) -> "Simulator":
        return self.start()

    def __exit__(self, *problem: object) -> None:
        self.stop()
