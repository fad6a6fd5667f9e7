"""How is a page of a hundred thousand records found quickly? By a list that is kept sorted, and halving.

Whoever reads a large table to its end asks for "what comes after this" again and again. Where a filter asks for just
that, by the very fields the list is sorted by, it is a place in the list and no test of each record.
"""

from bisect import bisect_left
from typing import Any

from .filters import Test
from .wire import listed
from .world import Record, World

LARGE = 500
KEPT = ("contacts", "accounts")  # every change of these goes through the world, which counts it
LATER = ("gt", "gte")


def order(raw_sort: Any) -> tuple[str, ...]:
    """The fields of an ascending sort; empty for any other."""
    sorts = [raw_sort] if isinstance(raw_sort, dict) and "field" in raw_sort else listed(raw_sort or [])
    plain = all(isinstance(one, dict) and one.get("dir", "asc") == "asc" and "." not in one["field"] for one in sorts)
    return tuple(str(one["field"]) for one in sorts) if plain else ()


def kept(world: World, resource: str, fields: tuple[str, ...]) -> list[Record] | None:
    """All records in this order, from the last time if nothing was written since; None where that is not worth it."""
    if not fields or resource not in KEPT or len(world.tables[resource]) < LARGE or not known(world, resource, fields):
        return None
    version, rows = world.orders.get((resource, fields), (-1, []))
    if version != world.versions[resource]:
        live = world.tables[resource]
        rows = [row for row in rows if live.get(row["name"]) is row]  # nearly sorted, which sorts quickly
        seen = {row["name"] for row in rows}
        rows = [*rows, *(row for name, row in live.items() if name not in seen)]
        rows = [row for row in rows if not row.get("_deleted")]
        rows.sort(key=lambda row: tuple(str(row[name] or "").casefold() for name in fields))
        world.orders[resource, fields] = world.versions[resource], rows
    return rows


def known(world: World, resource: str, fields: tuple[str, ...]) -> bool:
    row = next(iter(world.tables[resource].values()))
    return all(isinstance(row.get(name), str) for name in fields)


def named(raw: Any, key: str) -> list[str]:
    """The names a filter asks for, if that is all it asks."""
    if not isinstance(raw, dict):
        return []
    if "field" in raw:
        is_exact = raw["field"] == key and raw.get("operator") in ("in", "eq") and "ignoreCase" not in raw
        return [str(name) for name in listed(raw.get("value", ""))] if is_exact else []
    branches = listed(raw.get("filters", []))
    return named(branches[0], key) if len(branches) == 1 else []


def is_later(raw: Any, fields: tuple[str, ...]) -> bool:
    """Whether a filter lets through exactly the end of a list in this order."""
    if not isinstance(raw, dict):
        return False
    if "field" in raw:
        return raw["field"] == fields[0] and raw.get("operator") in LATER
    branches = listed(raw.get("filters", []))
    if len(branches) == 1:
        return is_later(branches[0], fields)
    return (
        raw.get("logic") == "or"
        and len(branches) == 2
        and len(fields) > 1
        and is_after(branches[0], branches[1], fields)
    )


def is_after(later: Any, same: Any, fields: tuple[str, ...]) -> bool:
    """``a > x or (a = x and b > y)``"""
    inner = listed(same.get("filters", [])) if isinstance(same, dict) and same.get("logic") == "and" else []
    return (
        len(inner) == 2
        and (later.get("field"), later.get("operator")) == (fields[0], "gt")
        and (inner[0].get("field"), inner[0].get("operator")) == (fields[0], "eq")
        and (inner[1].get("field"), inner[1].get("operator")) == (fields[1], "gt")
        and later.get("value") == inner[0].get("value")
    )


def end_of(rows: list[Record], test: Test) -> list[Record]:
    """The rows from the first one on that passes; all after it do."""
    return rows[bisect_left(rows, True, key=test) :]
