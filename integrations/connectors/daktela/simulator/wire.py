"""What did the client send? Bracketed keys as nested values, in the query and in forms, and the parts of a path."""

import re
from collections.abc import Iterable
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, unquote

from integrations.connectors.simulator import wire

from .errors import ApiError

BASE = "/api/v6/"
GREATEST_DEPTH = 100


def nested(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """``a[b][0]=c`` as ``{"a": {"b": {"0": "c"}}}``; ``a[]=x&a[]=y`` as ``{"a": {"0": "x", "1": "y"}}``."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        steps = re.findall(r"[^\[\]]+|\[\]", key)[:GREATEST_DEPTH] or [key]
        spot = tree
        for step in steps[:-1]:
            spot = spot.setdefault(place(spot, step), {})
            if not isinstance(spot, dict):
                raise ApiError(400, [f"The parameter {key} contradicts another one"])
        spot[place(spot, steps[-1])] = value
    return tree


def place(spot: dict[str, Any], step: str) -> str:
    return str(len(spot)) if step == "[]" else step


def listed(value: Any) -> list[Any]:
    """What may be one value, a list, or a dict with numbers for keys, as a list."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [value]


class Request(wire.Request):
    @cached_property
    def query(self) -> dict[str, Any]:
        """Raises ApiError(400)."""
        return nested(parse_qsl(self.target.partition("?")[2], keep_blank_values=True))

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def cookies(self) -> dict[str, str]:
        try:
            return {name: morsel.value for name, morsel in SimpleCookie(self.headers.get("cookie", "")).items()}
        except CookieError:
            return {}

    def values(self) -> dict[str, Any]:
        """The body as a dict, from JSON or from a form. Raises ApiError(400)."""
        if self.content_type == "application/x-www-form-urlencoded":
            return nested(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            return super().values()
        except ValueError as problem:
            raise ApiError(400, [str(problem)]) from None


def segments(path: str) -> list[str]:
    """The decoded parts of a path; exactly one trailing ``.json`` is taken off."""
    return [unquote(part) for part in path.removesuffix(".json").split("/") if part]
