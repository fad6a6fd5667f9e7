"""What of ours is written where only an empty field of theirs is filled, or a value is added to it?

Pure: values in, values out. What stands there is read just before; what somebody types in that second is not seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from integrations.mapping import ABSENT, Rule, reader


def beside(careful: Mapping[str, Rule], values: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """Our values in their words, without those of careful rows that change nothing."""
    settled = dict(values)
    for name, rule in careful.items():
        if name in settled:
            settled[name] = _settled(rule, reader(name)(there), settled[name])
    return {name: value for name, value in settled.items() if value is not ABSENT}


def standing(there: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """What stands in these fields, as far as it is a plain value; None for nothing."""
    found = {name: reader(name)(there) for name in names}
    return {name: value if isinstance(value, str | int | float | list) else None for name, value in found.items()}


def _settled(rule: Rule, now: Any, ours: Any) -> Any:
    """What is to stand there; ABSENT where it stays as it is."""
    if ours is None:
        return ABSENT
    if now is ABSENT or now in (None, "", []):
        return ours
    if rule.mode == "if_empty":
        return ABSENT
    if isinstance(ours, list) or isinstance(now, list):
        return _added(rule, now if isinstance(now, list) else [now], ours if isinstance(ours, list) else [ours])
    return ABSENT if str(ours) in str(now) else f"{now}\n{ours}"


def _added(rule: Rule, now: list[Any], ours: list[Any]) -> Any:
    have = {_compared(rule, one) for one in now}
    new = [one for one in ours if _compared(rule, one) not in have]
    return [*now, *new] if new else ABSENT


def _compared(rule: Rule, value: Any) -> str:
    """However it is spelled: a number is the same with and without its spaces."""
    try:
        return str(rule.keep(value)).lower()
    except (ValueError, TypeError, OverflowError):
        return str(value).lower()
