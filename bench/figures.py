"""What was promised, and was it kept? One line for each figure, with its limit and what it is a share of."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`limit` is the most that is allowed, or with `at_least` the least; without one the figure is only told.

    `of` says what it is measured against, `contacts` how many there were.
    """

    goal: str
    what: str
    figure: float
    limit: float | None
    of: str
    contacts: int | None = None
    at_least: bool = False

    @property
    def holds(self) -> bool:
        if self.limit is None:
            return True
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def line(self, bench: str) -> str:
        values = {
            "bench": bench,
            "goal": self.goal,
            "what": self.what,
            "figure": float(f"{self.figure:.4g}"),
            "limit": self.limit,
            "holds": self.holds,
            "of": self.of,
            "contacts": self.contacts,
        }
        return json.dumps(values, ensure_ascii=False)


def ratio(ours: Sequence[float], others: Sequence[float]) -> float:
    """The median of what each round says: what slows a whole round down slows both."""
    return statistics.median(mine / other for mine, other in zip(ours, others, strict=True))


def report(bench: str, figures: Iterable[Figure]) -> bool:
    """Prints each figure as soon as it is there; true when all hold."""
    verdicts = []
    for figure in figures:
        print(figure.line(bench), flush=True)
        verdicts.append(figure.holds)
    return all(verdicts)
