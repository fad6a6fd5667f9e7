"""Can this body be read at all, and does it say one thing only? JSON as strict as it can be (trap 21, threat 3)."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

DEEPEST = 40
LONGEST_NUMBER = 40  # characters


def check(body: bytes) -> None:
    """Raises ValueError, with a sentence for the inbox, for what two readers could understand differently or not."""
    try:
        value = json.loads(
            body.decode(),
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_int=_whole,
            parse_float=_finite,
        )
    except UnicodeDecodeError as error:
        raise ValueError("It is not UTF-8.") from error
    except RecursionError as error:
        raise ValueError("It is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"It is not JSON: {error.msg} at character {error.pos}.") from error
    _check_texts(value)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A key that stands twice is read differently by everybody."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("A key stands in it twice.")
    return found


def _no_number(_: str) -> Any:
    raise ValueError("It holds something that is no number, such as NaN.")


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER:
        raise ValueError("It holds a number that is too long.")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("It holds a number that is too large.")
    return number


def _check_texts(value: Any) -> None:
    """Level by level, so that depth costs no stack."""
    level = [value]
    for _ in range(DEEPEST):
        if not level:
            return
        for text in _texts(level):
            if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
                raise ValueError("It holds a character that no database takes.")
        level = [inner for outer in level for inner in _inside(outer)]
    raise ValueError("It is nested too deeply.")


def _texts(level: Iterable[Any]) -> Iterable[str]:
    for value in level:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from value


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
