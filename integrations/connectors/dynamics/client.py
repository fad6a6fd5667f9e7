"""How do we ask Dynamics 365? OData over our gateway, signed in as an application, with every link it gives checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

import msgspec

from integrations.connectors import http
from integrations.connectors.base import Access
from integrations.connectors.dynamics.refusals import UNREADABLE, refusal
from integrations.connectors.dynamics.settings import DynamicsSettings
from integrations.connectors.dynamics.signing import SignIn
from integrations.connectors.errors import AddressRefused, TemporaryFailure

if TYPE_CHECKING:
    from httpx import Response

HEADERS = {"Accept": "application/json", "OData-MaxVersion": "4.0", "OData-Version": "4.0", "If-None-Match": "null"}
T = TypeVar("T")


class Dataverse:
    """One environment, seen as the application user. Threads may share it.

    Everything here raises the errors of connectors.errors and nothing else.
    """

    def __init__(self, access: Access, settings: DynamicsSettings) -> None:
        self.root = f"{access.origin}/api/data/"
        self.base = f"{self.root}{settings.api_version}/"
        self._sign_in = SignIn(access, settings)
        self._http = http.gateway(
            access.origin,
            exceptions=access.exceptions,
            deadline_seconds=access.deadline_seconds,
            pace=access.pace,
        )

    def sign_in(self) -> None:
        self._sign_in.token()

    def get(self, link: str, kind: type[T]) -> T:
        """What a link leads to, read as this kind."""
        try:
            return msgspec.json.decode(self.ask(link).content, type=kind)
        except UNREADABLE as error:
            raise TemporaryFailure("Dynamics' answer cannot be read.") from error

    def ask(self, link: str, prefer: str = "") -> Response:
        """The answer behind a link that Dynamics gave, taken as it is, or behind a path of the Web API.

        A token that is refused is renewed, once.
        """
        url = self._checked(link) if "://" in link else self.base + link
        token = self._sign_in.token()
        response = self._once(url, prefer, token)
        if response.status_code == 401:
            response = self._once(url, prefer, self._sign_in.token(instead_of=token))
        if response.status_code != 200:
            raise refusal(response)
        if "application/json" not in response.headers.get("Content-Type", ""):
            raise TemporaryFailure("The address answers, but not as Dynamics does.")
        return response

    def _once(self, url: str, prefer: str, token: str) -> Response:
        headers = HEADERS | {"Authorization": f"Bearer {token}"} | ({"Prefer": prefer} if prefer else {})
        return self._http.get(url, headers=headers)

    def _checked(self, link: str) -> str:
        """A link is followed within the Web API of this connection only: the token goes with it (threat 14)."""
        if not link.startswith(self.root) or "/.." in link:
            raise AddressRefused("Dynamics sent a link that leads elsewhere; it is not followed.")
        return link

    def close(self) -> None:
        self._http.close()
        self._sign_in.close()


def path(resource: str, options: Mapping[str, str]) -> str:
    """A path with its query options: names as they are, values encoded."""
    query = "&".join(f"${name}={quote(value, safe=',')}" for name, value in options.items())
    return f"{resource}?{query}"
