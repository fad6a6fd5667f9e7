"""What is the simulated Daktela made of? Its world, what answers for it, and what a test reaches of both."""

import json
from pathlib import Path

from integrations.connectors.simulator import running
from integrations.connectors.simulator.clock import Clock, utc_now

from . import live
from .api import Application
from .assumptions import Assumptions
from .wire import Request
from .world import Seed, World

WIDGET_URL = "http://widget.localhost:8000/widget/{queue}/"


def read_seed(seed: Seed | str | Path | None) -> Seed | None:
    return json.loads(Path(seed).read_text(encoding="utf-8")) if isinstance(seed, (str, Path)) else seed


class Simulator(running.Simulator):
    """A simulated Daktela V6 with its desk.

    ``widget_url`` is the template of the queues' widget, with ``{queue}`` in it; ``seed`` a dict or the path of a JSON
    file; ``clock`` returns the aware moment; ``poll_seconds`` is how long appPullData waits.
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
        super().__init__(self.application.answer, Request, host, port)

    def token(self, user: str) -> str:
        """The permanent token of a seeded user."""
        return str(self.world.credentials[user]["token"])

    def greeting(self) -> str:
        return f"Simulated Daktela: desk and API on {self.url}"

    def release(self) -> None:
        """Let waiting requests go, too."""
        self.world.close()
        self.events.stop()
        super().release()
