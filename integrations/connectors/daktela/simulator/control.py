"""How is a simulator that runs as a program of its own directed and judged? JSON calls under /desk, on this machine.

GET   /desk/ledger[?since=n]   what was really written, and how often we were asked
GET   /desk/conditions         latency_ms, requests_per_second, rest_seconds, clock_offset_seconds or moment, as_date
POST  /desk/conditions         {name: value, ...}
GET   /desk/events             the Open URL actions, what they sent, and what still waits
POST  /desk/add, edit, remove  {resource, name, values}: contacts, accounts and tickets, as the office writes them
POST  /desk/people             {count}: so many contacts at once, without events
POST  /desk/message            {kind, agent, from, subject, text, queue}: FBM, IGDM, WAP, VBR, CUSTOM and the others
POST  /desk/events/clear       no more actions; /desk/events/drain waits until all has been sent
POST  /desk/ledger/clear
"""

from collections.abc import Callable
from typing import Any

from .conditions import Conditions
from .events import OpenUrl
from .records import Records
from .scenarios import Scenarios
from .world import Record

Act = Callable[[Record], Any]


class Control:
    """What can be asked and told besides what an agent does."""

    def __init__(self, records: Records, scenarios: Scenarios, conditions: Conditions, events: OpenUrl) -> None:
        self.world = records.world
        self.records = records
        self.scenarios = scenarios
        self.conditions = conditions
        self.events = events

    def shown(self) -> dict[str, Act]:
        """What GET answers, by path below /desk/; called with the query."""
        return {
            "ledger": lambda query: self.world.ledger.shown(int(query.get("since") or 0)),
            "conditions": lambda query: self.conditions.shown(),
            "events": lambda query: self.events.shown(),
        }

    def actions(self) -> dict[str, Act]:
        """What POST does, by path below /desk/; called with the body."""
        return {
            "conditions": self.change,
            "add": lambda sent: {"name": self.records.add(sent["resource"], **named(sent))},
            "edit": lambda sent: self.records.edit(sent["resource"], sent["name"], **sent.get("values", {})),
            "remove": lambda sent: self.records.remove(sent["resource"], sent["name"]),
            "people": lambda sent: self.records.people(int(sent["count"])),
            "events/clear": lambda sent: self.events.forget(),
            "events/drain": lambda sent: self.events.drain(),
            "ledger/clear": lambda sent: self.world.ledger.clear(),
        }

    def change(self, sent: Record) -> Record:
        self.conditions.change(**sent)
        return self.conditions.shown()


def named(sent: Record) -> Record:
    return {**sent.get("values", {}), **({"name": sent["name"]} if sent.get("name") else {})}
