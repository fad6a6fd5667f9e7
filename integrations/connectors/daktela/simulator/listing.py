"""Which rows of a list does the client get? Filter, search, sort, then one page of it (assumption 4)."""

from typing import Any

from . import zones
from .errors import primary
from .filters import Test, filter_test, path_to
from .reading import Reader
from .schema import Resource
from .sorted import end_of, is_later, kept, named, order
from .wire import listed
from .world import Record, World


def answer(
    world: World, reader: Reader, resource: Resource, rows: list[Record] | None, query: dict[str, Any]
) -> Record:
    """``{"data": [...], "total": n}`` for these rows (None: all of them) and this query. Raises ApiError(400)."""
    quick = quickly(world, reader, resource, query) if rows is None else None
    if quick is None:
        quick = slowly(world, reader, resource, world.rows(resource.name) if rows is None else rows, query)
    skip, take = window(world, query)
    page = quick[skip : skip + take]
    fields = wanted_fields(query)
    if fields:
        return {"data": [reader.picked(resource, row, fields) for row in page], "total": len(quick)}
    return {"data": [reader.shown(resource, row) for row in page], "total": len(quick)}


def quickly(world: World, reader: Reader, resource: Resource, query: dict[str, Any]) -> list[Record] | None:
    """The rows of a filter that asks for names, or for the end of a list; None for any other query."""
    if query.get("q") or resource.name in world.softly_deleted:
        return None
    fields = order(query.get("sort"))
    names = named(query.get("filter"), resource.key)
    if names and not query.get("sort"):
        return [row for name in dict.fromkeys(names) if (row := world.find(resource.name, name))]
    if query.get("filter") and not (fields and is_later(query["filter"], fields)):
        return None
    sorted_rows = kept(world, resource.name, fields)
    if sorted_rows is None or not query.get("filter"):
        return sorted_rows
    return end_of(sorted_rows, tester(world, reader, resource, query))


def tester(world: World, reader: Reader, resource: Resource, query: dict[str, Any]) -> Test:
    return filter_test(world, resource, query["filter"], lambda text: zones.moved(text, reader.zone, world.zone))


def slowly(world: World, reader: Reader, resource: Resource, rows: list[Record], query: dict[str, Any]) -> list[Record]:
    if query.get("filter"):
        test = tester(world, reader, resource, query)
        rows = [row for row in rows if test(row)]
    if query.get("q"):
        found = search_test(resource, str(query["q"]))
        rows = [row for row in rows if found(row)]
    return ordered(world, resource, rows, query.get("sort"))


def wanted_fields(query: dict[str, Any]) -> list[str]:
    """``fields=a,b``, ``fields[0]=a`` and ``fields[]=a`` alike."""
    return [name for part in listed(query.get("fields", "")) for name in str(part).split(",") if name]


def search_test(resource: Resource, text: str) -> Test:
    """Every word must be somewhere in the texts and custom fields of the record."""
    words = text.casefold().split()
    names = [f.name for f in resource.fields.values() if f.kind == "text"]

    def found(record: Record) -> bool:
        custom = [value for values in (record.get("customFields") or {}).values() for value in values]
        hay = " ".join(str(value) for value in [*(record[name] or "" for name in names), *custom]).casefold()
        return all(word in hay for word in words)

    return found


def ordered(world: World, resource: Resource, rows: list[Record], raw: Any) -> list[Record]:
    """Sorted by one sort, or by several, the first weighing most. Nulls come first, as in MySQL."""
    sorts = [raw] if isinstance(raw, dict) and "field" in raw else listed(raw or [])
    for sort in reversed(sorts):
        if not isinstance(sort, dict) or "field" not in sort:
            raise primary("The sort cannot be read")
        get = path_to(world, resource, str(sort["field"])).get
        rows = sorted(rows, key=lambda row: sort_key(get(row)), reverse=sort.get("dir") == "desc")
    return rows


def sort_key(values: list[Any]) -> tuple[int, float, str]:
    value = values[0] if values else None
    if value is None:
        return (0, 0.0, "")
    return (1, float(value), "") if isinstance(value, (bool, int, float)) else (2, 0.0, str(value).casefold())


def window(world: World, query: dict[str, Any]) -> tuple[int, int]:
    """How many rows to leave out and how many to give, by skip and take or by page and pageSize."""
    greatest = world.assumptions.greatest_take
    size = count(query, "pageSize", count(query, "take", world.assumptions.default_take))
    skip = (max(1, count(query, "page", 1)) - 1) * size if "page" in query else count(query, "skip", 0)
    return skip, min(size, greatest)


def count(query: dict[str, Any], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not str(text).isdecimal():
        raise primary(f"{name} must be a whole number")
    return int(text)
