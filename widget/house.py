"""What has the house laid down for a queue? Its outcomes, rules, titles, names and addresses: kept until one changes.

They are a quarter of what a card would ask for, and hardly ever change. Whatever changes one renews a mark in the same
transaction (widget/models/mark.py); each card's statement brings the mark along, and what is kept under another one is
read anew. So it is never stale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from crm.wire import Statement
from widget import fields
from widget.context import KNOWN_CALL_TYPES
from widget.fields import Field
from widget.screenpop import Rule, choose

Row = dict[str, Any]

HOUSE = Statement("house", (Path(__file__).parent / "sql" / "house.sql").read_text())


@dataclass(frozen=True, slots=True, eq=False)
class House:
    """As of one mark. `queue` is None where there is none of this name. All cards share it: nobody writes to it."""

    mark: str | None
    origins: Sequence[str]
    queue: Row | None
    rules: Mapping[str, Rule]  # by call type
    outcome_titles: Mapping[int, str]  # of all queues: what an activity came to is shown in any
    user_names: Mapping[int, str]
    lines: Mapping[Sequence[str], Sequence[Field]]  # what a card shows, by the names in its rule

    @property
    def country(self) -> str:
        """What bare numbers are read as."""
        return self.queue["country"] if self.queue else "CZ"

    @property
    def source(self) -> str:
        return self.queue["source"] if self.queue else ""


_kept: dict[str, House] = {}


def of(slug: str) -> House:
    """As it was read last: it holds if its mark does."""
    return _kept.get(slug) or read(slug)


def read(slug: str) -> House:
    """As it is now."""
    row: Row = orjson.loads(HOUSE.answer({"queue": slug}))
    rules, titles = _rules(row), row["custom_titles"] or {}
    house = House(
        mark=row["mark"],
        origins=row["origins"] or (),
        queue=row["queue"],
        rules=rules,
        outcome_titles=dict(row["outcome_titles"] or ()),
        user_names=dict(row["user_names"] or ()),
        lines={rule.fields: fields.known(rule.fields, titles) for rule in rules.values()},
    )
    if house.queue:
        _kept[slug] = house
    else:
        _kept.pop(slug, None)
    return house


def _rules(row: Row) -> Mapping[str, Rule]:
    rules = [Rule.from_row(one) for one in row["rules"] or ()]
    queue_id = row["queue"]["id"] if row["queue"] else None
    return {call_type: choose(rules, queue_id, call_type) for call_type in KNOWN_CALL_TYPES}
