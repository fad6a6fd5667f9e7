"""Does every page find a thread, and everybody his answer? The bridge alone, around pages that wait and break."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, current_thread
from typing import Any, TypeVar

import pytest

from crm.bridge import Message, Pages

Answer = TypeVar("Answer")
SCOPE: Message = {
    "type": "http",
    "method": "GET",
    "path": "/",
    "query_string": b"",
    "http_version": "1.1",
    "scheme": "http",
    "server": None,
    "client": None,
    "headers": [],
}


class Browser:
    """Asks for one page; `body` is what it got."""

    def __init__(self, pages: Pages, path: str = "/") -> None:
        self.loop = asyncio.get_running_loop()
        self.body: asyncio.Future[bytes] = self.loop.create_future()
        self.call = asyncio.create_task(pages({**SCOPE, "path": path}, self.receive, self.send))

    async def receive(self) -> Message:
        return {"type": "http.disconnect"}

    def send(self, message: Message) -> Any:
        """As granian's: done when it is called, in whichever thread."""
        if message["type"] == "http.response.body":
            self.loop.call_soon_threadsafe(self.body.set_result, message["body"])


def run(asked: Coroutine[Any, Any, Answer]) -> Answer:
    """In a thread: Playwright's loop goes on in this one once a browser was opened."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asked).result()


def plain(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    start("200 OK", [("Content-Type", "text/plain")])
    return [current_thread().name.encode()]


def test_who_rested_last_is_asked_first() -> None:
    async def ask() -> set[bytes]:
        pages = Pages(plain, threads=4)
        return {await asyncio.wait_for(Browser(pages).body, 5) for _ in range(40)}

    assert len(run(ask())) < 4


def test_whoever_finds_all_threads_busy_has_his_turn() -> None:
    held = Event()

    def slow(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        start("200 OK", [])
        held.wait(5)
        return [environ["PATH_INFO"].encode()]

    async def ask() -> list[bytes]:
        pages = Pages(slow, threads=2)
        browsers = [Browser(pages, f"/{number}") for number in range(6)]
        await asyncio.sleep(0.05)
        assert not any(browser.body.done() for browser in browsers)
        held.set()
        return [await asyncio.wait_for(browser.body, 5) for browser in browsers]

    assert run(ask()) == [f"/{number}".encode() for number in range(6)]


def test_a_page_that_breaks_is_an_error_at_once_and_leaves_its_thread_to_others() -> None:
    def broken(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/broken":
            raise LookupError("It broke.")
        return plain(environ, start)

    async def ask() -> bytes:
        pages = Pages(broken, threads=1)
        with pytest.raises(LookupError):
            await asyncio.wait_for(Browser(pages, "/broken").call, 5)
        return await asyncio.wait_for(Browser(pages).body, 5)

    assert run(ask()) == b"page_0"
