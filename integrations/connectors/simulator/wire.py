"""What comes in and goes out over HTTP? Requests that were read, answers to be written, both plain values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from typing import Any, Self

import orjson


class Reset(Exception):
    """The connection is to be reset without an answer."""


@dataclass
class Request:
    """One request, read completely. Header names are in small letters; ``target`` is the path and query as sent."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""
    address: str = ""

    @cached_property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def values(self) -> dict[str, Any]:
        """The JSON object of the body. Raises ValueError."""
        sent = json.loads(self.body or b"{}")
        if not isinstance(sent, dict):
            raise ValueError("The body must be a JSON object")
        return sent


@dataclass
class Response:
    """What goes back. ``chunks``, when there are any, are sent instead of the body whose length is announced."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)
    chunks: Iterator[bytes] | None = None

    @classmethod
    def json(cls, value: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Self:
        return cls(status, orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS), headers=list(headers))


def retry_after(seconds: float, as_date: bool = False) -> str:
    """Seconds, or a date: by the real clock, as whoever reads it compares it with theirs."""
    if not as_date:
        return f"{seconds:g}"
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
