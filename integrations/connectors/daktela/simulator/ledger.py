"""What was really written, and how often were we asked? The truth by which tests judge who synchronised with us.

One entry for every write that took effect, whoever made it: the API (``api``) or what happened at the desk (``desk``).
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from .wire import BASE


class Entry(NamedTuple):
    """``verb`` is create, update or delete; for an activity also answer, postpone and close. ``at`` is UTC."""

    sequence: int
    at: str
    verb: str
    resource: str
    name: str
    by: str


class Ledger:
    """Entries in the order in which they took effect, and requests by verb and resource, refused ones included."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.requests: Counter[str] = Counter()
        self.refused = 0  # by a rate limit
        self.under_way = 0
        self.most_at_once = 0
        self.lock = threading.Lock()

    def clear(self) -> None:
        with self.lock:
            self.entries.clear()
            self.requests.clear()
            self.refused = self.most_at_once = 0

    def note(self, at: str, verb: str, resource: str, name: str, by: str) -> None:
        with self.lock:
            self.entries.append(Entry(len(self.entries) + 1, at, verb, resource, name, by))

    @contextmanager
    def count(self, method: str, path: str) -> Iterator[None]:
        """Counts a request of the API, and how many are answered at once."""
        if not path.startswith(BASE):
            yield
            return
        resource = path[len(BASE) :].partition("/")[0].removesuffix(".json")
        with self.lock:
            self.requests[f"{method} {resource}"] += 1
            self.under_way += 1
            self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            yield
        finally:
            with self.lock:
                self.under_way -= 1

    def refuse(self) -> None:
        with self.lock:
            self.refused += 1

    def total(self, what: str = "") -> int:
        """How many requests: of all, of a verb (``GET``), or of a verb and a resource (``GET contacts``)."""
        return sum(count for key, count in self.requests.items() if key.startswith(what))

    def names(self, resource: str, verb: str = "create", by: str = "") -> list[str]:
        """The names of what was written, one for each time."""
        return [
            one.name for one in self.entries if one.resource == resource and one.verb == verb and by in ("", one.by)
        ]

    def shown(self, since: int = 0) -> dict[str, Any]:
        return {
            "entries": [one._asdict() for one in self.entries[since:]],
            "requests": dict(self.requests),
            "refused": self.refused,
            "most_at_once": self.most_at_once,
        }
