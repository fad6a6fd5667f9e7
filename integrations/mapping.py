"""What does a record say in the other system's words? Pairs of fields, and one record across the border either way.

Pure. An absent key, null and an empty value are three things (contract C9, trap 16): what is absent is not in the
answer, null and empty clear. A field that cannot be read is a problem of its own; the others go on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from msgspec import Struct

from integrations.transforms import Change, Home, change, text

ABSENT: Any = object()
Read = Callable[[Mapping[str, Any]], Any]
_STEP = re.compile(r"([^.\[\]]+)|\[(\d*)\]")
CUSTOM, PHONE = "custom.", "phone."  # how such fields of ours begin


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of a mapping. `keep` makes of a value what our field holds, or raises ValueError; of a list, of each."""

    ours: str
    theirs: str
    mode: str = "overwrite"
    transform: str = ""
    argument: str = ""
    table: Mapping[str, Any] = field(default_factory=dict)
    default: str = ""
    keep: Change = text
    is_list: bool = False


class Problem(NamedTuple):
    field: str
    reason: str


class Mapped(Struct):
    """`values` by our (inward) or their (outward) field. `defaults` are for a new record: theirs were absent."""

    values: dict[str, Any]
    defaults: dict[str, Any]
    problems: list[Problem]


# What is written; the path that is read, and what walks it if it is no plain key; what is made of the value; the row.
# A plain tuple, as it is taken apart for every field of every record: a named one takes three times as long.
_Step = tuple[str, str, Read | None, Change, Rule]


class Rules:
    """A mapping, compiled once. ValueError says what is wrong with which row."""

    def __init__(self, rules: Iterable[Rule], home: Home = Home(), *, is_inward: bool = True) -> None:  # noqa: B008
        self.rules = tuple(rules)
        self.modes = {rule.ours: rule.mode for rule in self.rules}
        step = _inward_step if is_inward else _outward_step
        self.steps = [step(rule, home) for rule in self.rules]
        self.careful = {rule.theirs: rule for rule in self.rules if rule.mode in ("if_empty", "append")}


def inward(rules: Rules, values: Mapping[str, Any]) -> Mapped:
    """Their record in our words: what their bytes say, and no more."""
    mapped: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, path, walk, convert, rule in rules.steps:
        if path in values:
            theirs = values[path]
        elif walk is None or (theirs := walk(values)) is ABSENT:
            if rule.default:
                defaults[name] = convert(None)
            continue
        try:
            value = convert(theirs)
        except (ValueError, TypeError, OverflowError) as error:
            problems.append(Problem(name, f"{path}: {_said(error)}"))
            continue
        if name in mapped:
            value = _together(mapped[name], value)
        mapped[name] = value
    return Mapped(mapped, defaults, problems)


def outward(rules: Rules, record: Mapping[str, Any]) -> Mapped:
    """Our record in their words; None clears. `defaults` are the fields that only a new record gets.

    What goes into a field of a `careful` row is held against what stands there before it is written.
    """
    mapped: dict[str, Any] = {}
    if_new: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, path, walk, convert, rule in rules.steps:
        if path in record:
            ours = record[path]
        elif walk is None or (ours := walk(record)) is ABSENT:
            continue
        try:
            value = convert(ours)
        except (ValueError, TypeError, OverflowError) as error:
            problems.append(Problem(name, f"{path}: {_said(error)}"))
            continue
        into = if_new if rule.mode == "if_new" else mapped
        into[name] = _together(into[name], value) if name in into else value
    return Mapped(mapped, if_new, problems)


def reader(path: str) -> Read:
    """Takes one value out of a record: `name`, `account.name`, `numbers[0]`, `numbers[].value` (weakness W11).

    A key that has dots in itself is found first. A list in the middle of a path is gone through.
    """
    walk = _walker(path)
    return lambda values: values[path] if path in values else walk(values) if walk else ABSENT


def _walker(path: str) -> Read | None:
    """Goes into a record step by step; None where a path is a key and no more."""
    steps = tuple(int(index) if index else name or None for name, index in _STEP.findall(path))
    if steps == (path,):
        return None

    def walk(values: Mapping[str, Any]) -> Any:
        value: Any = values
        try:
            for step in steps:
                if step.__class__ is int and value.__class__ is not list:
                    return _walked(values, steps)
                value = value[step]
        except (KeyError, IndexError, TypeError):  # what is not straight is walked
            return _walked(values, steps)
        return value

    return walk


def _walked(value: Any, steps: Sequence[Any]) -> Any:
    for position, step in enumerate(steps):
        if value is None:
            return None
        if isinstance(value, list) and not isinstance(step, int):
            rest = steps[position + (step is None) :]
            return [one for one in (_walked(item, rest) for item in value) if one is not ABSENT]
        value = _taken(value, step)
        if value is ABSENT:
            return ABSENT
    return value


def _taken(value: Any, step: Any) -> Any:
    """One step into a value; an index past the end is an empty value: the list itself is there."""
    if isinstance(step, int):
        if not isinstance(value, list):
            return value if step == 0 else None
        return value[step] if step < len(value) else None
    return value.get(step, ABSENT) if isinstance(value, dict) else ABSENT


def _together(before: Any, value: Any) -> Any:
    """Lists of several rows are put together; of several single values the last that says something counts."""
    if isinstance(before, list) and isinstance(value, list):
        return [*before, *(one for one in value if one not in before)]
    return before if value in ("", None) else value


def _inward_step(rule: Rule, home: Home) -> _Step:
    changed = change(rule.transform, rule.argument, home, is_inward=True) if rule.transform else None
    if rule.is_list:
        convert = _listing(rule, changed)
    elif changed or rule.table or rule.default:
        convert = _chain(_settling(rule, changed), rule.keep)
    else:
        convert = rule.keep
    return rule.ours, rule.theirs, _walker(rule.theirs), convert, rule


def _chain(first: Change, then: Change) -> Change:
    return lambda value: then(first(value))


def _listing(rule: Rule, changed: Change | None) -> Change:
    """Any value as a list of ours: null is the empty list, one value a list of one."""
    keep = rule.keep

    def convert(value: Any) -> list[Any]:
        if value.__class__ is str and value and not changed:
            return [keep(value)]
        if value is None:
            several = [rule.default] if rule.default else []
        else:
            several = value if isinstance(value, list) else [value]
        if changed:
            changed_values = [changed(item) for item in several]
            several = [item for made in changed_values for item in (made if isinstance(made, list) else [made])]
        return list(dict.fromkeys([keep(item) for item in several if item not in (None, "")]))

    return convert


def _outward_step(rule: Rule, home: Home) -> _Step:
    changed = change(rule.transform, rule.argument, home, is_inward=False) if rule.transform else None
    settled = _settling(rule, changed)

    def convert(value: Any) -> Any:
        if isinstance(value, list) and changed and rule.transform not in ("first", "join", "list"):
            made: Any = [changed(item) for item in value]
        else:
            made = settled(value)
        return None if made in ("", None) else made

    return rule.theirs, rule.ours, _walker(rule.ours), convert, rule


def _settling(rule: Rule, changed: Change | None) -> Change:
    """Through the change, the value table and the default, in this order."""
    table, default = rule.table, rule.default

    def settled(value: Any) -> Any:
        if changed:
            value = changed(value)
        if table and value.__class__ not in (list, dict):
            value = table.get(text(value), value)
        return default if default and value in (None, "") else value

    return settled


def _said(error: Exception) -> str:
    return str(error)[:200] or "It cannot be read."
