"""How does the simulator misbehave? Faults that are switched on for requests whose path begins with something.

rate_limit   429 of service protection with Retry-After: ``seconds``, or as an HTTP date with ``as_date``
status       ``status`` (500) with an error of Dataverse's: ``code`` and ``message``
html         ``status`` (502) with a proxy's HTML page
truncate     the answer stops half way
drip         the answer comes a few bytes at a time over ``seconds``
slow         the answer comes after ``seconds``
act_then_reset  the request is carried out, then the connection is reset without an answer
reset        the connection is reset before anything is done
no_value     200 whose body has no ``value``
no_link      the links of a page are missing: no next one, no delta
foreign_link the next link leads to another host, ``message``
same_link    the next link is the one that was just asked for
changing     after the answer some rows change: ``rows`` of them, so the listing moves under the reader
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from .errors import ApiError, busy
from .wire import Request, Response
from .world import World

INSTEAD = ("rate_limit", "status", "html", "reset")
SPOILT = ("truncate", "drip", "slow", "act_then_reset", "no_value", "no_link", "foreign_link", "same_link", "changing")
PAGE = b"<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"
NEXT_LINK = re.compile(rb'"@odata\.nextLink":"([^"]*)",')
LINKS = re.compile(rb'"@odata\.(nextLink|deltaLink)":"([^"]*)",')


class Reset(Exception):
    """The connection is to be reset without an answer."""


@dataclass(frozen=True)
class Fault:
    """One fault; ``times`` None means until it is removed."""

    kind: str
    path: str = "/api/data/"
    method: str = ""
    times: int | None = 1
    skip: int = 0
    status: int = 0
    seconds: float = 1.0
    as_date: bool = False
    code: str = "0x80040265"
    message: str = "Something went wrong."
    rows: int = 1

    def __post_init__(self) -> None:
        if self.kind not in INSTEAD + SPOILT:
            raise ValueError(f"There is no fault {self.kind}; use one of {', '.join(sorted(INSTEAD + SPOILT))}")


@dataclass
class Faults:
    """The faults that are switched on, first come, first served."""

    world: World
    active: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, path: str = "/api/data/", **settings: Any) -> Fault:
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

    def due(self, path: str, method: str) -> Fault | None:
        """The fault for this request, if any, counted as used."""
        with self.lock:
            for place, fault in enumerate(self.active):
                if path.startswith(fault.path) and fault.method in ("", method):
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
        if fault.kind in INSTEAD:
            return self.instead(fault)
        if fault.kind == "slow":
            time.sleep(fault.seconds)
        response = act(request)
        if fault.kind == "act_then_reset":
            raise Reset
        if fault.kind == "changing":
            self.world.change_many("contact", fault.rows, {"jobtitle": "changed at {number}"})
        return spoilt(fault, request, response)

    def instead(self, fault: Fault) -> Response:
        if fault.kind == "reset":
            raise Reset
        if fault.kind == "html":
            return Response(fault.status or 502, PAGE, content_type="text/html")
        if fault.kind == "status":
            refusal = ApiError(fault.status or 500, fault.code, fault.message)
            return Response.json(refusal.status, refusal.body)
        refusal = busy(fault.seconds)
        if fault.as_date:
            later = self.world.clock() + timedelta(seconds=fault.seconds)
            refusal.headers["Retry-After"] = format_datetime(later, usegmt=True)
        return Response.json(429, refusal.body, refusal.headers)


def spoilt(fault: Fault, request: Request, response: Response) -> Response:
    """A good answer made bad."""
    if fault.kind == "truncate":
        response.chunks = iter([response.body[: len(response.body) // 2]])
    elif fault.kind == "drip":
        response.chunks = drops(response.body, fault.seconds)
    elif fault.kind == "no_value":
        body = json.loads(response.body)
        response.body = json.dumps({name: value for name, value in body.items() if name != "value"}).encode()
    elif fault.kind == "no_link":
        response.body = LINKS.sub(b"", response.body)
    elif fault.kind in ("foreign_link", "same_link"):
        response.body = NEXT_LINK.sub(lambda found: misled(fault, request, found[1]), response.body)
    return response


def misled(fault: Fault, request: Request, link: bytes) -> bytes:
    host = request.headers.get("host", "").encode()
    if fault.kind == "foreign_link":
        link = link.replace(b"//" + host, b"//" + fault.message.encode())
    else:
        link = (request.origin + request.target).encode()
    return b'"@odata.nextLink":"' + link + b'",'


def drops(body: bytes, seconds: float) -> Iterator[bytes]:
    size = max(1, len(body) // 20)
    for start in range(0, len(body), size):
        time.sleep(seconds / 20)
        yield body[start : start + size]
