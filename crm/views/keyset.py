"""Which rows come next? Pages that start after a row, so that page 10,000 costs what page 1 costs.

The address names the row itself (`?after=12`): short, stable while rows are added, without a name or a number in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan

from crm import ids

SIZE = 50
COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Beside which row a page stands: its values in the order of the list, and on which side."""

    values: tuple[Any, ...]
    is_before: bool


@dataclass(frozen=True, slots=True)
class Page:
    """`previous` and `next` are the ids to ask for with `before` and `after`, or None at the ends."""

    rows: list[Any]
    previous: int | None
    next: int | None


def place(query: Mapping[str, str], rows: QuerySet[Any], order: Sequence[str]) -> Place | None:
    """Where an address says the page is; None is the start, also when its row is gone, hidden or nonsense.

    `rows` are all the reader may see, so that nobody finds out where a hidden row would stand.
    """
    side = "before" if "before" in query else "after"
    pk = ids.read(query.get(side))
    if pk is None:
        return None
    values = rows.filter(pk=pk).order_by().values_list(*_names(order)).first()
    return Place(values, side == "before") if values else None


def page_of(rows: QuerySet[Any], order: Sequence[str], at: Place | None = None, size: int = SIZE) -> Page:
    """One page. `order` is a column and "pk", both with the same sign, as an index has them; nulls come last."""
    rows = rows.order_by(*order)
    if at is None:
        found = list(rows[: size + 1])
        return Page(found[:size], None, found[size - 1].pk if len(found) > size else None)
    found = _take(_beyond(rows, order, at), size + 1)
    if not found:
        return page_of(rows, order, None, size)
    has_more, found = len(found) > size, found[:size]
    if at.is_before:
        found.reverse()
    return Page(
        found,
        previous=found[0].pk if has_more or not at.is_before else None,
        next=found[-1].pk if has_more or at.is_before else None,
    )


def count(rows: QuerySet[Any]) -> int:
    """How many rows, counted no further than to COUNTED + 1, which stands for "more"."""
    return rows.order_by()[: COUNTED + 1].values("pk").count()


def _names(order: Sequence[str]) -> list[str]:
    return [name.removeprefix("-") for name in order]


def _beyond(rows: QuerySet[Any], order: Sequence[str], at: Place) -> list[QuerySet[Any]]:
    """What follows a place, nearest first: one queryset, or two where the column has nulls, which are not compared."""
    column = _names(order)[0]
    is_nullable = rows.model._meta.get_field(column).null
    compare = TupleLessThan if order[0].startswith("-") != at.is_before else TupleGreaterThan
    rows = rows.reverse() if at.is_before else rows
    if at.values[0] is None:
        side = "pk__lt" if at.is_before else "pk__gt"
        nulls = rows.filter(**{column: None, side: at.values[1]})
        return [nulls, rows.exclude(**{column: None})] if at.is_before else [nulls]
    beyond = rows.filter(compare(tuple(_names(order)), at.values))
    return [beyond, rows.filter(**{column: None})] if is_nullable and not at.is_before else [beyond]


def _take(parts: Sequence[QuerySet[Any]], size: int) -> list[Any]:
    found: list[Any] = []
    for part in parts:
        if len(found) < size:
            found += part[: size - len(found)]
    return found
