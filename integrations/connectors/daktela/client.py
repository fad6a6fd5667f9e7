"""How do we ask Daktela? With its own Python client (PyPI `daktela`), sent through our gateway, never by itself twice.

Its own retries and waits are switched off: a request that holds a person's screen must not sleep, and who retries is
decided where it is known what for. Its errors become ours here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from daktela import (
    DaktelaClient,
    DaktelaConfig,
    DaktelaConnectionException,
    DaktelaException,
    DaktelaNotFoundException,
    DaktelaProtocolException,
    DaktelaQuery,
    DaktelaRateLimitException,
    DaktelaResponse,
    DaktelaTimeoutException,
    DaktelaValidationException,
    RateLimitConfig,
    RetryConfig,
)
from pydantic import SecretStr

from integrations.connectors import http
from integrations.connectors.errors import (
    ConfigurationError,
    NotAuthorized,
    RecordGone,
    RecordRejected,
    TemporaryFailure,
)

GONE = "Object not exist"  # a 400 of older builds says so in these words


class Refused(RecordRejected):
    """Why Daktela does not take a record: `problems` are (field, text), its words, for a page, no log."""

    def __init__(self, errors: list[Any]) -> None:
        super().__init__("Daktela does not take this record.")
        self.problems = list(_problems(errors)) or [("", "Daktela does not take this record.")]


@dataclass(frozen=True, slots=True)
class Rows:
    """A part of a list, and how many records match in all."""

    rows: list[dict[str, Any]]
    total: int


@dataclass(frozen=True, slots=True)
class Clock:
    """What Daktela says of its time: bare, and the name of its zone; "" where it says nothing."""

    time: str
    zone: str

    def moment(self, zone: ZoneInfo) -> datetime:
        """In the zone of the connection; the nearer one where the hour comes twice. Raises ValueError."""
        bare = datetime.fromisoformat(self.time).replace(tzinfo=zone)
        now = datetime.now(UTC)
        return min((bare.replace(fold=fold).astimezone(UTC) for fold in (0, 1)), key=lambda moment: abs(moment - now))


@dataclass(frozen=True, slots=True)
class Audio:
    """A piece of a recording, from its `first` byte on, of `total` in all; empty beyond its end."""

    content: bytes
    content_type: str
    first: int
    total: int


class Daktela:
    """One Daktela, seen as the user the token belongs to. Threads may share it.

    Everything here raises the errors of connectors.errors and nothing else.
    """

    def __init__(
        self,
        origin: str,
        token: str,
        *,
        exceptions: Collection[str] = (),
        deadline_seconds: float = http.DEADLINE_SECONDS,
        pace: http.Pace = http.FREE,
    ) -> None:
        if not token or not token.isascii() or not token.isprintable():
            raise NotAuthorized("There is no token for this Daktela, or none that can be one. Enter it again.")
        self._token = SecretStr(token)
        self._http = http.gateway(origin, exceptions=exceptions, deadline_seconds=deadline_seconds, pace=pace)
        self._client = DaktelaClient(
            DaktelaConfig(origin, token, user_agent="Callroom"),
            retry_config=RetryConfig.disabled(),
            rate_limit_config=RateLimitConfig.disabled(),
            http_client=self._http,
        )

    def activity(self, name: str) -> dict[str, Any]:
        """One activity as Daktela tells it, its times bare, in the zone of the instance. RecordGone without one."""
        return self._one("activities", name, key="name")

    def call(self, call_id: str) -> dict[str, Any]:
        """One call, by its id_call. RecordGone without one."""
        return self._one("activitiesCall", call_id, key="id_call")

    def me(self) -> dict[str, Any]:
        """The user the token belongs to. NotAuthorized when it belongs to nobody: whoim answers 200 even then."""
        with _as_ours():
            user = _result(self._client.get("whoim")).get("user")
        if not isinstance(user, dict):
            raise NotAuthorized("Daktela does not know this token.")
        return user

    def clock(self) -> Clock:
        """What Daktela says of its time, which its own client keeps to itself."""
        answer = self._http.get("/api/v6/whoim.json", headers={"X-AUTH-TOKEN": self._token.get_secret_value()})
        try:
            envelope = answer.json() if answer.is_success else None
        except ValueError:
            envelope = None
        if not isinstance(envelope, dict):
            raise TemporaryFailure("Daktela's answer cannot be read.")
        time = envelope.get("_serverTime") or envelope.get("_time")
        return Clock(str(time or ""), str(envelope.get("_timezone") or ""))

    def rows(self, model: str, query: DaktelaQuery) -> Rows:
        """One page of a list. Whatever is no list is an error, never an empty one (contract C4)."""
        try:
            with _as_ours():
                answer = self._client.get(model, query)
        except RecordRejected as error:
            raise ConfigurationError(f"Daktela refuses to list {model} as we asked for it.") from error
        if answer.has_errors or not isinstance(answer.data, list) or not isinstance(answer.total, int):
            raise TemporaryFailure(f"Daktela's answer is no list of {model}.")
        if not all(isinstance(row, dict) for row in answer.data):
            raise TemporaryFailure(f"Daktela's list of {model} holds something else.")
        return Rows(answer.data, answer.total)

    def create(self, model: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The record that was made. Raises Refused; after TemporaryFailure nobody knows: look it up by its name."""
        with _as_ours():
            return _result(self._client.post(model, dict(values)))

    def update(self, model: str, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The record as it is now; what was not sent stays. Raises Refused or RecordGone; may be repeated."""
        with _as_ours():
            record = _result(self._client.put(_path(model, name), dict(values)))
        if str(record.get("name")) != name:
            raise TemporaryFailure("Daktela answered with another record than the one we wrote.")
        return record

    def delete(self, model: str, name: str) -> None:
        """Raises RecordGone."""
        with _as_ours():
            self._client.delete(_path(model, name))

    def audio(self, activity: str, wanted: str) -> Audio:
        """A range ("bytes=0-99" or "bytes=-99") of the recording of an activity. Raises RecordGone without one."""
        headers = {"X-AUTH-TOKEN": self._token.get_secret_value(), "Range": wanted, "Accept": "audio/*"}
        if activity in ("", ".", ".."):
            raise RecordGone("That can be the name of no record.")
        answer = self._http.get(f"/file/recording/{quote(activity, safe='')}", headers=headers)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.status_code == 416:
            return Audio(b"", kind, 0, _span(answer.headers.get("content-range", ""))[1])
        if answer.is_error:
            raise http.problem(answer.status_code, "Daktela has no recording of this, or not yet.")
        if not kind.startswith("audio/"):
            raise TemporaryFailure("Daktela's answer is no recording.")
        if answer.status_code == 206:
            first, total = _span(answer.headers.get("content-range", ""))
            return Audio(answer.content, kind, first, total)
        part = _part(wanted, len(answer.content))
        return Audio(answer.content[part], kind, part.start, len(answer.content))

    def close(self) -> None:
        self._http.close()

    def _one(self, model: str, name: str, key: str) -> dict[str, Any]:
        with _as_ours():
            record = _result(self._client.get_one(model, name))
        if record.get(key) != name:
            raise TemporaryFailure("Daktela answered with another record than the one we asked for.")
        return record


def _span(content_range: str) -> tuple[int, int]:
    """Where a piece begins, and how long the whole is, of "bytes 0-99/1234" or "bytes */1234"."""
    found = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+)", content_range)
    if not found:
        raise TemporaryFailure("Daktela's answer does not say which part of the recording it is.")
    return int(found[1] or 0), int(found[2])


def _part(wanted: str, length: int) -> slice:
    first, _, last = wanted.removeprefix("bytes=").partition("-")
    return slice(int(first), min(int(last) + 1, length)) if first else slice(max(0, length - int(last)), length)


def _path(model: str, name: str) -> str:
    if not name:
        raise RecordGone("That can be the name of no record.")
    return f"{model}/{quote(name, safe='')}.json"


def _result(response: DaktelaResponse) -> dict[str, Any]:
    """200 is not success: there must be an object and no error (trap 11)."""
    if response.has_errors:
        raise RecordRejected("Daktela answered with an error.")
    if not isinstance(response.data, dict):
        raise TemporaryFailure("Daktela's answer holds no record.")
    return response.data


@contextmanager
def _as_ours() -> Iterator[None]:
    """Our errors for the client's. Texts of Daktela's are not passed on: they may quote what was sent."""
    try:
        yield
    except DaktelaRateLimitException as error:
        raise http.problem(429, "Daktela asks us to wait.", error.retry_after) from error
    except (DaktelaConnectionException, DaktelaTimeoutException, DaktelaProtocolException) as error:
        raise TemporaryFailure("Daktela's answer cannot be read.") from error
    except DaktelaNotFoundException as error:
        if not error.errors:  # a proxy's page, perhaps: only Daktela itself can say that something is not there
            raise TemporaryFailure("The address answers, but not as Daktela does.") from error
        raise RecordGone("Daktela has no such record.") from error
    except DaktelaValidationException as error:
        if error.errors == [GONE]:
            raise RecordGone("Daktela has no such record.") from error
        raise Refused(error.errors) from error
    except DaktelaException as error:
        status = error.status_code or 500
        raise http.problem(status, f"Daktela answered with status {status}.") from error
    except ValueError as error:  # the client does not send "", ".." and the like
        raise RecordGone("That can be the name of no record.") from error


def _problems(errors: Any, field: str = "") -> Iterator[tuple[str, str]]:
    """Of every shape an error comes in: texts, lists, {"primary": [text, severity]}, {"form": {field: …}} (nested)."""
    if isinstance(errors, Mapping):
        for key, value in errors.items():
            if key == "primary" and not field:
                yield from _problems(value[:1] if isinstance(value, list) else value)
            else:
                inner = "" if key == "form" and not field else f"{field}.{key}".strip(".")
                yield from _problems(value, inner)
    elif isinstance(errors, list | tuple):
        for one in errors:
            yield from _problems(one, field)
    elif errors not in (None, "", True, False):
        yield field[:200], " ".join(str(errors).split())[:300]
