"""How do many webhooks at once cost one commit? A plain ASGI route: what comes while others are written is next.

The same door and the same statement as integrations.views, which is the address under any other server. Nobody is
answered before the commit of what he brought (contract E2).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, lru_cache
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError, connection
from django.http.request import split_domain_port, validate_host

from crm.hosts import is_widget_host
from integrations.inbox import door
from integrations.inbox.door import Delivery, Refusal, Source
from integrations.inbox.keeping import keep_all
from integrations.views import AWAY, KEPT

MOST_AT_ONCE = 500
MOST_BYTES = 64 * 1024 * 1024  # that wait to be written

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = TypeVar("Answer")
Waiting = tuple[Delivery, "asyncio.Future[None]"]


async def application(scope: Message, receive: Receive, send: Send) -> None:
    """POST /hooks/<slug>/ on the office's host."""
    slug = scope["path"].removeprefix("/hooks/").removesuffix("/")
    try:
        await _receive(scope, receive, slug)
    except Refusal as refusal:
        if refusal.status == 401:
            await in_thread(door.count_refused, slug)
        await _answer(send, refusal.status, f"{refusal}\n".encode(), refusal.headers)
    except DatabaseError:
        await _answer(send, 503, f"{AWAY}\n".encode(), {"Retry-After": "10"})
    except ConnectionResetError:
        return
    else:
        await _answer(send, 202, KEPT, {})


async def _receive(scope: Message, receive: Receive, slug: str) -> None:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    _check_address(scope, headers)
    in_pieces = str(door.LARGEST) if "chunked" in headers.get("transfer-encoding", "").lower() else None
    length = door.check(scope["method"], headers.get("content-length", in_pieces))
    body = await _body(receive, length)
    source = door.remembered(slug) or await gatherer().source_of(slug)
    await gatherer().keep(door.admit(source, headers, body))


def _check_address(scope: Message, headers: dict[str, str]) -> None:
    """As Django's own middleware would: our host name, and no secret over an open line."""
    if not _is_ours(headers.get("host", "")):
        raise Refusal(404, "There is no such page.")
    proxy = settings.SECURE_PROXY_SSL_HEADER
    scheme = headers.get("x-forwarded-proto", "") if proxy else scope.get("scheme", "http")
    if settings.SECURE_SSL_REDIRECT and scheme != "https":
        raise Refusal(403, "Send it by https.")


@lru_cache(maxsize=64)
def _is_ours(host: str) -> bool:
    return not is_widget_host(host) and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS)


async def _body(receive: Receive, length: int) -> bytes:
    """All of it. Raises ConnectionResetError when the sender went away before."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > length:
            raise Refusal(413, f"A body may have {door.LARGEST} bytes.")
    return b"".join(parts)


async def _answer(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    more = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    plain = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body)), *more]
    await send({"type": "http.response.start", "status": status, "headers": plain})
    await send({"type": "http.response.body", "body": body})


class Gatherer:
    """What waits to be written, and who waits for it in the event loop of this process. A thread writes."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.waiting: SimpleQueue[Waiting] = SimpleQueue()
        self.bytes = 0
        self.reading: dict[str, asyncio.Task[Source]] = {}
        Thread(target=self.write, name="hooks", daemon=True).start()

    async def source_of(self, slug: str) -> Source:
        """As door.source_of; however many ask at once, the database is asked once. Raises Refusal."""
        if slug not in self.reading:
            self.reading[slug] = asyncio.create_task(in_thread(door.read, slug))
            self.reading[slug].add_done_callback(lambda _: self.reading.pop(slug))
        return await asyncio.shield(self.reading[slug])

    async def keep(self, delivery: Delivery) -> None:
        """Returns when it is committed. Raises Refusal or DatabaseError."""
        if self.bytes + len(delivery.body) > MOST_BYTES:
            raise Refusal(503, AWAY, **{"Retry-After": "10"})
        kept = self.loop.create_future()
        self.bytes += len(delivery.body)
        self.waiting.put((delivery, kept))
        await kept

    def write(self) -> None:
        """For ever: what came while others were written, in one statement and one commit.

        A second writer, or waiting a while for more to come, only costs: both were tried.
        """
        while True:
            batch = self.taken()
            error = written([one for one, _ in batch])
            self.loop.call_soon_threadsafe(self.settle, batch, error)

    def taken(self) -> list[Waiting]:
        batch = [self.waiting.get()]
        with suppress(Empty):
            while len(batch) < MOST_AT_ONCE:
                batch.append(self.waiting.get_nowait())
        return batch

    def settle(self, batch: list[Waiting], error: Exception | None) -> None:
        for one, kept in batch:
            self.bytes -= len(one.body)
            if kept.cancelled():
                continue
            if error:
                kept.set_exception(error)
            else:
                kept.set_result(None)


def written(deliveries: list[Delivery]) -> Exception | None:
    """What went wrong, for all of them: they stand in one statement."""
    try:
        asked(keep_all, deliveries)
    except Exception as error:
        return error if isinstance(error, DatabaseError) else DatabaseError(type(error).__name__)
    return None


@cache
def gatherer() -> Gatherer:
    """Made by the first request, in the event loop of this process."""
    return Gatherer()


_threads = ThreadPoolExecutor(1, "doors")


async def in_thread(function: Callable[..., Answer], *values: Any) -> Answer:
    return await asyncio.get_running_loop().run_in_executor(_threads, asked, function, *values)


def asked(function: Callable[..., Answer], *values: Any) -> Answer:
    """Asks the database; the thread's connection is kept or closed as after a page."""
    try:
        return function(*values)
    finally:
        connection.close_if_unusable_or_obsolete()
