"""What does Daktela tell us about the call? The parameters of the iframe's address, read and checked (pure).

The seed's own address (seed 000, section 3.1): ?clid=77379604&direction=in&callid=1WS.58184&activity=activities_181s…
Whoever can write a link can write these parameters: nothing here is believed, only read. It never raises.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus

CALLER_LENGTH = 64
ADDRESS_LENGTH = 254
ACTIVITY_LENGTH = 128
CALL_LENGTH = 64  # Daktela's own is 50
CALL_TYPES = {
    "in": "inbound",
    "out": "outbound",
    "internal": "manual",
}  # what a direction means when nothing else is said
KNOWN_CALL_TYPES = ("manual", "inbound", "preview", "outbound")

Query = Mapping[str, Sequence[str]]


def parameters(query: str) -> Query:
    """Each parameter's values: what `parse_qs` reads, which decodes every name and value, and ours are mostly plain."""
    values: dict[str, list[str]] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            name, value = unquote_plus(name), unquote_plus(value)
        values.setdefault(name, []).append(value)
    return values


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one parameter, in a sentence for the admin. Fatal: without it no activity can be kept."""

    parameter: str
    text: str
    is_fatal: bool = False


class Refused(Exception):
    """Inside this module only: why a parameter's value is not taken."""


@dataclass(frozen=True, slots=True)
class CallContext:
    """One ring, as its address tells it. What could not be read is empty and stands among the problems.

    `clid` is as written, "" for a withheld number; `direction` is in, out or internal; `call_id` is "" where there is
    no telephone call (an e-mail, a chat); `activity_id` is "" only beside a fatal problem.
    """

    queue: str
    clid: str
    direction: str
    call_id: str
    activity_id: str
    call_type: str
    problems: tuple[Problem, ...] = ()

    @classmethod
    def read(cls, query: Query, queue: str) -> CallContext:
        """`query` is each parameter's values, such as `dict(request.GET.lists())`; unknown ones are passed over."""
        reader = _Reader(query)
        direction = reader.read("direction", _direction) or "in"
        return cls(
            queue=queue,
            clid=reader.read("clid", _caller, may_be_empty=True),
            direction=direction,
            call_id=reader.read("callid", _call_id, may_be_empty=True),
            activity_id=reader.read("activity", _activity_id, is_fatal=True),
            call_type=reader.read("calltype", _call_type, may_be_missing=True) or CALL_TYPES[direction],
            problems=tuple(reader.problems),
        )

    @property
    def is_address(self) -> bool:
        """Whether somebody wrote: then `clid` is an e-mail address (a call's may look like one, by SIP)."""
        return not self.call_id and "@" in self.clid

    @property
    def number(self) -> str:
        """What may be a phone number: never the digits of an e-mail address."""
        return "" if self.is_address else self.clid

    @property
    def is_usable(self) -> bool:
        """Whether there is an activity to link and to write to; otherwise the agent can only search."""
        return not self.problems or not any(problem.is_fatal for problem in self.problems)


class _Reader:
    def __init__(self, query: Query) -> None:
        self.query = query
        self.problems: list[Problem] = []

    def read(
        self,
        parameter: str,
        check: Callable[[str], str],
        *,
        is_fatal: bool = False,
        may_be_empty: bool = False,
        may_be_missing: bool = False,
    ) -> str:
        """The checked value, or "" with a problem. Daktela writes a placeholder without a value as empty."""
        try:
            value = self._only(parameter, may_be_missing)
            if value:
                return check(value)
            if not may_be_empty and not may_be_missing:
                raise Refused("is missing or empty. Add it to the address of the iframe in Daktela.")
        except Refused as reason:
            self.problems.append(Problem(parameter, f"The parameter “{parameter}” {reason}", is_fatal))
        return ""

    def _only(self, parameter: str, may_be_missing: bool) -> str:
        values = self.query.get(parameter, ())
        if len(values) > 1:
            raise Refused("stands in the address more than once, so we cannot tell which one counts. Leave one.")
        if not values and not may_be_missing:
            raise Refused("is missing or empty. Add it to the address of the iframe in Daktela.")
        return values[0].strip() if values else ""


def _direction(value: str) -> str:
    if value not in CALL_TYPES:
        raise Refused("must be “in”, “out” or “internal”. The call is shown as an incoming one.")
    return value


def _call_type(value: str) -> str:
    if value not in KNOWN_CALL_TYPES:
        raise Refused("must be “manual”, “inbound”, “preview” or “outbound”. The direction's own rule is used.")
    return value


def _caller(value: str) -> str:
    caller = unquote(value).strip()  # Daktela has been seen to encode twice; no number holds a percent sign
    longest = ADDRESS_LENGTH if "@" in caller else CALLER_LENGTH
    if len(caller) > longest:
        raise Refused(f"is longer than {longest} characters, so it is nobody's. Nobody was looked up.")
    if not caller.isprintable() and any(unicodedata.category(character) in ("Cc", "Cs") for character in caller):
        raise Refused("holds characters that cannot be printed. Nobody was looked up.")
    return caller


def _call_id(value: str) -> str:
    return _identifier(value, CALL_LENGTH)


def _activity_id(value: str) -> str:
    return _identifier(value, ACTIVITY_LENGTH)


def _identifier(value: str, length: int) -> str:
    if len(value) > length:
        raise Refused(
            f"is longer than {length} characters, so it is no id of Daktela's. Put the id's own placeholder there."
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise Refused("holds characters that no id of Daktela's has. Put the id's own placeholder there.")
    if "{" in value or "}" in value:
        raise Refused("is a placeholder that Daktela did not fill in. Correct its name in the address of the iframe.")
    return value
