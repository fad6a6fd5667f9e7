"""Which streams are open in this process, and what do they all share? One subscription, one heart and one guard."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from crm.sessions import Open, ended

CHANNEL = "callroom:calls"
BATON = b"event: baton\ndata:\n\n"
ENDED = b"event: ended\ndata:\n\n"
HEARTBEAT = b": still here\n\n"
HEARTBEAT_SECONDS = 20
GUARD_SECONDS = 0.5
GRACE_SECONDS = 0.3  # for a browser that does not take its last event
CATCH_UP_SECONDS = 3.0

Answer = TypeVar("Answer")
log = logging.getLogger(__name__)
_guards = ThreadPoolExecutor(1, "stream-guard")  # its own: a rush at the door must not keep it waiting


class Stream:
    """One open stream and what waits to be sent on it: each event at most once, so a slow browser cannot fill us up."""

    def __init__(self, about: str, session: Open) -> None:
        self.about = about
        self.session = session
        self.waiting: dict[bytes, None] = {}
        self.wake = asyncio.Event()
        self.is_over = False
        self.task = asyncio.current_task()

    def tell(self, event: bytes) -> None:
        self.waiting[event] = None
        self.wake.set()

    def end(self, event: bytes = b"") -> None:
        """Sends this as the last thing; a browser that does not take it is cut off."""
        self.is_over = True
        self.waiting = {event: None}
        self.wake.set()
        if self.task:
            asyncio.get_running_loop().call_later(GRACE_SECONDS, self.task.cancel)


class Hub:
    """Which streams are open, and the three tasks that serve them all."""

    def __init__(self) -> None:
        self.calls: defaultdict[str, set[Stream]] = defaultdict(set)
        self.sessions: defaultdict[Open, set[Stream]] = defaultdict(set)
        self.tasks = [asyncio.ensure_future(task()) for task in (self.listen, self.beat, self.guard)]

    @contextmanager
    def joined(self, stream: Stream) -> Iterator[None]:
        places = ((self.calls, stream.about), (self.sessions, stream.session))
        for place, key in places:
            place[key].add(stream)  # type: ignore[index]
        try:
            yield
        finally:
            for place, key in places:
                place[key].discard(stream)  # type: ignore[index]
                if not place[key]:  # type: ignore[index]
                    del place[key]  # type: ignore[arg-type]

    @property
    def streams(self) -> list[Stream]:
        return [stream for streams in self.calls.values() for stream in streams]

    async def listen(self) -> None:
        """The one subscription. Whoever had a stream open while it was broken is nudged when it is back."""
        while True:
            with suppress(RedisError, OSError):
                await self._subscribed()
            await asyncio.sleep(0.5)

    async def _subscribed(self) -> None:
        broker = Redis.from_url(
            settings.REDIS_URL, retry=Retry(NoBackoff(), 0), socket_connect_timeout=1, health_check_interval=10
        )
        async with broker, broker.pubsub(ignore_subscribe_messages=True) as channel:
            await channel.subscribe(CHANNEL)
            self._catch_up()
            while True:
                message = await channel.get_message(timeout=10)
                for stream in self.calls.get(message["data"].decode(), ()) if message else ():
                    stream.tell(BATON)

    def _catch_up(self) -> None:
        for stream in self.streams:
            asyncio.get_running_loop().call_later(random.uniform(0, CATCH_UP_SECONDS), stream.tell, BATON)  # noqa: S311

    async def beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            for stream in self.streams:
                stream.tell(HEARTBEAT)

    async def guard(self) -> None:
        while True:
            await asyncio.sleep(GUARD_SECONDS)
            if not self.sessions:
                continue
            try:
                over = await in_thread(_guards, ended, list(self.sessions))
            except DatabaseError:
                log.warning("database away, open streams are not checked")
                continue
            for stream in [stream for session in over for stream in self.sessions.get(session, ())]:
                stream.end(ENDED)


@cache
def hub() -> Hub:
    """Made by the first request, in the event loop of this process."""
    return Hub()


async def in_thread(threads: ThreadPoolExecutor, function: Callable[..., Answer], *values: Any) -> Answer:
    """Asks the database from a thread; its connection is kept or closed as after a page."""

    def ask() -> Answer:
        try:
            return function(*values)
        finally:
            connection.close_if_unusable_or_obsolete()

    return await asyncio.get_running_loop().run_in_executor(threads, ask)
