"""What did the client send? Bracketed keys as nested values, and a request and response without a web framework."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, unquote

import orjson

from .errors import ApiError

BASE = "/api/v6/"
GREATEST_BODY = 25 * 1024 * 1024
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


@dataclass
class Request:
    """One request, read completely."""

    method: str
    path: str
    query: dict[str, Any]
    headers: dict[str, str]
    body: bytes
    address: str
    environ: dict[str, Any] = field(repr=False)

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
        if not self.body:
            return {}
        if self.content_type == "application/x-www-form-urlencoded":
            return nested(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))
        try:
            read = json.loads(self.body)
        except ValueError:
            raise ApiError(400, ["The body is not valid JSON"]) from None
        if not isinstance(read, dict):
            raise ApiError(400, ["The body must be a JSON object"])
        return read


@dataclass
class Response:
    """What goes back. ``chunks`` replaces ``body`` when the answer trickles."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunks: Iterator[bytes] | None = None

    @classmethod
    def json(cls, value: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> "Response":
        return cls(status, orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS), headers=list(headers))


def read_request(environ: dict[str, Any]) -> Request:
    """The WSGI environment as a Request. Raises ApiError(413) when the body is too long."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length > GREATEST_BODY:
        raise ApiError(413, ["The body is too long"])
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    headers["content-type"] = environ.get("CONTENT_TYPE") or ""
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    path = raw.partition("?")[0] if raw else environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    return Request(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=nested(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        headers=headers,
        body=environ["wsgi.input"].read(length) if length else b"",
        address=environ.get("REMOTE_ADDR", ""),
        environ=environ,
    )


def segments(path: str) -> list[str]:
    """The decoded parts of a path; exactly one trailing ``.json`` is taken off."""
    return [unquote(part) for part in path.removesuffix(".json").split("/") if part]
