"""What becomes of our record when theirs comes? The modes of a mapping, and who owns which field.

Pure: values in, values out. A record is a dict by our fields' names; lists are sets with an order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from integrations.mapping import PHONE

Record = Mapping[str, Any]


def made(mapped: Record, defaults: Record) -> dict[str, Any]:
    """A record that is new: every mode writes."""
    return one_of_each({**defaults, **mapped})


def changes(now: Record, mapped: Record, modes: Mapping[str, str], locked: Collection[str] = ()) -> dict[str, Any]:
    """What is to be written into a record that is `now` so; `locked` are the fields that another system owns."""
    settled = {
        name: _SETTLE[modes.get(name, "overwrite")](now.get(name), value)
        for name, value in one_of_each(mapped).items()
        if name not in locked and modes.get(name) != "if_new"
    }
    return {name: value for name, value in settled.items() if not is_same(now.get(name), value)}


def is_same(one: Any, other: Any) -> bool:
    """Order and case of lists (numbers, addresses) are no difference; nothing and the empty value are one."""
    if isinstance(one, list) and isinstance(other, list):
        return {str(value).lower() for value in one} == {str(value).lower() for value in other}
    return one == other or (is_empty(one) and is_empty(other))


def is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def one_of_each(mapped: Record) -> dict[str, Any]:
    """A number that stands in two kinds is of the first: a record has it once."""
    kinds = _kinds(tuple(mapped))
    if len(kinds) < 2:
        return dict(mapped)
    numbers = [value for name in kinds for value in mapped[name]]
    if len(set(numbers)) == len(numbers):
        return dict(mapped)
    seen: set[str] = set()
    settled = dict(mapped)
    for name in kinds:
        settled[name] = [value for value in mapped[name] if value not in seen]
        seen.update(mapped[name])
    return settled


@lru_cache(maxsize=1024)
def _kinds(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in names if name.startswith(PHONE))


def _overwrite(now: Any, value: Any) -> Any:
    return value


def _if_empty(now: Any, value: Any) -> Any:
    return value if is_empty(now) else now


def _append(now: Any, value: Any) -> Any:
    if isinstance(value, list):
        have = {str(one).lower() for one in now or ()}
        return [*(now or ()), *(one for one in value if str(one).lower() not in have)]
    if is_empty(now) or is_empty(value) or str(value) in str(now):
        return value if is_empty(now) else now
    return f"{now}\n{value}"


_SETTLE = {"overwrite": _overwrite, "if_new": _overwrite, "if_empty": _if_empty, "append": _append}
