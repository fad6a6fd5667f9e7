"""What does a hand-kept JSON file say? JSON with the comments and last commas that people leave in it (pure).

The manual's own example has a comma after its last member (seed 001, scripts). Nothing else is forgiven.
"""

from __future__ import annotations

import json
import re
from typing import Any

LONGEST = 100_000  # characters; a real file has two thousand
_STRING = r'"(?:[^"\\]|\\.)*"'
_COMMENT = re.compile(rf"{_STRING}|//[^\n]*|/\*.*?\*/", re.DOTALL)
_LAST_COMMA = re.compile(rf"{_STRING}|,(?=\s*[}}\]])", re.DOTALL)


class NotReadable(Exception):
    """Why the text is no JSON, with the line and column, in a sentence."""


def parse(text: str) -> Any:
    """The value of the text; raises NotReadable. A name that stands twice in one object is refused, not guessed."""
    if len(text) > LONGEST:
        raise NotReadable(f"The file is longer than {LONGEST:,} characters. Is it the right one?")
    for noise in (_COMMENT, _LAST_COMMA):
        text = noise.sub(_blank, text)
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()  # half a character ("\\ud800") can be neither shown nor kept
    except json.JSONDecodeError as error:
        raise NotReadable(f"Line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except (ValueError, RecursionError) as error:
        raise NotReadable("It holds a number, a character or a nesting that no configuration has.") from error
    return value


def _blank(match: re.Match[str]) -> str:
    """Spaces in its place, so that lines and columns stay true; a string stays."""
    return match[0] if match[0].startswith('"') else re.sub(r"[^\n]", " ", match[0])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for name, value in pairs:
        if name in seen:
            raise NotReadable(f"“{name[:60]}” stands twice in one object. Leave one.")
        seen[name] = value
    return seen


def _no_number(name: str) -> None:
    raise NotReadable(f"{name} is no JSON value.")
