"""What do people in Daktela's office do? They add, edit and delete contacts, accounts and tickets."""

from typing import Any

from . import writing
from .schema import RESOURCES
from .world import Record, World

EVENTS = {"contacts": "contact", "accounts": "account", "tickets": "ticket"}


class Records:
    """Writes as the integration account would, but noted as done at the desk."""

    def __init__(self, world: World) -> None:
        self.world = world

    def add(self, resource: str, **values: Any) -> str:
        """A new record; what it must have and is not said is filled in. Returns its name. Raises ApiError(400)."""
        with self.world.lock:
            values = self.needed(resource, values) | values
            record = writing.created(self.world, RESOURCES[resource], values, self.world.zone)
            self.happened("create", resource, record)
            return str(record["name"])

    def edit(self, resource: str, name: str, **values: Any) -> None:
        """Raises KeyError for what is not there and ApiError(400)."""
        with self.world.lock:
            record = self.found(resource, name)
            writing.updated(self.world, RESOURCES[resource], record, values, self.world.zone)
            if resource == "tickets":
                close_or_reopen(self.world, record)
            self.happened("update", resource, record)

    def remove(self, resource: str, name: str) -> None:
        with self.world.lock:
            record = self.found(resource, name)
            self.world.remove(RESOURCES[resource], record)
            self.happened("delete", resource, record)

    def found(self, resource: str, name: str) -> Record:
        record = self.world.find(resource, name)
        if not record:
            raise KeyError(name)
        return record

    def happened(self, verb: str, resource: str, record: Record) -> None:
        self.world.note(verb, RESOURCES[resource], record, by="desk")
        if resource in EVENTS:
            self.world.announce(f"{EVENTS[resource]}_{verb}", record, resource)

    def needed(self, resource: str, values: Record) -> Record:
        """What a new record must have."""
        title = values.get("title") or "Somebody"
        database = next(iter(self.world.tables["crmDatabases"]), None)
        if resource == "tickets":
            return {"title": "A question", "stage": "OPEN", "priority": "MEDIUM", "category": self.category()}
        if resource == "contacts":
            return {"title": title, "lastname": title, "database": database}
        return {"title": title, "database": database}

    def category(self) -> str:
        """The first category of tickets; one is made where the seed has none."""
        tables = self.world.tables
        if not tables["ticketsCategories"]:
            sla = self.world.insert(RESOURCES["ticketsSla"], {"name": "sla_standard", "title": "Standard"})
            values = {"name": "categories_general", "title": "General", "sla": sla["name"], "status_required": "never"}
            self.world.insert(RESOURCES["ticketsCategories"], values)
        return next(iter(tables["ticketsCategories"]))

    def stir(self, resource: str, change: str) -> None:
        """Rows move under somebody who pages: one more, one edited, one gone, or all three."""
        with self.world.lock:
            rows = self.world.rows(resource)
            if resource not in EVENTS or len(rows) < 3:
                return
            oldest = min(rows, key=lambda row: (str(row["edited"]), str(row["name"])))
            if change in ("insert", "all"):
                self.add(resource, title=f"Inserted {self.world.next_number()}")
            if change in ("edit", "all"):
                self.edit(resource, oldest["name"], description=f"Edited {self.world.next_number()}")
            if change in ("remove", "all"):
                self.remove(resource, rows[len(rows) // 2]["name"])

    def people(self, how_many: int, prefix: str = "contact_many") -> None:
        """So many contacts at once, without events: a company that has been there for years."""
        database = next(iter(self.world.tables["crmDatabases"]), None)
        with self.world.lock:
            for number in range(how_many):
                custom = {"number": [f"00420{600_000_000 + number}"], "email": [f"person{number}@many.example"]}
                values: Record = {"title": f"Person {number:06}", "firstname": "Person", "lastname": f"{number:06}"}
                values |= {"name": f"{prefix}_{number:06}", "database": database, "customFields": custom}
                self.world.insert(RESOURCES["contacts"], values)


def close_or_reopen(world: World, ticket: Record) -> None:
    """A ticket that closes gets the moment of it, one that is opened again loses it."""
    is_closed = ticket["stage"] in ("CLOSE", "ARCHIVE")
    if is_closed != bool(ticket["closed"]):
        ticket["closed"] = world.now() if is_closed else None
