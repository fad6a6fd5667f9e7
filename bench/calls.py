"""Who rings? The requests a caller makes the iframe send, with numbers at random, in any written form."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from bench.crowd import Crowd
from bench.load import request
from crm.sessions import WIDGET_COOKIE

Form = Callable[[str], str]

# How a switchboard may write +420773796040; the last one is what the white paper's own example looks like.
FORMS: Mapping[str, Form] = {
    "national": lambda number: number[4:],
    "with 00": lambda number: "00" + number[1:],
    "with spaces": lambda number: f"{number[:4]} {number[4:7]} {number[7:10]} {number[10:]}",
    "with an extension": lambda number: f"{number} ext. 12",
    "national, with dashes": lambda number: f"{number[4:7]}-{number[7:10]}-{number[10:]}",
    "without its plus": lambda number: number[1:],
    "last eight digits": lambda number: number[-8:],
}


def exact(number: str) -> str:
    return number


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls to one web server by people of one crowd."""

    crowd: Crowd
    port: int
    session: str

    def known(self, form: Form = exact, seed: int = 1) -> Iterator[bytes]:
        """Each from another person at random."""
        return self._rings(map(form, self.numbers(seed)))

    def numbers(self, seed: int = 1) -> Iterator[str]:
        """Of one person each, at random."""
        draw = random.Random(seed)
        while True:
            yield self.crowd.mobile(draw.randint(1, self.crowd.contacts))

    def shared(self, seed: int = 1) -> Iterator[bytes]:
        """Each from a number that five people have."""
        draw = random.Random(seed)
        return self._rings(self.crowd.home(draw.randrange(self.crowd.groups)) for _ in itertools.count())

    def ring(self, number: str, call: object) -> bytes:
        """The one request for a number as it is written. Call and activity are new, as those of a ringing call are."""
        host, cookie = f"widget.localhost:{self.port}", f"{WIDGET_COOKIE}={self.session}"
        return request(host, self.address(number, call), Cookie=cookie)

    def address(self, number: str, call: object) -> str:
        query = {"clid": number, "direction": "in", "callid": f"9WS.{call}", "activity": f"activities_bench{call}"}
        return f"/widget/2000/?{urlencode(query)}"

    def _rings(self, numbers: Iterator[str]) -> Iterator[bytes]:
        return (self.ring(number, call) for call, number in enumerate(numbers))
