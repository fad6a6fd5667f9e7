"""Who is calling, and what may they do? Tokens in all their places, log-in and refresh, and rights.

The life of a session and the rights are assumptions (14 and 15).
"""

import secrets
from datetime import timedelta

from .errors import forbidden, unauthorized
from .wire import Request
from .world import Record, World

LIFE = timedelta(hours=1)
VERSION = "2026.1"
SETTINGS = ("users", "statuses", "pauses", "groups", "templates", "campaignsTypes", "ticketsCategories")


def sent_token(request: Request, body: Record) -> str:
    """The token, wherever the client put it; empty when there is none."""
    return (
        request.headers.get("x-auth-token")
        or request.headers.get("x-auth-token-openapi")
        or str(request.query.get("accessToken") or "")
        or str(body.pop("accessToken", None) or "")
        or request.cookies.get("c_user", "")
    )


def user_behind(world: World, token: str) -> str | None:
    """The name of the user a token belongs to; permanent tokens never expire."""
    name, expires = world.sessions.get(token, (None, None))
    if not name or (expires and expires < world.clock()):
        return None
    user = world.find("users", name)
    return name if user and not user["deactivated"] else None


def signed_in(world: World, token: str) -> Record:
    """The user behind a token. Raises ApiError(401)."""
    name = user_behind(world, token)
    if not name:
        raise unauthorized()
    return world.tables["users"][name]


def renewed(world: World, request: Request) -> tuple[str, list[tuple[str, str]]]:
    """Cookie clients: an expired ``c_user`` with a good ``c_refresh_token`` gives a new token and its cookies."""
    name = world.refreshes.pop(request.cookies.get("c_refresh_token", ""), None)
    if not name:
        return "", []
    tokens = new_tokens(world, name)
    return tokens["accessToken"], [
        ("Set-Cookie", f"c_user={tokens['accessToken']}; Path=/; HttpOnly"),
        ("Set-Cookie", f"c_refresh_token={tokens['refreshToken']}; Path=/; HttpOnly"),
    ]


def new_tokens(world: World, name: str) -> dict[str, str]:
    access, refresh = secrets.token_hex(16), secrets.token_hex(16)
    world.sessions[access] = (name, world.clock() + LIFE)
    world.refreshes[refresh] = name
    return {"accessToken": access, "refreshToken": refresh}


def log_in(world: World, sent: Record) -> Record:
    """Access and refresh token for a name and password. Raises ApiError(401)."""
    name = str(sent.get("username") or "")
    known = world.credentials.get(name)
    if not known or not known["password"] or not secrets.compare_digest(known["password"], str(sent.get("password"))):
        raise unauthorized("Bad credentials")
    return new_tokens(world, name)


def refresh(world: World, sent: Record) -> Record:
    """New tokens for a refresh token, which is used up. Raises ApiError(401)."""
    name = world.refreshes.pop(str(sent.get("refreshToken") or ""), None)
    if not name:
        raise unauthorized("Bad credentials")
    return new_tokens(world, name)


def rights_of(world: World, user: Record) -> str:
    """``admin`` may do all, ``agent`` all but change settings, ``read`` only read."""
    return str(world.credentials.get(user["name"], {}).get("rights") or "agent")


def may_write(world: World, user: Record, resource: str) -> None:
    """Raises ApiError(403)."""
    rights = rights_of(world, user)
    if rights == "read" or (rights == "agent" and resource in SETTINGS):
        raise forbidden()


def may_act_for(world: World, user: Record, other: str) -> None:
    """Only an administrator may dial for somebody else. Raises ApiError(403)."""
    if other != user["name"] and rights_of(world, user) != "admin":
        raise forbidden()
