"""How does the simulated Dynamics misbehave? As every simulator, and by faults of its pages and their links.

rate_limit   429 of service protection
status       with an error of Dataverse's: ``code`` and ``message``
no_value     200 whose body has no ``value``
no_link      the links of a page are missing: no next one, no delta
foreign_link the next link leads to another host, ``message``
same_link    the next link is the one that was just asked for
changing     after the answer some rows change: ``rows`` of them, so the listing moves under the reader
"""

import json
import re
from dataclasses import dataclass

from integrations.connectors.simulator import faults, wire

from .errors import ApiError, busy
from .wire import Request, Response
from .world import World

NEXT_LINK = re.compile(rb'"@odata\.nextLink":"([^"]*)",')
LINKS = re.compile(rb'"@odata\.(nextLink|deltaLink)":"([^"]*)",')


@dataclass(frozen=True)
class Fault(faults.Fault):
    path: str = "/api/data/"
    code: str = "0x80040265"
    message: str = "Something went wrong."
    rows: int = 1
    own = frozenset(("no_value", "no_link", "foreign_link", "same_link", "changing"))


class Faults(faults.Faults[Fault]):
    def __init__(self, world: World) -> None:
        super().__init__(Fault)
        self.world = world

    def refusal(self, fault: Fault) -> Response:
        is_busy = fault.kind == "rate_limit"
        wait = wire.retry_after(fault.seconds, fault.as_date)
        problem = busy(wait) if is_busy else ApiError(fault.status or 500, fault.code, fault.message)
        return Response.json(problem.body, problem.status, problem.headers)

    def spoil(self, fault: Fault, request: Request, response: wire.Response) -> None:
        if fault.kind == "changing":
            self.world.change_many("contact", fault.rows, {"jobtitle": "changed at {number}"})
        elif fault.kind == "no_value":
            body = json.loads(response.body)
            response.body = json.dumps({name: value for name, value in body.items() if name != "value"}).encode()
        elif fault.kind == "no_link":
            response.body = LINKS.sub(b"", response.body)
        elif fault.kind in ("foreign_link", "same_link"):
            response.body = NEXT_LINK.sub(lambda found: misled(fault, request, found[1]), response.body)


def misled(fault: Fault, request: Request, link: bytes) -> bytes:
    host = request.headers.get("host", "").encode()
    if fault.kind == "foreign_link":
        link = link.replace(b"//" + host, b"//" + fault.message.encode())
    else:
        link = (request.origin + request.target).encode()
    return b'"@odata.nextLink":"' + link + b'",'
