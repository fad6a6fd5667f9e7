"""What is a Daktela to the questions that every connector must answer? A simulated one with some contacts in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.connectors.base import Access, Item
from integrations.connectors.daktela.connector import Daktela
from integrations.connectors.daktela.simulator import Simulator

PRAGUE = ZoneInfo("Europe/Prague")


class DaktelaSystem:
    entity = "contact"

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.secret = simulator.token("admin")
        self.number = 0

    def connect(self, **settings: Any) -> Daktela:
        return self.opened(self.secret, **settings)

    def stranger(self) -> Daktela:
        return self.opened("nobody-knows-this-token")

    def opened(self, token: str, **settings: Any) -> Daktela:
        url = self.simulator.url
        return Daktela(Access(url, PRAGUE, {"token": token, **settings}, [url], deadline_seconds=5))

    def fail(self, kind: str, **how: Any) -> None:
        self.simulator.faults.add(kind, **how)

    def heal(self) -> None:
        self.simulator.faults.clear()

    def add(self, how_many: int) -> None:
        for _ in range(how_many):
            self.number += 1
            self.simulator.records.add("contacts", name=f"contact_x{self.number}", title=f"Person {self.number}")
            self.pass_time()

    def edit(self, remote_id: str) -> None:
        self.number += 1
        self.pass_time()
        self.simulator.records.edit("contacts", remote_id, description=f"Edited {self.number}")

    def remove(self, remote_id: str) -> None:
        self.simulator.records.remove("contacts", remote_id)

    def ids(self) -> set[str]:
        return {row["name"] for row in self.simulator.world.rows("contacts")}

    def value(self, remote_id: str, field: str) -> Any:
        record = self.simulator.world.find("contacts", remote_id)
        assert record
        value = record["customFields"][field.removeprefix("customFields.")] if "." in field else record[field]
        return value or None

    def requests(self) -> int:
        return self.simulator.ledger.total()

    def pass_time(self) -> None:
        self.simulator.world.offset += timedelta(seconds=1)


def item(number: int, *, remote_id: str | None = None, **values: Any) -> Item:
    """One of our contacts."""
    return Item(f"key-{number}", {"title": f"Person {number}", "lastname": str(number)} | values, remote_id)
