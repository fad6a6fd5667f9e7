"""What do we know of an activity after hearing this as well? The same in whichever order it comes (contract A2).

Pure. Knowledge is a snapshot with the number of the fetch that brought it, and the partials that came since, by the
number of the last fetch that had been begun when they came. To take the higher snapshot, drop the partials that are
older, and join those that are not is commutative, associative and idempotent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from integrations.calls.reader import Told, oddities, rank_of

Partial = dict[str, list[Any]]  # a fact, and [state rank, remote time, value] of who told it best

IDENTIFIERS = ("id_call",)  # set once (contract A4)
TIMES = ("time", "time_open", "time_close")


@dataclass(frozen=True, slots=True)
class Known:
    """`applied` is the number of the fetch that brought the snapshot; 0: there was none yet.

    `named` holds every value an identifier was told, each with how well: [0, number] by the fetch of this number,
    [1, 0] by a webhook. The best stands for ever (contract A4); the others are anomalies.
    """

    snapshot: Told = field(default_factory=dict)
    applied: int = 0
    partials: dict[int, Partial] = field(default_factory=dict)
    named: dict[str, dict[str, list[int]]] = field(default_factory=dict)

    def hears(self, facts: Told, asked: int) -> Known:
        """A partial, from a webhook's body. `asked` is the number of the last fetch that was begun before it came."""
        known = self._named_in(facts, [1, 0])
        if asked < self.applied:
            return known
        there = self.partials.get(asked, {})
        return replace(known, partials={**self.partials, asked: join(there, partial(facts))})

    def reads(self, facts: Told, number: int) -> Known:
        """A snapshot, from Daktela itself. One that was asked for before the one we have is dropped."""
        known = self._named_in(facts, [0, number])
        if number <= self.applied:
            return known
        later = {asked: one for asked, one in self.partials.items() if asked >= number}
        return replace(known, snapshot=facts, applied=number, partials=later)

    def _named_in(self, facts: Told, how: list[int]) -> Known:
        named = {key: dict(values) for key, values in self.named.items()}
        for key in IDENTIFIERS:
            if key in facts:
                values = named.setdefault(key, {})
                values[facts[key]] = min(values.get(facts[key], how), how)
        return replace(self, named=named)

    @property
    def identifiers(self) -> Told:
        """Of each identifier the value that stands."""
        return {key: min(values, key=lambda value: (values[value], value)) for key, values in self.named.items()}

    @property
    def anomalies(self) -> list[str]:
        stand = self.identifiers
        others = {f"{key} {value}" for key, values in self.named.items() for value in values if stand[key] != value}
        return sorted(others | set(oddities(self.facts)))

    @property
    def late(self) -> Partial:
        """What was heard since the snapshot was asked for."""
        return reduce(join, self.partials.values(), {})

    @property
    def is_provisional(self) -> bool:
        return not self.applied or bool(self.partials)

    @property
    def facts(self) -> Told:
        """The snapshot, and what was heard since of a later state; a partial never lowers one (contract A3)."""
        rank = rank_of(self.snapshot) if self.applied else -1
        heard = {
            key: value
            for key, (told_in, _, value) in self.late.items()
            if told_in > rank or (told_in == rank and key not in self.snapshot)
        }
        return {**self.snapshot, **heard, **self.identifiers}


def partial(facts: Told) -> Partial:
    """Each fact with what it is weighed by: never when it came, never our clock."""
    rank, at = rank_of(facts), max((facts.get(key, "") for key in TIMES), default="")
    return {key: [rank, at, value] for key, value in facts.items()}


def join(one: Partial, other: Partial) -> Partial:
    """Of each fact the weightier: of a later state, else of a later remote time, else the larger value itself."""
    sides = (one, other)
    return {key: max((side[key] for side in sides if key in side), key=_weight) for key in sorted({*one, *other})}


def _weight(told: list[Any]) -> tuple[int, str, str]:
    return told[0], told[1], json.dumps(told[2])
