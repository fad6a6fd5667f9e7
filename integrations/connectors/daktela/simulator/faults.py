"""How does the simulated Daktela misbehave? As every simulator, and by faults of its lists and of its events.

status       with a JSON error: ``error``; a 2xx status with an error happens in life too
no_result    200 whose body has no ``result``
duplicate    the last row of a list comes twice, or as often as ``copies`` says; an event is sent so often
reorder      rows come in the opposite order; an event waits until another comes, or a second
moving       after a list was answered its rows move: ``change`` is insert, edit, remove or all of them
drop         an event is not sent
delay        an event is sent ``seconds`` later, while others overtake it

``path`` is a prefix, or ``event`` for outgoing events.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integrations.connectors.simulator import faults
from integrations.connectors.simulator.wire import Response, retry_after

from .wire import BASE, Request
from .world import World

EVENTS = "event"


@dataclass(frozen=True)
class Fault(faults.Fault):
    path: str = BASE
    error: Any = None
    copies: int = 2
    change: str = "edit"
    own = frozenset(("no_result", "duplicate", "reorder", "moving", "drop", "delay"))


class Faults(faults.Faults[Fault]):
    """``stir`` moves the rows of a resource, in a way that has a name."""

    def __init__(self, world: World, stir: Callable[[str, str], None]) -> None:
        super().__init__(Fault)
        self.world = world
        self.stir = stir

    def refusal(self, fault: Fault) -> Response:
        if fault.kind == "status":
            return refused(self.world, fault.error or ["Something went wrong"], fault.status or 500)
        return too_many(self.world, retry_after(fault.seconds, fault.as_date))

    def spoil(self, fault: Fault, request: Request, response: Response) -> None:
        if fault.kind == "moving" and request.method == "GET":
            self.stir(request.path.removeprefix(BASE).partition("/")[0].removesuffix(".json"), fault.change)
        elif fault.kind == "no_result":
            body = json.loads(response.body)
            response.body = json.dumps({key: value for key, value in body.items() if key != "result"}).encode()
        elif fault.kind in ("duplicate", "reorder"):
            response.body = shuffled(fault, response.body)


def refused(world: World, error: Any, status: int, headers: list[tuple[str, str]] | None = None) -> Response:
    return Response.json({"error": error, "result": None, "_time": world.now()}, status, headers or [])


def too_many(world: World, wait: str) -> Response:
    world.ledger.refuse()
    return refused(world, ["Too many requests"], 429, [("Retry-After", wait)])


def shuffled(fault: Fault, body: bytes) -> bytes:
    answer = json.loads(body)
    rows = answer["result"].get("data") if isinstance(answer.get("result"), dict) else None
    if not rows:
        return body
    answer["result"]["data"] = [*rows, *[rows[-1]] * (fault.copies - 1)] if fault.kind == "duplicate" else rows[::-1]
    return json.dumps(answer, ensure_ascii=False).encode()
