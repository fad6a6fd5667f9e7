"""What comes in and goes out over HTTP? Requests read, answers written, both plain values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

JSON = "application/json; odata.metadata=minimal"


@dataclass
class Request:
    """Header names are in small letters; the query is decoded, as OData has it: a "+" is a space."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""
    target: str = ""
    scheme: str = "http"

    @classmethod
    def read(cls, method: str, target: str, headers: Mapping[str, str], body: bytes, scheme: str) -> Request:
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        lowered = {name.lower(): value for name, value in headers.items()}
        return cls(method, unquote(parts.path), query, lowered, body, target, scheme)

    @property
    def origin(self) -> str:
        """Where we are, as the client sees it."""
        return f"{self.scheme}://{self.headers.get('host', '')}"

    def preferences(self) -> dict[str, str]:
        """`Prefer: odata.track-changes, odata.maxpagesize=5` as names and values."""
        pairs = (part.strip().partition("=") for part in self.headers.get("prefer", "").split(",") if part.strip())
        return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}

    def values(self) -> dict[str, Any]:
        """The JSON object of the body. Raises ValueError."""
        sent = json.loads(self.body or b"{}")
        if not isinstance(sent, dict):
            raise ValueError("The body is not an object.")
        return sent


@dataclass
class Response:
    """`chunks`, when there are any, are sent instead of the body, and the length of the body is promised."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON
    chunks: Iterator[bytes] | None = None

    @classmethod
    def json(cls, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
        return cls(status, json.dumps(value, ensure_ascii=False).encode(), dict(headers or {}))
