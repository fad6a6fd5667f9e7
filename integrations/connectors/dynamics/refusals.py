"""What did Dynamics refuse, and what does that mean for us? Its error bodies, sorted into ours.

Its messages are not passed on, they may quote what was sent; its codes are.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import msgspec

from integrations.connectors import http
from integrations.connectors.errors import (
    ConfigurationError,
    ConnectorError,
    CursorExpired,
    TemporaryFailure,
    UnknownField,
)

if TYPE_CHECKING:
    import httpx

EXPIRED = "0x80044352"  # ExpiredVersionStamp: the delta link is too old, or the table's definition has changed
UNREADABLE = (msgspec.DecodeError, ValueError, RecursionError)
NO_MEMBER = "0x80072560"
NO_PROPERTY = "0x80060888"


class QuestionRefused(ConfigurationError):
    """Dynamics says that it cannot be asked this: a column, a link or an option that it does not take."""


class Told(msgspec.Struct):
    code: str = ""
    message: str = ""


class Body(msgspec.Struct):
    error: Told


def refusal(response: httpx.Response) -> ConnectorError:
    """The error for an answer that is none. A proxy's page says nothing about Dynamics, so it is temporary."""
    status, told = response.status_code, body_of(response)
    if status in (401, 403, 429) or status == 408 or status >= 500:
        return http.problem(status, text(status, told), waited(response))
    if told is None:
        return TemporaryFailure("The address answers, but not as Dynamics does.")
    code = told.code if re.fullmatch(r"0x[0-9a-fA-F]{1,8}", told.code) else "no code"
    if code == EXPIRED or status == 410:
        return CursorExpired("Dynamics no longer knows what changed since then.")
    if status == 400 and code == NO_PROPERTY and "property named" in told.message:
        return UnknownField("Dynamics does not know a column that we asked for.")
    return QuestionRefused(f"Dynamics refused the question (status {status}, {code}).")


def text(status: int, told: Told | None) -> str:
    if status == 429:
        return "Dynamics asks us to wait: its service protection limit is reached."
    if status == 401:
        return "Dynamics does not accept the token of this application."
    if status == 403 and told and told.code == NO_MEMBER:
        return "The application is no user of this environment."
    if status == 403:
        return "The application user may not read this."
    return f"Dynamics answered with status {status}."


def body_of(response: httpx.Response) -> Told | None:
    try:
        return msgspec.json.decode(response.content, type=Body).error
    except UNREADABLE:
        return None


def waited(response: httpx.Response) -> float | None:
    """Retry-After in seconds; a date is taken against the clock of who sent it."""
    wait = response.headers.get("Retry-After", "")
    if re.fullmatch(r"\d{1,9}(\.\d+)?", wait):
        return float(wait)
    try:
        until = parsedate_to_datetime(wait)
        sent = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    return max(0.0, (until.astimezone(UTC) - sent.astimezone(UTC)).total_seconds())
