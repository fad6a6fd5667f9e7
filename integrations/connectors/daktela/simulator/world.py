"""What exists in the simulated Daktela right now? Everything in memory, behind one lock, on one clock."""

import json
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from integrations.connectors.simulator.clock import Clock, utc_now

from . import zones
from .assumptions import Assumptions
from .ledger import Ledger
from .schema import RESOURCES, Resource

Record = dict[str, Any]
Seed = dict[str, Any]

BUILT_IN = Path(__file__).with_name("seed.json")
SECRETS = ("password", "token", "queues", "rights")


def texts(value: Any) -> list[str]:
    """A custom field's value as the list of texts it is kept as; an empty one is an empty list."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return [str(one) for one in values if one not in (None, "")]


class World:
    """Tables of records by resource, who is signed in, and what happened lately.

    A record is a flat dict: related objects are kept by name, times as Daktela writes them. ``clock`` returns an aware
    datetime. Hold ``lock`` for anything that reads or writes more than one thing.
    """

    def __init__(
        self, seed: Seed | None = None, clock: Clock = utc_now, assumptions: Assumptions | None = None
    ) -> None:
        self.clock_beneath = clock
        self.offset = timedelta()
        self.assumptions = assumptions or Assumptions()
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.sequence = 0
        self.is_closing = False
        # Call ids and numbered names start from the clock, so that a restarted simulator never repeats one.
        self.counter = int(clock().timestamp())
        self.ledger = Ledger()
        self.listeners: list[Callable[[str, Record, str], None]] = []
        self.load(seed or json.loads(BUILT_IN.read_text(encoding="utf-8")))

    def load(self, seed: Seed) -> None:
        """Forget everything and start from this seed.

        Its keys are resources, each a list of flat records (related objects by name, times in the zone of the seed):
        also activities and calls of the past. Users bring password, token, rights (admin, agent or read) and queues as
        well. Besides: ``timezone``, ``customFields`` (definitions by resource and key) and ``callers``, the desk's
        numbers (label, number, email).
        """
        self.seed = seed
        self.zone = ZoneInfo(seed.get("timezone", "Europe/Prague"))
        self.tables: dict[str, dict[str, Record]] = {name: {} for name in RESOURCES}
        self.versions: dict[str, int] = dict.fromkeys(RESOURCES, 0)
        self.softly_deleted: set[str] = set()
        self.orders: dict[Any, tuple[int, list[Record]]] = {}
        self.shares: dict[Any, list[Record]] = {}
        self.schemes: dict[str, dict[str, Record]] = seed.get("customFields", {})
        self.credentials: dict[str, Record] = {}
        self.sessions: dict[str, tuple[str, datetime | None]] = {}
        self.refreshes: dict[str, str] = {}
        self.happened: list[tuple[int, str | None, str, str]] = []
        for name in RESOURCES:
            for row in seed.get(name, []):
                self.insert(RESOURCES[name], row)
        for row in seed.get("users", []):
            self.sign_on(row)

    def sign_on(self, user: Record) -> None:
        """Give a seeded user the password, token, rights and live session of the seed."""
        name = user["name"]
        self.credentials[name] = {key: user.get(key) for key in SECRETS}
        if user.get("token"):
            self.sessions[user["token"]] = (name, None)
        self.insert(
            RESOURCES["realtimeSessions"],
            {
                "name": name,
                "id_agent": name,
                "state": "Idle",
                "exten": user.get("extension"),
                "logintime": self.now(),
                "statetime": self.now(),
                "exten_status": "Idle" if user.get("extension") else "Unavailable",
                "presence_status": "Idle",
                "queues": [str(queue) for queue in user.get("queues", [])],
            },
        )

    def reset(self) -> None:
        with self.lock:
            self.load(self.seed)
            self.ledger.clear()
            self.tell(None, "reset", "")

    def close(self) -> None:
        """Let every waiting long poll return at once."""
        with self.lock:
            self.is_closing = True
            self.changed.notify_all()

    # time and names

    def clock(self) -> datetime:
        """The aware moment here: the clock beneath, moved by an offset that somebody may set."""
        return self.clock_beneath() + self.offset

    def now(self) -> str:
        return zones.written(self.clock(), self.zone)

    def seconds_since(self, start: str | None) -> int:
        return zones.seconds_between(start, self.now(), self.zone)

    def next_number(self) -> int:
        self.counter += 1
        return self.counter

    def new_name(self, resource: Resource) -> str | int:
        return self.next_number() if resource.is_numbered else f"{resource.prefix}_{uuid.uuid4().hex[:20]}"

    # records

    def find(self, resource: str, name: Any) -> Record | None:
        return self.tables[resource].get(str(name)) if name not in (None, "") else None

    def rows(self, resource: str) -> list[Record]:
        return [row for row in self.tables[resource].values() if not row.get("_deleted")]

    def insert(self, resource: Resource, values: Record) -> Record:
        """Store a record as it is, with what the server fills in; returns the stored dict itself."""
        record = dict.fromkeys(resource.fields) | {"_hash": 1}
        record |= {name: value for name, value in values.items() if name not in SECRETS or resource.name != "users"}
        record[resource.key] = values.get(resource.key) or self.new_name(resource)
        for stamp in ("created", "edited"):
            if stamp in resource.fields and not record[stamp]:
                record[stamp] = self.now()
        if resource.has_custom_fields:
            record["customFields"] = self.filled(resource, values.get("customFields") or {})
        self.tables[resource.name][str(record[resource.key])] = record
        self.versions[resource.name] += 1
        if resource.name == "activities":
            self.shares.setdefault(record["item"], []).append(record)
        return record

    def activities_of(self, item: Any) -> list[Record]:
        """Every user's part in a call or a message, oldest first."""
        return self.shares.get(item, []) if item else []

    def filled(self, resource: Resource, custom: Record) -> dict[str, list[str]]:
        empty: dict[str, list[str]] = {key: [] for key in self.schemes.get(resource.name, {})}
        return empty | {key: texts(value) for key, value in custom.items()}

    def change(self, resource: str, record: Record, /, **values: Any) -> None:
        """Write some fields of a stored record, as the server itself does; counts the write in its hash."""
        record.update(values)
        record["_hash"] += 1
        self.versions[resource] += 1
        if "edited" in RESOURCES[resource].fields:
            record["edited"] = self.now()

    def remove(self, resource: Resource, record: Record) -> None:
        self.versions[resource.name] += 1
        if self.assumptions.deletes_softly:
            record["_deleted"] = True
            self.softly_deleted.add(resource.name)
        else:
            del self.tables[resource.name][str(record[resource.key])]

    # what happened

    def tell(self, user: str | None, event: str, name: str) -> None:
        """Note that something happened to an object (None: of concern to everybody) and wake who waits for it."""
        self.sequence += 1
        self.happened.append((self.sequence, user, event, name))
        del self.happened[:-1000]
        self.changed.notify_all()

    def wait_for(self, is_due: Callable[[], bool], seconds: float) -> None:
        """Wait until ``is_due``, at most so long. The lock is free meanwhile."""
        end = time.monotonic() + seconds
        while not is_due() and not self.is_closing and (left := end - time.monotonic()) > 0:
            self.changed.wait(left)

    def announce(self, event: str, record: Record, resource: str = "activities") -> None:
        """Tell the record's user and every listener (the Open URL action) what became of it."""
        self.tell(record.get("user"), event, str(record["name"]))
        for listener in self.listeners:
            listener(event, record, resource)

    def note(self, verb: str, resource: Resource, record: Record, by: str = "api") -> None:
        at = self.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self.ledger.note(at, verb, resource.name, str(record[resource.key]), by)
