"""Which parts fail, and where? Every row of the matrix, and the line that says what came of it."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from faults import breaks, planted
from faults.drill import Drill
from faults.judge import verdict

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = ("worker", "web", "postgres", "valkey")


@dataclass(frozen=True)
class Row:
    """`breaks` stirs and breaks; `is_short`: it is in the short form too."""

    fault: str
    where: str
    breaks: Callable[[Drill], object]
    is_short: bool = False

    @property
    def name(self) -> str:
        return f"{self.fault} @ {self.where}"


def rows() -> Iterator[Row]:
    yield Row("nothing", "nowhere", lambda drill: drill.worlds.stir(), is_short=True)
    yield from killed_at_points()
    yield from killed_any_time()
    yield from remote_faults()
    yield from event_faults()
    yield from time_faults()


def killed_at_points() -> Iterator[Row]:
    """At every crash point in the code: who passes it dies, or whatever else there is, at that very moment."""
    for point in points():
        yield Row("kill -9 who is there", point, breaks.kill_at(point), is_short=point in SHORT_POINTS)
        for program in PROGRAMS:
            is_short = (program, point) == ("postgres", "page-before-commit")
            yield Row(f"kill -9 {program}", point, breaks.kill_at(point, program), is_short)


SHORT_POINTS = ("page-before-commit", "push-before-links", "inbox-after-store")


def points() -> list[str]:
    texts = (path.read_text(encoding="utf-8") for path in sorted((ROOT / "integrations").rglob("*.py")))
    names = (name for text in texts for name in re.findall(r'crash_point\("([a-z-]+)"\)', text))
    return list(dict.fromkeys(names))


def killed_any_time() -> Iterator[Row]:
    for program in PROGRAMS:
        yield Row(f"kill -9 {program}", "any time", breaks.kill_in_the_middle(program))
    yield Row("kill -9 a pool child", "any time", breaks.kill_a_child("worker"))
    yield Row("kill -9 a web child", "any time", breaks.kill_a_child("web"))
    yield Row("everything at once", "any time", breaks.kill_in_the_middle(*PROGRAMS))
    yield Row("valkey away", "10 seconds", breaks.without("valkey", 10))
    yield Row("worker stands still", "past its leases", breaks.stall)
    yield Row("two workers, two timetables", "all the time", breaks.two_workers)
    yield Row("a row that kills its worker", "three times", breaks.poison)


def remote_faults() -> Iterator[Row]:
    for system in ("dynamics", "daktela"):
        for kind, settings in REMOTE:
            how = " ".join(f"{key}={value}" for key, value in settings.items() if key != "times")
            yield Row(f"{kind} {how}".strip(), system, breaks.misbehaving(system, kind, **settings))
    for method in ("POST", "PUT"):
        lost_answer = breaks.misbehaving("daktela", "act_then_reset", method=method, times=3)
        yield Row(f"act_then_reset {method}", "daktela", lost_answer, is_short=method == "POST")
    yield Row("the listing moves", "dynamics", breaks.moving)
    yield Row("links missing", "dynamics", breaks.misbehaving("dynamics", "no_link", times=2))
    yield Row(
        "foreign next link",
        "dynamics",
        breaks.misbehaving("dynamics", "foreign_link", message="https://evil.example", times=2),
    )
    yield Row("delta link expired", "dynamics", breaks.expired)
    yield Row("sign-in expired", "dynamics", breaks.signed_out)


REMOTE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("rate_limit", {"seconds": 1, "times": 3}),
    ("rate_limit", {"seconds": 2, "as_date": True, "times": 3}),
    ("status", {"status": 500, "times": 4}),
    ("status", {"status": 503, "times": 4}),
    ("html", {"times": 3}),
    ("truncate", {"times": 3}),
    ("drip", {"seconds": 4, "times": 2}),
    ("slow", {"seconds": 2, "times": 3}),
    ("act_then_reset", {"times": 4}),
    ("reset", {"times": 4}),
)


def event_faults() -> Iterator[Row]:
    for kind, times in (("duplicate", 50), ("reorder", 6), ("drop", 50)):
        yield Row(f"{kind} events", "webhooks", breaks.events(kind, times), is_short=kind == "drop")
    yield Row("rows twice", "daktela lists", breaks.misbehaving("daktela", "duplicate", times=5, method="GET"))
    yield Row("rows reversed", "daktela lists", breaks.misbehaving("daktela", "reorder", times=5, method="GET"))
    yield Row("hostile bodies", "webhooks", breaks.hostile)


def time_faults() -> Iterator[Row]:
    for seconds in (30, -30):
        yield Row(f"clock {seconds:+} s", "worker", breaks.skewed(seconds))
    # The clocks of all of us go on to these nights, and never back: they are the last rows.
    yield Row("spring night", "clocks", breaks.night(datetime(2027, 3, 28, 0, 59, 30, tzinfo=UTC)))
    yield Row("autumn night", "clocks", breaks.night(datetime(2027, 10, 31, 0, 59, 30, tzinfo=UTC)))


def chosen_rows(chosen: argparse.Namespace) -> Iterator[Row]:
    for row in rows():
        is_named = not chosen.rows or any(row.name.startswith(name) for name in chosen.rows)
        if is_named and (row.is_short or not chosen.short):
            yield row


def report(drill: Drill, chosen: argparse.Namespace) -> bool:
    """Runs the chosen rows; whether every count is zero, and would not have been with a fault in it."""
    is_good = [one(drill, row) for row in chosen_rows(chosen)]
    return all([*is_good, *prove(drill)])


def one(drill: Drill, row: Row) -> bool:
    line: dict[str, Any] = {"fault": row.fault, "where": row.where}
    try:
        found, seconds = drill.run(row.breaks)
    except TimeoutError as problem:
        say(line | {"error": str(problem)})
        return False
    say(line | {name: len(getattr(found, name)) for name in planted.PLANTS} | {"seconds": round(seconds, 1)})
    if not found.is_clean():
        print(f"    {found}", file=sys.stderr, flush=True)
    return found.is_clean()


def prove(drill: Drill) -> Iterator[bool]:
    """A clean result is worth something only where a fault would have been found (trap 40)."""
    for name, plant in planted.PLANTS.items():
        with plant(drill):
            found = verdict(drill.worlds, drill.daktela)
        say({"planted": name, "found": bool(getattr(found, name))})
        yield bool(getattr(found, name))


def say(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)
