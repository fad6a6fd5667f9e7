"""How do we ask Daktela? With its own Python client (PyPI `daktela`), sent through our gateway, never by itself twice.

Its own retries and waits are switched off: a request that holds a person's screen must not sleep, and who retries is
decided where it is known what for. Its errors become ours here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from daktela import (
    DaktelaClient,
    DaktelaConfig,
    DaktelaConnectionException,
    DaktelaException,
    DaktelaNotFoundException,
    DaktelaProtocolException,
    DaktelaRateLimitException,
    DaktelaResponse,
    DaktelaTimeoutException,
    RateLimitConfig,
    RetryConfig,
)

from integrations.connectors import http
from integrations.connectors.errors import NotAuthorized, RecordGone, RecordRejected, TemporaryFailure

GONE = "Object not exist"  # a 400 of older builds says so in these words


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
    ) -> None:
        if not token or not token.isascii() or not token.isprintable():
            raise NotAuthorized("There is no token for this Daktela, or none that can be one. Enter it again.")
        self._http = http.gateway(origin, exceptions=exceptions, deadline_seconds=deadline_seconds)
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

    def close(self) -> None:
        self._http.close()

    def _one(self, model: str, name: str, key: str) -> dict[str, Any]:
        with _as_ours():
            record = _result(self._client.get_one(model, name))
        if record.get(key) != name:
            raise TemporaryFailure("Daktela answered with another record than the one we asked for.")
        return record


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
    except DaktelaException as error:
        if error.errors == [GONE]:
            raise RecordGone("Daktela has no such record.") from error
        status = error.status_code or 500
        raise http.problem(status, f"Daktela answered with status {status}.") from error
    except ValueError as error:  # the client does not send "", ".." and the like
        raise RecordGone("That can be the name of no record.") from error
