"""How does a simulator misbehave? Faults that are switched on for requests whose path begins with something.

rate_limit   429 with Retry-After: ``seconds``, or as an HTTP date with ``as_date``
status       ``status`` (500) with an error as the system words it
html         ``status`` (502) with a proxy's HTML page
truncate     the answer stops half way
drip         the answer comes a few bytes at a time over ``seconds``
slow         the answer comes after ``seconds``
act_then_reset  the request is carried out, then the connection is reset without an answer
reset        the connection is reset before anything is done

A system adds kinds of its own. ``fraction`` of the requests meet the fault, the others pass by.
"""

import random
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Generic, TypeVar

from .wire import Request, Reset, Response

KINDS = frozenset(("rate_limit", "status", "html", "truncate", "drip", "slow", "act_then_reset", "reset"))
PAGE = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Fault:
    """One fault; ``times`` None means until it is removed. ``own`` are the kinds that only this system has."""

    kind: str
    path: str = "/"
    method: str = ""
    times: int | None = 1
    skip: int = 0
    status: int = 0
    seconds: float = 1.0
    as_date: bool = False
    fraction: float = 1.0
    own: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        kinds = KINDS | self.own
        if self.kind not in kinds:
            raise ValueError(f"There is no fault {self.kind}; use one of {', '.join(sorted(kinds))}")


F = TypeVar("F", bound=Fault)


class Faults(ABC, Generic[F]):
    """The faults that are switched on, first come, first served. A system says how it refuses and what it spoils."""

    def __init__(self, fault: Callable[..., F]) -> None:
        self.fault = fault
        self.active: list[F] = []
        self.lock = threading.Lock()
        self.chance = random.Random(1)  # noqa: S311 - the same in every run

    @abstractmethod
    def refusal(self, fault: F) -> Response:
        """The answer of a rate_limit or a status."""

    @abstractmethod
    def spoil(self, fault: F, request: Any, response: Response) -> None:
        """A good answer made bad, by a kind of the system's own."""

    def add(self, *kind_and_path: str, **settings: Any) -> F:
        """Switch one on. Raises ValueError for an unknown kind and TypeError for an unknown setting."""
        fault = self.fault(*kind_and_path, **settings)
        with self.lock:
            self.active.append(fault)
        return fault

    def clear(self) -> None:
        with self.lock:
            self.active.clear()

    def shown(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.active]

    def due(self, path: str, method: str = "") -> F | None:
        """The fault for this request, if any, counted as used."""
        with self.lock:
            for place, fault in enumerate(self.active):
                is_meant = path.startswith(fault.path) and fault.method in ("", method)
                if is_meant and (fault.fraction >= 1 or self.chance.random() < fault.fraction):
                    return self.use(place, fault)
        return None

    def use(self, place: int, fault: F) -> F | None:
        if fault.skip:
            self.active[place] = replace(fault, skip=fault.skip - 1)
            return None
        if fault.times is not None and fault.times <= 1:
            del self.active[place]
        elif fault.times is not None:
            self.active[place] = replace(fault, times=fault.times - 1)
        return fault

    def around(self, request: Request, act: Callable[[Any], Response]) -> Response:
        """The answer to a request, spoilt by the fault that is due. Raises Reset."""
        fault = self.due(request.path, request.method)
        if not fault:
            return act(request)
        if fault.kind in ("rate_limit", "status"):
            return self.refusal(fault)
        if fault.kind == "html":
            return Response(fault.status or 502, PAGE, "text/html")
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        if fault.kind == "reset":
            raise Reset
        response = act(request)
        if fault.kind == "act_then_reset":
            raise Reset
        if fault.kind == "truncate":
            response.chunks = iter([response.body[: len(response.body) // 2]])
        elif fault.kind == "drip":
            response.chunks = drops(response.body, fault.seconds)
        else:
            self.spoil(fault, request, response)
        return response


def drops(body: bytes, seconds: float) -> Iterator[bytes]:
    size = max(1, len(body) // 20)
    for start in range(0, len(body) or 1, size):
        time.sleep(seconds / 20)
        yield body[start : start + size]
