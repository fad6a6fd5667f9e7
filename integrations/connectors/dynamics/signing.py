"""How do we sign in to Microsoft? As an application, by its secret; the token is kept in memory until it is old.

OAuth 2.0 client credentials at the v2.0 endpoint of Entra ID. The secret goes to the authority and nowhere else.
"""

from __future__ import annotations

import re
import threading
import time
from typing import TYPE_CHECKING

import msgspec

from integrations.connectors import http
from integrations.connectors.base import Access
from integrations.connectors.dynamics.refusals import UNREADABLE, waited
from integrations.connectors.dynamics.settings import DynamicsSettings
from integrations.connectors.errors import ConnectorError, NotAuthorized, TemporaryFailure

if TYPE_CHECKING:
    from httpx import Response

EARLY_SECONDS = 60.0
TEXTS = {  # by the number behind AADSTS
    "7000215": "Microsoft does not accept the client secret. Enter its value anew, not its ID.",
    "7000222": "The client secret is over. Make a new one in the app registration and enter it.",
    "700016": "The directory has no application with this client ID.",
    "90002": "Microsoft knows no directory with this tenant ID.",
    "900023": "Microsoft knows no directory with this tenant ID.",
    "500011": "The directory knows no Dynamics environment at this address.",
    "53003": "A conditional access policy of the directory keeps us out.",
}


class Token(msgspec.Struct):
    access_token: str
    expires_in: float


class Refused(msgspec.Struct):
    error: str
    error_description: str = ""


class SignIn:
    """Threads may share it."""

    def __init__(self, access: Access, settings: DynamicsSettings) -> None:
        self._http = http.gateway(
            settings.authority, exceptions=access.exceptions, deadline_seconds=access.deadline_seconds
        )
        self._path = f"/{settings.tenant.strip()}/oauth2/v2.0/token"
        self._form = {
            "grant_type": "client_credentials",
            "client_id": settings.client_id.strip(),
            "client_secret": settings.client_secret.get_secret_value(),
            "scope": f"{access.origin}/.default",
        }
        self._lock = threading.Lock()
        self._token, self._over_at = "", 0.0

    def token(self, *, instead_of: str = "") -> str:
        """A token that is not yet old; another than the one that was refused."""
        with self._lock:
            if self._token == instead_of or time.monotonic() >= self._over_at:
                self._renew()
            return self._token

    def _renew(self) -> None:
        response = self._http.post(self._path, data=self._form)
        if response.status_code != 200:
            raise self._refusal(response)
        try:
            found = msgspec.json.decode(response.content, type=Token)
        except UNREADABLE as error:
            raise TemporaryFailure("Microsoft's sign-in answers with something else than a token.") from error
        if not found.access_token.isascii() or not found.access_token.isprintable():
            raise TemporaryFailure("Microsoft's sign-in answers with something that is no token.")
        self._token, self._over_at = found.access_token, time.monotonic() + found.expires_in - EARLY_SECONDS

    def _refusal(self, response: Response) -> ConnectorError:
        status = response.status_code
        if status in (400, 401, 403) and (code := told(response.content)):
            return NotAuthorized(TEXTS.get(code, f"Microsoft refused the sign-in (AADSTS{code})."))
        if status in (400, 404, 405, 410):
            return TemporaryFailure("The sign-in address answers, but not as Microsoft does.")
        return http.problem(status, f"Microsoft's sign-in answered with status {status}.", waited(response))

    def close(self) -> None:
        self._http.close()


def told(content: bytes) -> str:
    """The number behind AADSTS; "" where the answer is none of Microsoft's."""
    try:
        found = re.match(r"AADSTS(\d{4,8})\b", msgspec.json.decode(content, type=Refused).error_description)
    except UNREADABLE:
        return ""
    return found[1] if found else ""
