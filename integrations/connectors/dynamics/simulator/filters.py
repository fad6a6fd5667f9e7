"""Which rows does a $filter let through? The part of OData's language that clients of contacts and accounts use.

Texts are compared without regard to case; a lookup is named as it is read; nothing but "eq null" finds a null.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from .errors import bad_query
from .schema import Definition

Row = dict[str, Any]
Test = Callable[[Row], bool]
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')"
    r"|(?P<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
    r"|(?P<time>\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?)"
    r"|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<list>\[[^\]]*\])"
    r"|(?P<word>[A-Za-z_][\w.]*)"
    r"|(?P<sign>[(),=]))"
)
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a is not None and a > b,
    "ge": lambda a, b: a is not None and a >= b,
    "lt": lambda a, b: a is not None and a < b,
    "le": lambda a, b: a is not None and a <= b,
}
SEARCHED: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda a, b: b in a,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
WORDS = {"true": True, "false": False, "null": None}
IN = "Microsoft.Dynamics.CRM.In"


class Filter:
    """`allows(row)`; `keys` are the primary keys it names, where it names nothing else."""

    def __init__(self, text: str, definition: Definition) -> None:
        self.definition = definition
        self.tokens = tokens(text)
        self.place = 0
        self.keys: list[str] | None = None
        self.allows = self.any_of()
        if self.place < len(self.tokens):
            raise bad_query(f"Syntax error at position {self.place} in '{text}'.")

    def any_of(self) -> Test:
        tests = [self.all_of()]
        while self.took("or"):
            tests.append(self.all_of())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def all_of(self) -> Test:
        tests = [self.one()]
        while self.took("and"):
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def one(self) -> Test:
        if self.took("not"):
            test = self.one()
            return lambda row: not test(row)
        if self.took("("):
            test = self.any_of()
            self.expect(")")
            return test
        word = self.next()[1]
        if word == IN:
            return self.among()
        if word in SEARCHED:
            return self.searched(SEARCHED[word])
        return self.compared(self.named(word))

    def compared(self, name: str) -> Test:
        operator = self.next()[1]
        if operator not in COMPARED:
            raise bad_query(f"Unrecognized operator '{operator}'.")
        compare, value = COMPARED[operator], plain(literal(*self.next()))
        return lambda row: compare(plain(row.get(name)), value)

    def searched(self, search: Callable[[str, str], bool]) -> Test:
        self.expect("(")
        name = self.named(self.next()[1])
        self.expect(",")
        value = str(plain(literal(*self.next())))
        self.expect(")")
        return lambda row: row.get(name) is not None and search(str(plain(row[name])), value)

    def among(self) -> Test:
        self.expect("(")
        self.expect("PropertyName")
        self.expect("=")
        name = self.named(str(literal(*self.next())))
        self.expect(",")
        self.expect("PropertyValues")
        self.expect("=")
        values = {plain(value) for value in literal(*self.next())}
        self.expect(")")
        if name == self.definition.key and len(self.tokens) == self.place:
            self.keys = sorted(str(value) for value in values)
        return lambda row: plain(row.get(name)) in values

    def named(self, name: str) -> str:
        if not self.definition.column(name):
            entity = f"Microsoft.Dynamics.CRM.{self.definition.entity}"
            raise bad_query(f"Could not find a property named '{name}' on type '{entity}'.")
        return name

    def next(self) -> tuple[str, str]:
        if self.place >= len(self.tokens):
            raise bad_query("Expression expected at the end of $filter.")
        self.place += 1
        return self.tokens[self.place - 1]

    def took(self, text: str) -> bool:
        found = self.place < len(self.tokens) and self.tokens[self.place][1] == text
        self.place += found
        return found

    def expect(self, text: str) -> None:
        if not self.took(text):
            raise bad_query(f"'{text}' expected in $filter.")


def tokens(text: str) -> Sequence[tuple[str, str]]:
    """Kinds and texts. Raises ApiError(400)."""
    found, place = [], 0
    text = text.strip()
    while place < len(text):
        match = TOKEN.match(text, place)
        if not match or not match.lastgroup:
            raise bad_query(f"Syntax error at position {place} in '{text}'.")
        found.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


def literal(kind: str, text: str) -> Any:
    if kind == "text":
        return text[1:-1].replace("''", "'")
    if kind == "number":
        return float(text) if "." in text else int(text)
    if kind == "list":
        return json.loads(text.replace("'", '"'))
    if kind == "word" and text not in WORDS:
        raise bad_query(f"A value was expected, not '{text}'.")
    return WORDS.get(text, text)


def plain(value: Any) -> Any:
    """As it is compared: without regard to case."""
    return value.casefold() if isinstance(value, str) else value
