"""Which records does a filter let through? The three wire forms, all operators, paths through related objects.

What is unknown is refused, null is never matched by a comparison, and case counts: assumptions 4 and 7.
"""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from .errors import ApiError, primary
from .schema import ITEMS, RESOURCES, Field, Resource
from .wire import listed
from .world import Record, World

Test = Callable[[Record], bool]
Getter = Callable[[Record], list[Any]]
Clocks = Callable[[str], str]

YES = ("1", "true")
GREATEST_NESTING = 40


class Path(NamedTuple):
    """Where a filter or sort looks: the field there, and how to get its values from a record."""

    field: Field
    get: Getter


def filter_test(world: World, resource: Resource, raw: Any, clocks: Clocks, depth: int = 0) -> Test:
    """A test for records from ``filter`` as it came: one condition, a flat list (all must hold), or a tree.

    ``clocks`` turns a time as the client writes it into the instance's. Raises ApiError(400).
    """
    if depth > GREATEST_NESTING:
        raise primary("The filter is nested too deep")
    if not isinstance(raw, (dict, list)):
        raise primary("The filter cannot be read")
    if isinstance(raw, dict) and "field" in raw:
        return condition(world, resource, raw, clocks)
    logic, branches = "and", listed(raw)
    if isinstance(raw, dict) and ("filters" in raw or "logic" in raw):
        logic, branches = raw.get("logic", "and"), listed(raw.get("filters", []))
    tests = [filter_test(world, resource, branch, clocks, depth + 1) for branch in branches]
    if logic not in ("and", "or"):
        raise primary(f"Unknown filter logic {logic}")
    if logic == "or" and tests:
        return lambda record: any(test(record) for test in tests)
    return lambda record: all(test(record) for test in tests)


def condition(world: World, resource: Resource, raw: dict[str, Any], clocks: Clocks) -> Test:
    path = path_to(world, resource, str(raw["field"]))
    if path.field.kind == "datetime" and resource.name in world.assumptions.date_filter_refused:
        raise primary(f"The filter by {raw['field']} is not allowed")
    operator = str(raw.get("operator", "eq"))
    if operator not in OPERATORS:
        raise primary(f"Unknown filter operator {operator}")
    ignores_case = str(raw.get("ignoreCase", world.assumptions.ignores_case)).lower() in YES
    fold = str.casefold if ignores_case else str
    wanted = [spelled(path.field, value, clocks, fold) for value in listed(raw.get("value", ""))]
    holds = OPERATORS[operator]
    return lambda record: holds([spelled(path.field, v, str, fold) for v in path.get(record) if v is not None], wanted)


def spelled(field: Field, value: Any, clocks: Clocks, fold: Callable[[str], str]) -> Any:
    """A value in the one form in which values of this field can be compared. Raises ApiError(400)."""
    text = str(value)
    if field.kind == "bool":
        return text.lower() in YES
    if field.kind == "int":
        return whole_number(text)
    if field.kind == "datetime":
        return local_time(text, clocks)
    return fold(text)


def whole_number(text: str) -> float:
    try:
        return float(text or 0)
    except ValueError:
        raise primary(f"{text} is not a number") from None


def local_time(text: str, clocks: Clocks) -> str:
    try:
        return clocks(f"{text} 00:00:00" if len(text) == 10 else text)
    except ValueError:
        # A pattern such as 2026-01-% is compared as text.
        return text


def path_to(world: World, resource: Resource, dotted: str) -> Path:
    """The field behind ``contact.account`` or ``customFields.number``. Raises ApiError(400) for an unknown one."""
    head, _, rest = dotted.partition(".")
    if head == "customFields" and rest and resource.has_custom_fields:
        return custom_path(world, resource, rest)
    field = resource.fields.get(head)
    if not field or field.kind == "secret":
        raise primary(f"Unknown field {dotted}")
    if field.kind == "item" and rest:
        return item_path(world, rest)
    if field.target and rest and field.kind in ("ref", "refs"):
        return related_path(world, field, rest)
    return Path(field, lambda record: record[head] if isinstance(record[head], list) else [record[head]])


def custom_path(world: World, resource: Resource, key: str) -> Path:
    """Any of several values of a custom field may match."""
    if key not in world.schemes.get(resource.name, {}):
        raise primary(f"Unknown field customFields.{key}")
    return Path(Field(key, "R", False, "text"), lambda record: record["customFields"].get(key) or [None])


def related_path(world: World, field: Field, rest: str) -> Path:
    there = path_to(world, RESOURCES[field.target], rest)

    def get(record: Record) -> list[Any]:
        found = [world.find(field.target, name) for name in listed(record[field.name] or [])]
        return [value for one in found if one for value in there.get(one)] or [None]

    return Path(there.field, get)


def item_path(world: World, rest: str) -> Path:
    """A field of the object behind an activity, in whichever channels have such a field."""
    paths = {}
    for channel, name in ITEMS.items():
        try:
            paths[channel] = path_to(world, RESOURCES[name], rest)
        except ApiError:
            continue
    if not paths:
        raise primary(f"Unknown field item.{rest}")

    def get(record: Record) -> list[Any]:
        found = world.find(ITEMS.get(record["type"], "activities"), record["item"])
        return paths[record["type"]].get(found) if found and record["type"] in paths else [None]

    return Path(next(iter(paths.values())).field, get)


def like(values: list[Any], wanted: list[Any]) -> bool:
    """SQL's LIKE: % is anything, _ is one character, and all of the text must fit."""
    pattern = "".join({"%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in str(wanted[0]))
    return any(re.fullmatch(pattern, str(value), re.DOTALL) for value in values)


def every(test: Callable[[list[Any], list[Any]], bool]) -> Callable[[list[Any], list[Any]], bool]:
    """The opposite of a test; a null is never matched, not even by an opposite."""
    return lambda values, wanted: bool(values) and not test(values, wanted)


def equal(values: list[Any], wanted: list[Any]) -> bool:
    return any(value in wanted for value in values)


def contains(values: list[Any], wanted: list[Any]) -> bool:
    return any(str(wanted[0]) in str(value) for value in values)


def starts(values: list[Any], wanted: list[Any]) -> bool:
    return any(str(value).startswith(str(wanted[0])) for value in values)


def ends(values: list[Any], wanted: list[Any]) -> bool:
    return any(str(value).endswith(str(wanted[0])) for value in values)


OPERATORS: dict[str, Callable[[list[Any], list[Any]], bool]] = {
    "eq": equal,
    "neq": every(equal),
    "in": equal,
    "notin": every(equal),
    "lt": lambda values, wanted: any(value < wanted[0] for value in values),
    "lte": lambda values, wanted: any(value <= wanted[0] for value in values),
    "gt": lambda values, wanted: any(value > wanted[0] for value in values),
    "gte": lambda values, wanted: any(value >= wanted[0] for value in values),
    "like": like,
    "notlike": every(like),
    "contains": contains,
    "doesnotcontain": every(contains),
    "startswith": starts,
    "begins": starts,
    "notbegins": every(starts),
    "endswith": ends,
    "ends": ends,
    "notends": every(ends),
    "isnull": lambda values, wanted: not values,
    "isnotnull": lambda values, wanted: bool(values),
}
