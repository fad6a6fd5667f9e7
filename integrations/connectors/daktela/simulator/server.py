"""How is the simulator started? In a thread of a test or a program, or in the foreground of a shell."""

import json
import threading
from pathlib import Path

from . import live
from .api import Application
from .assumptions import Assumptions
from .serving import Server
from .world import Clock, Seed, World, utc_now

WIDGET_URL = "http://widget.localhost:8000/widget/{queue}/"


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
        self.records = self.application.records
        self.conditions = self.application.conditions
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
        self.server = Server((self.host, self.port), self.application)
        self.port = self.server.port
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
