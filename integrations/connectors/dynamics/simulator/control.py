"""How does a test or a bench in another process move the simulator? POST /control/<word> with a JSON object.

seed            {"accounts": 100, "contacts": 1000}: more rows, made from their number
create          {"entity": "contact", "values": {...}} answers the key
change          {"entity", "key", "values"}, or {"entity", "count", "values"} for the first so many made rows
delete          {"entity", "key"}
merge           {"entity", "survivor", "loser"}
expire          {"what": "tokens" | "deltas"}
set             any of has_application_user, may_read (a list), protects, requests_per_window, latency_seconds
tracking        {"entity", "is_on"}
fault           {"kind": ..., ...} as in faults; DELETE /control/fault takes all away
GET requests, ledger, state
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import ApiError, no_resource
from .faults import Faults
from .wire import Request, Response
from .world import World

SETTABLE = ("has_application_user", "protects", "requests_per_window", "latency_seconds")


class Control:
    def __init__(self, world: World, faults: Faults) -> None:
        self.world, self.faults = world, faults
        self.words: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("POST", "seed"): lambda sent: self.world.make(sent.get("accounts", 0), sent.get("contacts", 0)),
            ("POST", "create"): lambda sent: {"key": self.world.create(sent["entity"], sent["values"])},
            ("POST", "change"): self.change,
            ("POST", "delete"): lambda sent: self.world.delete(sent["entity"], sent["key"]),
            ("POST", "merge"): lambda sent: self.world.merge(sent["entity"], sent["survivor"], sent["loser"]),
            ("POST", "expire"): self.expire,
            ("POST", "set"): self.set,
            ("POST", "tracking"): self.tracking,
            ("POST", "fault"): lambda sent: self.faults.add(**sent) and None,
            ("DELETE", "fault"): lambda sent: self.faults.clear(),
            ("GET", "requests"): lambda sent: dict(self.world.requests),
            ("GET", "ledger"): lambda sent: self.world.ledger,
            ("GET", "state"): self.state,
        }

    def answer(self, request: Request, word: str) -> Response:
        act = self.words.get((request.method, word))
        if not act:
            raise no_resource(word)
        try:
            return Response.json(act(request.values()))
        except (KeyError, TypeError, ValueError) as problem:
            raise ApiError(400, "", f"{type(problem).__name__}: {problem}") from problem

    def change(self, sent: dict[str, Any]) -> None:
        if "key" in sent:
            self.world.change(sent["entity"], sent["key"], sent["values"])
        else:
            self.world.change_many(sent["entity"], sent["count"], sent["values"])

    def expire(self, sent: dict[str, Any]) -> None:
        if sent["what"] == "tokens":
            self.world.tokens.clear()
        else:
            self.world.forget_changes()

    def set(self, sent: dict[str, Any]) -> None:
        for name, value in sent.items():
            if name == "may_read":
                self.world.may_read = set(value)
            elif name in SETTABLE:
                setattr(self.world, name, value)
            else:
                raise ValueError(f"There is no {name} to set.")

    def tracking(self, sent: dict[str, Any]) -> None:
        self.world.tables[sent["entity"]].is_tracked = sent["is_on"]

    def state(self, sent: dict[str, Any]) -> dict[str, Any]:
        world = self.world
        rows = {name: table.total() for name, table in world.tables.items()}
        return {"version": world.version, "rows": rows, "faults": self.faults.shown()}
