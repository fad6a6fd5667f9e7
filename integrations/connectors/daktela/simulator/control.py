"""How is a simulator that runs as a program of its own directed and judged? JSON calls under /desk, on this machine.

GET   /desk/ledger[?since=n]   what was really written, and how often we were asked
GET   /desk/conditions         latency_ms, requests_per_second, rest_seconds, clock_offset_seconds or moment, as_date
POST  /desk/conditions         {name: value, ...}
GET   /desk/users              who has an API token, and which
GET   /desk/records            contacts, accounts or tickets, the last edited first: resource, q
GET   /desk/events             the Open URL actions, what they sent, and what still waits
POST  /desk/add, edit, remove  {resource, name, values}: contacts, accounts and tickets, as the office writes them
POST  /desk/ticket             {title, email, user, ...}: a new ticket, of the contact with this e-mail
POST  /desk/people             {count}: so many contacts at once, without events
POST  /desk/message            {kind, agent, from, subject, text, queue}: FBM, IGDM, WAP, VBR, CUSTOM and the others
POST  /desk/events/clear       no more actions; /desk/events/drain waits until all has been sent
POST  /desk/ledger/clear
"""

from collections.abc import Callable
from heapq import nlargest
from typing import Any

from .conditions import Conditions
from .events import OpenUrl
from .listing import search_test
from .records import EVENTS, Records
from .scenarios import Scenarios
from .schema import RESOURCES
from .world import Record

SHOWN = 25
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
            "users": lambda query: {"users": self.users()},
            "records": lambda query: self.found(str(query.get("resource") or "contacts"), str(query.get("q") or "")),
        }

    def actions(self) -> dict[str, Act]:
        """What POST does, by path below /desk/; called with the body."""
        return {
            "conditions": self.change,
            "add": lambda sent: {"name": self.records.add(sent["resource"], **named(sent))},
            "edit": lambda sent: self.records.edit(sent["resource"], sent["name"], **sent.get("values", {})),
            "remove": lambda sent: self.records.remove(sent["resource"], sent["name"]),
            "ticket": self.ticket,
            "people": lambda sent: self.records.people(int(sent["count"])),
            "events/remove": lambda sent: self.events.remove(int(sent["place"])),
            "events/clear": lambda sent: self.events.forget(),
            "events/drain": lambda sent: self.events.drain(),
            "ledger/clear": lambda sent: self.world.ledger.clear(),
        }

    def ticket(self, sent: Record) -> Record:
        """Somebody writes, and it becomes a ticket of the contact whose address it is."""
        email = str(sent.get("email") or "")
        values = {"contact": self.scenarios.whose("email", email, str.casefold)} if email else {}
        return {"name": self.records.add("tickets", **values, **sent)}

    def users(self) -> list[Record]:
        known = [(name, one) for name, one in self.world.credentials.items() if one["token"]]
        titles = {row["name"]: row["title"] for row in self.world.rows("users")}
        users = [
            {"name": name, "title": titles.get(name, name), "rights": one["rights"] or "agent", "token": one["token"]}
            for name, one in known
        ]
        return sorted(users, key=lambda user: (user["rights"] != "admin", user["title"]))

    def found(self, resource: str, words: str) -> Record:
        if resource not in EVENTS:
            raise ValueError(f"There are no {resource} to show")
        rows = self.world.rows(resource)
        if words:
            is_meant = search_test(RESOURCES[resource], words)
            rows = [row for row in rows if is_meant(row)]
        last = nlargest(SHOWN, rows, key=lambda row: str(row["edited"]))
        plain = [{name: value for name, value in row.items() if not name.startswith("_")} for row in last]
        return {"records": plain, "total": len(rows)}

    def change(self, sent: Record) -> Record:
        self.conditions.change(**sent)
        return self.conditions.shown()


def named(sent: Record) -> Record:
    return {**sent.get("values", {}), **({"name": sent["name"]} if sent.get("name") else {})}
