"""Who is asking, and may they? Client credentials, bearer tokens, the application user, its role, and its limits."""

from __future__ import annotations

import secrets
from collections import deque
from datetime import datetime, timedelta
from urllib.parse import parse_qs

from integrations.connectors.simulator.wire import retry_after

from .errors import NO_MEMBER, NO_PRIVILEGE, ApiError, SignInError, busy
from .wire import Request, Response
from .world import USER, World

WINDOW = timedelta(seconds=300)


class Access:
    def __init__(self, world: World) -> None:
        self.world = world
        self.times: deque[datetime] = deque()

    def token(self, request: Request, tenant: str) -> Response:
        """POST /<tenant>/oauth2/v2.0/token. Raises SignInError."""
        world = self.world
        sent = {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
        if tenant != world.tenant:
            raise SignInError(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
        if sent.get("grant_type") != "client_credentials":
            raise SignInError(400, "unsupported_grant_type", 70003, "The app requested an unsupported grant type.")
        if sent.get("client_id") != world.client:
            raise SignInError(
                400, "unauthorized_client", 700016, "Application with identifier was not found in the directory."
            )
        if sent.get("client_secret") != world.secret:
            raise SignInError(401, "invalid_client", 7000215, "Invalid client secret provided.")
        if sent.get("scope") != f"{request.origin}/.default":
            raise SignInError(400, "invalid_resource", 500011, "The resource principal was not found in the tenant.")
        token = secrets.token_urlsafe(48)
        world.tokens[token] = world.clock() + world.token_life
        life = int(world.token_life.total_seconds())
        return Response.json(
            {"token_type": "Bearer", "expires_in": life, "ext_expires_in": life, "access_token": token}
        )

    def admit(self, request: Request) -> None:
        """Raises ApiError: 401, 403 or 429."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        expires = self.world.tokens.get(token) if scheme.lower() == "bearer" else None
        if not expires or expires < self.world.clock():
            authorize = f"{request.origin}/{self.world.tenant}/oauth2/authorize"
            bearer = ("WWW-Authenticate", f"Bearer authorization_uri={authorize}, resource_id={request.origin}/")
            raise ApiError(401, "", "HTTP Error 401 - Unauthorized: Access is denied", bearer)
        if not self.world.has_application_user:
            raise ApiError(403, NO_MEMBER, "The user is not a member of the organization.")
        self.protect()

    def may(self, verb: str, entity: str) -> None:
        """Raises ApiError(403)."""
        if entity not in self.world.may_read:
            message = f"Principal user (Id={USER}, type=8) is missing prv{verb}{entity.title()} privilege."
            raise ApiError(403, NO_PRIVILEGE, message)

    def protect(self) -> None:
        """Service protection: so many requests in five minutes, then Retry-After until the oldest falls out."""
        now, times = self.world.clock(), self.times
        while times and times[0] <= now - WINDOW:
            times.popleft()
        if self.world.protects and len(times) >= self.world.requests_per_window:
            raise busy(retry_after(((times[0] if times else now) + WINDOW - now).total_seconds()))
        times.append(now)

    def left(self) -> int:
        return max(0, self.world.requests_per_window - len(self.times))
