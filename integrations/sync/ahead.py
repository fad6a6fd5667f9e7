"""How is the next page fetched while this one is written? In one thread, a few pages ahead and never more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, suppress
from queue import Empty, Full, Queue
from typing import Any, TypeVar

PAGES_AHEAD = 3
BEAT_SECONDS = 10.0

Thing = TypeVar("Thing")


def fetched(pages: Iterable[Thing], beat: Callable[[], None], seconds: float = BEAT_SECONDS) -> Iterator[Thing]:
    """The same things in the same order, and what fetching them raised. `beat` is called while one is waited for.

    Leaving early stops the thread; it is waited for, so the connector is nobody's any more.
    """
    ready: Queue[Any] = Queue(PAGES_AHEAD)
    is_over = threading.Event()
    thread = threading.Thread(target=_fetch, args=(pages, ready, is_over), name="fetch", daemon=True)
    thread.start()
    try:
        while True:
            try:
                kind, thing = ready.get(timeout=seconds)
            except Empty:
                beat()
                continue
            if kind == "thing":
                yield thing
            elif kind == "error":
                raise thing
            else:
                return
    finally:
        is_over.set()
        thread.join()


def _fetch(pages: Iterable[Any], ready: Queue[Any], is_over: threading.Event) -> None:
    try:
        with closing(_one_by_one(pages)) as things:
            for thing in things:
                _put(ready, ("thing", thing), is_over)
                if is_over.is_set():
                    return
    except BaseException as error:
        _put(ready, ("error", error), is_over)
    else:
        _put(ready, ("end", None), is_over)


def _one_by_one(things: Iterable[Thing]) -> Generator[Thing, None, None]:
    """So that leaving closes what is left, in the thread that began it."""
    yield from things


def _put(ready: Queue[Any], what: tuple[str, Any], is_over: threading.Event) -> None:
    while not is_over.is_set():
        with suppress(Full):
            ready.put(what, timeout=0.2)
            return
