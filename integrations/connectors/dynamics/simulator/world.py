"""What is there to be read and changed? The tables, their versions, who may come in, and what was really written."""

from __future__ import annotations

import threading
import uuid
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integrations.connectors.simulator.clock import Clock, utc_now

from .errors import no_row
from .people import guid
from .schema import DEFINITIONS
from .table import Row, Table

USER = "5ca1ab1e-0000-4000-8000-000000000001"
TENANT = "5ca1ab1e-0000-4000-8000-0000000000aa"
CLIENT = "5ca1ab1e-0000-4000-8000-0000000000bb"
SECRET = "simulated~client~secret"  # noqa: S105 - it opens nothing else
MARKS = ("createdon", "modifiedon", "versionnumber", "@odata.etag")


@dataclass
class World:
    """One organisation. `keeps_changes` is its setting ExpireChangeTrackingInDays."""

    clock: Clock = utc_now
    tenant: str = TENANT
    client: str = CLIENT
    secret: str = SECRET
    has_application_user: bool = True
    may_read: set[str] = field(default_factory=lambda: set(DEFINITIONS))
    keeps_changes: timedelta = timedelta(days=7)
    token_life: timedelta = timedelta(seconds=3599)
    latency_seconds: float = 0.0
    requests_per_window: int = 6000
    protects: bool = False
    version: int = 1000
    forgotten: int = 0  # delta links from before this version are no longer valid
    tokens: dict[str, datetime] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    ledger: list[tuple[str, str, str, int]] = field(default_factory=list)  # verb, table, key, version
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.tables = {name: Table(definition) for name, definition in DEFINITIONS.items()}

    def now(self) -> str:
        return self.clock().strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def accounts(self) -> int:
        """How many accounts were made; a made contact belongs to one of them."""
        return self.tables["account"].count

    def make(self, accounts: int = 0, contacts: int = 0) -> None:
        """More rows, made from their number alone: accounts first, so that the contacts find theirs."""
        with self.lock:
            for name, count in (("account", accounts), ("contact", contacts)):
                if count:
                    self.tables[name].make(count, self.version + 1)
                    self.version += count

    def key(self, entity: str, number: int) -> str:
        """The primary key of a made row."""
        return guid(entity, number)

    def row(self, entity: str, key: str) -> Row:
        """Raises ApiError(404)."""
        found = self.tables[entity].row(key, self.accounts)
        if found is None:
            raise no_row(entity, key)
        return found

    def create(self, entity: str, values: Mapping[str, Any], key: str = "") -> str:
        """A new row; its key."""
        key = key or str(uuid.uuid4())
        table = self.tables[entity]
        blank: Row = dict.fromkeys(table.definition.names())
        blank |= {"statecode": 0, "statuscode": 1, "merged": False, "createdon": self.now(), "_ownerid_value": USER}
        self.put("create", entity, key, blank | dict(values) | {table.definition.key: key})
        return key

    def change(self, entity: str, key: str, values: Mapping[str, Any]) -> None:
        """Raises ApiError(404)."""
        self.put("update", entity, key, self.row(entity, key) | dict(values))

    def put(self, verb: str, entity: str, key: str, row: Row) -> None:
        with self.lock:
            self.version += 1
            if entity == "contact":
                row |= self.computed(row)
            self.tables[entity].put(key, row | {"modifiedon": self.now()}, self.version)
            self.ledger.append((verb, entity, key, self.version))

    def computed(self, row: Row) -> Row:
        """What Dynamics works out of a contact by itself."""
        company = row.get("_parentcustomerid_value")
        is_person = bool(company and self.tables["contact"].row(company, self.accounts))
        return {
            "fullname": " ".join(filter(None, (row.get("firstname"), row.get("lastname")))),
            "_accountid_value": None if is_person else company,
            "_parentcontactid_value": company if is_person else None,
        }

    def change_many(self, entity: str, count: int, values: Mapping[str, Any]) -> None:
        """The first made rows that are there; "{number}" in a text is the row's."""
        for number in range(count):
            filled = {name: v.format(number=number) if isinstance(v, str) else v for name, v in values.items()}
            self.change(entity, guid(entity, number), filled)

    def delete(self, entity: str, key: str) -> None:
        """Raises ApiError(404)."""
        with self.lock:
            self.row(entity, key)
            self.version += 1
            self.tables[entity].remove(key, self.version)
            self.ledger.append(("delete", entity, key, self.version))

    def merge(self, entity: str, survivor: str, loser: str, values: Mapping[str, Any] | None = None) -> None:
        """As the Merge action: what refers to the loser moves, the loser stays, inactive. Raises ApiError(404)."""
        with self.lock:
            self.row(entity, loser)
            self.change(entity, survivor, values or {})
            if entity == "account":
                self.move_contacts(loser, survivor)
            lost = {"statecode": 1, "statuscode": 2, "merged": True, "_masterid_value": survivor}
            self.change(entity, loser, lost)

    def move_contacts(self, loser: str, survivor: str) -> None:
        contacts = self.tables["contact"]
        rows = ((key, contacts.row(key, self.accounts)) for key in list(contacts.keys()))
        for key in [key for key, row in rows if row and row["_parentcustomerid_value"] == loser]:
            self.change("contact", key, {"_parentcustomerid_value": survivor})

    def forget_changes(self) -> None:
        """Delta links given out so far are no longer valid."""
        self.forgotten = self.version + 1
        self.version += 1
