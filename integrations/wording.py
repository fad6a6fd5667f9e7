"""In which words do the pages of the panel say a number of things, and a field's value?"""

from __future__ import annotations

import json
from typing import Any


def counted(number: int, noun: str) -> str:
    """ "1 record", "12,480 records"."""
    return f"{number:,} {noun}" + "s" * (number != 1)


def shown(value: Any) -> str:
    """A field's value as a person reads it: nothing is a dash, a list is its parts."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(shown(one) for one in value) or "–"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
