"""How does the simulator misbehave? Faults that are switched on for requests below a path, or for outgoing events.

rate_limit   429 with Retry-After: ``seconds``, or as an HTTP date with ``as_date``
status       ``status`` (500) with a JSON error: ``error``; a 2xx status with an error happens in life too
html         ``status`` (502) with a proxy's HTML page
no_result    200 whose body has no ``result``
truncate     the answer stops half way
drip         the answer comes a few bytes at a time over ``seconds``
slow         the answer comes after ``seconds``
act_then_reset  the request is carried out, then the connection is reset without an answer
reset        the connection is reset before anything is done
duplicate    the last row of a list comes twice; an event is sent twice
reorder      rows come in the opposite order; an event waits until another comes, or a second
moving       after a list was answered its rows move: ``change`` is insert, edit, remove or all of them
drop         an event is not sent
delay        an event is sent ``seconds`` later, while others overtake it

``fraction`` of the requests or events meet the fault, the others pass by; ``copies`` is how often a duplicate comes.
"""

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from .wire import BASE, Request, Response
from .world import World

KINDS = frozenset(
    (
        *("rate_limit", "status", "html", "no_result", "truncate", "drip", "slow"),
        *("act_then_reset", "reset", "duplicate", "reorder", "moving", "drop", "delay"),
    )
)
EVENTS = "event"
PAGE = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


class Reset(Exception):
    """The connection is to be reset without an answer."""


@dataclass(frozen=True)
class Fault:
    """One fault; ``times`` None means until it is removed. ``path`` is a prefix, or ``event`` for outgoing events."""

    kind: str
    path: str = "/api/v6/"
    method: str = ""
    times: int | None = 1
    skip: int = 0
    status: int = 0
    seconds: float = 1.0
    as_date: bool = False
    error: Any = None
    fraction: float = 1.0
    copies: int = 2
    change: str = "edit"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"There is no fault {self.kind}; use one of {', '.join(sorted(KINDS))}")


@dataclass
class Faults:
    """The faults that are switched on, first come, first served."""

    world: World
    active: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - the same in every run
    stir: Callable[[str, str], None] = lambda resource, change: None

    def add(self, kind: str, path: str = "/api/v6/", **settings: Any) -> Fault:
        """Switch one on. Raises ValueError for an unknown kind and TypeError for an unknown setting."""
        fault = Fault(kind, path, **settings)
        with self.lock:
            self.active.append(fault)
        return fault

    def clear(self) -> None:
        with self.lock:
            self.active.clear()

    def shown(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.active]

    def due(self, path: str, method: str = "") -> Fault | None:
        """The fault for this request, if any, counted as used."""
        with self.lock:
            for place, fault in enumerate(self.active):
                is_meant = path.startswith(fault.path) and fault.method in ("", method)
                if is_meant and (fault.fraction >= 1 or self.chance.random() < fault.fraction):
                    return self.use(place, fault)
        return None

    def use(self, place: int, fault: Fault) -> Fault | None:
        if fault.skip:
            self.active[place] = replace(fault, skip=fault.skip - 1)
            return None
        if fault.times is not None and fault.times <= 1:
            del self.active[place]
        elif fault.times is not None:
            self.active[place] = replace(fault, times=fault.times - 1)
        return fault

    def around(self, request: Request, act: Callable[[Request], Response]) -> Response:
        """The answer to a request, spoilt by the fault that is due. Raises Reset."""
        fault = self.due(request.path, request.method)
        if not fault:
            return act(request)
        if fault.kind in ("rate_limit", "status", "html"):
            return self.instead(fault)
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        if fault.kind == "reset":
            raise Reset
        response = act(request)
        if fault.kind == "act_then_reset":
            raise Reset
        if fault.kind == "moving" and request.method == "GET":
            self.stir(request.path.removeprefix(BASE).partition("/")[0].removesuffix(".json"), fault.change)
        return spoilt(fault, response)

    def instead(self, fault: Fault) -> Response:
        if fault.kind == "html":
            return Response(fault.status or 502, PAGE, "text/html")
        body = {"error": fault.error or ["Something went wrong"], "result": None, "_time": self.world.now()}
        if fault.kind == "status":
            return Response.json(body, fault.status or 500)
        self.world.ledger.refuse()
        later = format_datetime(datetime.now(UTC) + timedelta(seconds=fault.seconds), usegmt=True)
        wait = later if fault.as_date else f"{fault.seconds:g}"
        return Response.json(body | {"error": ["Too many requests"]}, 429, [("Retry-After", wait)])


def spoilt(fault: Fault, response: Response) -> Response:
    """A good answer made bad."""
    if fault.kind == "truncate":
        response.chunks = iter([response.body[: len(response.body) // 2]])
    elif fault.kind == "drip":
        response.chunks = drops(response.body, fault.seconds)
    elif fault.kind == "no_result":
        body = json.loads(response.body)
        response.body = json.dumps({key: value for key, value in body.items() if key != "result"}).encode()
    elif fault.kind in ("duplicate", "reorder"):
        response.body = shuffled(fault, response.body)
    return response


def drops(body: bytes, seconds: float) -> Iterator[bytes]:
    size = max(1, len(body) // 20)
    for start in range(0, len(body), size):
        time.sleep(seconds / 20)
        yield body[start : start + size]


def shuffled(fault: Fault, body: bytes) -> bytes:
    answer = json.loads(body)
    rows = answer["result"].get("data") if isinstance(answer.get("result"), dict) else None
    if not rows:
        return body
    answer["result"]["data"] = [*rows, *[rows[-1]] * (fault.copies - 1)] if fault.kind == "duplicate" else rows[::-1]
    return json.dumps(answer, ensure_ascii=False).encode()
