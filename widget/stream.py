"""What changes in a call while the agent looks at it? Server-sent events, each a nudge: fetch that part again.

A plain ASGI application, apart from Django's pages: thousands of open streams hold no thread and no database
connection. A stream ends within a second after its user signed out, was switched off or got another password.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any, NamedTuple

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import transaction
from django.http import parse_cookie
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from crm.hosts import is_widget_host
from crm.models import Activity
from crm.sessions import WIDGET_COOKIE, Open, live
from widget.hub import BATON, CHANNEL, Stream, hub, in_thread
from widget.models import Draft

MOST_A_SESSION = 20
PATIENCE_SECONDS = (0.2, 0.4, 0.8, 1.6)  # the page says it was opened at the same time as it opens its stream
BROKER_SECONDS = 0.08
BROKER_REST_SECONDS = 5.0

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
log = logging.getLogger(__name__)


# ── telling ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def nudge(source: str, call_id: str) -> None:
    """Tells whoever has this call open to look again, once the transaction is committed.

    Never raises and never waits longer than 0.2 s: who misses a nudge sees the change at the next, or on a reload.
    """
    if call_id:
        transaction.on_commit(partial(_publish, topic(source, call_id)), robust=True)


def topic(source: str, call_id: str) -> str:
    return f"{source or '-'}/{call_id}"


class _Rest:
    """While the broker is away nobody waits for it."""

    until = 0.0


def _publish(about: str) -> None:
    if time.monotonic() < _Rest.until:
        return
    try:
        _broker().publish(CHANNEL, about)
    except RedisError:
        _Rest.until = time.monotonic() + BROKER_REST_SECONDS
        log.warning("broker away, streams are not told")


@cache
def _broker() -> Redis:
    return Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=BROKER_SECONDS,
        socket_connect_timeout=BROKER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


# ── listening ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def application(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
    """GET /stream/call/<source>/<call_id> on the widget's host; source "-" for none. Events: baton, ended."""
    found = await _admit(scope)
    if isinstance(found, Refusal):
        return await _refuse(found, send)
    with hub().joined(found):
        leaving = asyncio.ensure_future(_left(receive, found))
        try:
            await _talk(found, send)
        finally:
            leaving.cancel()


async def _talk(stream: Stream, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    retry = b"retry: %d\n\n" % random.randint(1000, 4000)  # noqa: S311 so that not all come back at once
    await send({"type": "http.response.body", "body": retry, "more_body": True})
    while not stream.is_over:
        await stream.wake.wait()
        stream.wake.clear()
        events = b"".join(stream.waiting)
        stream.waiting = {}
        await send({"type": "http.response.body", "body": events, "more_body": not stream.is_over})


async def _left(receive: Callable[[], Awaitable[Message]], stream: Stream) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.end()


HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


# ── who may listen ──────────────────────────────────────────────────────────────────────────────────────────────────


class Refusal(NamedTuple):
    status: int
    text: str


NO_SUCH_PAGE = Refusal(404, "There is no such page.")
NO_SUCH_CALL = Refusal(404, "There is no such call for you.")
ONLY_GET = Refusal(405, "A stream is opened by GET.")
SIGNED_OUT = Refusal(401, "Sign in to see what happens to this call.")
TOO_MANY = Refusal(429, "You have too many calls open. Close some of their tabs.")
AWAY = Refusal(503, "We cannot look that up just now. Try again in a moment.")


async def _refuse(why: Refusal, send: Send) -> None:
    body = f"{why.text}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"%d" % len(body)), *HEADERS[1:]]
    await send({"type": "http.response.start", "status": why.status, "headers": [*headers, (b"retry-after", b"5")]})
    await send({"type": "http.response.body", "body": body})


async def _admit(scope: Message) -> Stream | Refusal:
    headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
    parts = scope["path"].split("/", 4)
    if not is_widget_host(headers.get(b"host", "")) or parts[:3] != ["", "stream", "call"] or len(parts) < 5:
        return NO_SUCH_PAGE
    if scope["method"] != "GET":
        return ONLY_GET
    source, call_id = "" if parts[3] == "-" else parts[3], parts[4]
    if not call_id or len(call_id) > 64 or not (source + call_id).isascii() or not (source + call_id).isprintable():
        return NO_SUCH_CALL
    key = parse_cookie(headers.get(b"cookie", "")).get(WIDGET_COOKIE, "")
    if key and _at_the_door[key] >= MOST_A_SESSION:
        return TOO_MANY
    _at_the_door[key] += 1
    try:
        return await _check(key, source, call_id)
    except DatabaseError:
        return AWAY
    finally:
        _at_the_door[key] -= 1
        if not _at_the_door[key]:
            del _at_the_door[key]


async def _check(key: str, source: str, call_id: str) -> Stream | Refusal:
    session, users = await in_thread(_doormen, _look, key, source, call_id)
    if session is None:
        return SIGNED_OUT
    if len(hub().sessions.get(session, ())) >= MOST_A_SESSION:
        return TOO_MANY
    for seconds in PATIENCE_SECONDS:
        if session.user_id in users:
            break
        await asyncio.sleep(seconds)
        users = await in_thread(_doormen, _users_of, source, call_id)
    if session.user_id not in users:
        return NO_SUCH_CALL
    stream = Stream(topic(source, call_id), session)
    if len(users) > 1:  # something may have changed between the page and its stream
        stream.tell(BATON)
    return stream


def _look(key: str, source: str, call_id: str) -> tuple[Open | None, set[int | None]]:
    session = live(key) if key else None
    return session, _users_of(source, call_id) if session else set()


def _users_of(source: str, call_id: str) -> set[int | None]:
    """Who has a part in a call, or has begun to write about it."""
    parts = Activity.objects.filter(call__source=source, call__call_id=call_id, user__isnull=False)
    drafts = Draft.objects.filter(source=source, call_id=call_id)
    return set(parts.order_by().values_list("user_id", flat=True).union(drafts.values_list("user_id", flat=True)))


_doormen = ThreadPoolExecutor(2, "stream-door")
_at_the_door: Counter[str] = Counter()
