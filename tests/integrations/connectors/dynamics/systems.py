"""What is a Dynamics 365 to the questions that every connector must answer? A simulated one with a few contacts."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from integrations.connectors.base import Access
from integrations.connectors.dynamics.connector import Dynamics
from integrations.connectors.dynamics.simulator import Simulator


class DynamicsSystem:
    entity = "contact"

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.world = simulator.world
        self.secret = simulator.world.secret
        self.number = 0

    def connect(self, **settings: Any) -> Dynamics:
        url = self.simulator.url
        entered = self.simulator.settings | settings
        return Dynamics(Access(url, ZoneInfo("Europe/Prague"), entered, [url], deadline_seconds=5))

    def stranger(self) -> Dynamics:
        return self.connect(client_secret="nobody~knows~this")

    def fail(self, kind: str, **how: Any) -> None:
        self.simulator.faults.add(kind, "/", **how)

    def heal(self) -> None:
        self.simulator.faults.clear()

    def add(self, how_many: int) -> None:
        for _ in range(how_many):
            self.number += 1
            self.world.create("contact", {"firstname": "Person", "lastname": str(self.number)})

    def edit(self, remote_id: str) -> None:
        self.number += 1
        self.world.change("contact", remote_id, {"jobtitle": f"Edited {self.number}"})

    def remove(self, remote_id: str) -> None:
        self.world.delete("contact", remote_id)

    def ids(self) -> set[str]:
        return set(self.world.tables["contact"].keys())

    def value(self, remote_id: str, field: str) -> Any:
        return self.world.row("contact", remote_id)[field]

    def requests(self) -> int:
        return self.world.requests.total()
