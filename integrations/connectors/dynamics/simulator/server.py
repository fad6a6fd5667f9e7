"""What is the simulated Dynamics made of? Its world, what answers for it, and what one enters to connect to it."""

from __future__ import annotations

from typing import Any

from integrations.connectors.simulator import running
from integrations.connectors.simulator.clock import Clock, utc_now

from .api import Application
from .wire import Request
from .world import World


class Simulator(running.Simulator):
    """A simulated Dynamics 365 with its sign-in, on one address.

    ``accounts`` and ``contacts`` are made from their number alone, so a million costs nothing; ``clock`` returns the
    aware moment.
    """

    def __init__(
        self,
        accounts: int = 0,
        contacts: int = 0,
        *,
        clock: Clock = utc_now,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.world = World(clock)
        self.world.make(accounts, contacts)
        self.application = Application(self.world)
        self.faults = self.application.faults
        super().__init__(self.application.answer, Request, host, port)

    @property
    def settings(self) -> dict[str, Any]:
        """What an administrator would enter to connect to it, besides the address."""
        world = self.world
        return {
            "tenant": world.tenant,
            "client_id": world.client,
            "client_secret": world.secret,
            "authority": self.url,
        }

    def greeting(self) -> str:
        entered = (f"  {name:14} {value}" for name, value in self.settings.items())
        return "\n".join((f"Simulated Dynamics 365: {self.url}", *entered))
