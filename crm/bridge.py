"""How does a synchronous page answer under an ASGI server? A thread makes the answer and sends it off itself.

An executor's way back, by a future and a wake-up of the event loop, and its threads taking turns cost 0.15 ms a page
(docs/performance.md). Our pages are whole before they are sent; what streams does not come this way.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from functools import lru_cache
from io import BytesIO
from queue import SimpleQueue
from tempfile import SpooledTemporaryFile
from threading import Lock, Thread
from typing import IO, Any, NamedTuple
from urllib.parse import quote_from_bytes

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]

IN_MEMORY = 1_000_000  # bytes of a request's body; a larger one waits in a file
IN_QUERIES = "".join(map(chr, range(0x21, 0x7F)))  # everything that may stand in a query as it is
OURS = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


class Asked(NamedTuple):
    """A request that waits for its page, whom to send it to, and what the event loop waits for."""

    environ: Environ
    send: Send
    answered: asyncio.Future[None]


class Pages:
    """An ASGI application around a WSGI one, with so many threads.

    Who rested last is asked first: its memory and its connection's process in PostgreSQL are warm yet.
    """

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], threads: int) -> None:
        self.wsgi = wsgi
        self.lock = Lock()
        self.waiting: deque[Asked] = deque()
        self.resting: list[SimpleQueue[Asked]] = []
        self.answered: deque[asyncio.Future[None]] = deque()
        for number in range(threads):
            Thread(target=self.work, name=f"page_{number}", daemon=True).start()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        environ["wsgi.input"] = await whole(receive) if "CONTENT_LENGTH" in environ else BytesIO()
        while self.answered:
            self.answered.popleft().set_result(None)
        answered = asyncio.get_running_loop().create_future()
        self.give(Asked(environ, send, answered))
        await answered

    def give(self, asked: Asked) -> None:
        with self.lock:
            if self.resting:
                self.resting.pop().put(asked)
            else:
                self.waiting.append(asked)

    def take(self, mine: SimpleQueue[Asked]) -> Asked:
        with self.lock:
            if self.waiting:
                return self.waiting.popleft()
            self.resting.append(mine)
        return mine.get()

    def work(self) -> None:
        """What each thread does.

        granian takes an answer at the call of `send`, in any thread. The event loop is not woken for it: it hears of
        it with the next request. It is for an error, which granian logs and answers with 500.
        """
        mine: SimpleQueue[Asked] = SimpleQueue()
        while True:
            environ, send, answered = self.take(mine)
            try:
                self.answer(environ, send)
            except BaseException as error:
                answered.get_loop().call_soon_threadsafe(answered.set_exception, error)
            else:
                self.answered.append(answered)

    def answer(self, environ: Environ, send: Send) -> None:
        """Sends the whole answer; what is to be done after a page is done when its reader has it."""
        head: list[Any] = []
        with environ["wsgi.input"]:
            parts = self.wsgi(environ, lambda *said: head.extend(said))
            try:
                body = b"".join(parts)
                headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in head[1]]
                send({"type": "http.response.start", "status": int(head[0][:3]), "headers": headers})
                send({"type": "http.response.body", "body": body})
            finally:
                getattr(parts, "close", lambda: None)()


async def whole(receive: Receive) -> IO[bytes]:
    """The body. One that is cut off is an error: half a note must not be taken for the note."""
    body = SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - whoever asked closes it
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("The browser went away before it had sent everything.")
        body.write(message["body"])
        if not message.get("more_body"):
            body.seek(0)
            return body


def environ_of(scope: Message) -> Environ:
    """The request as WSGI tells it (PEP 3333), but for its body; the query in ASCII, as a browser sends it."""
    environ = OURS | {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": scope["path"].encode().decode("latin1"),
        "QUERY_STRING": quote_from_bytes(scope["query_string"], IN_QUERIES),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.url_scheme": scope["scheme"],
    }
    environ["SERVER_NAME"], environ["SERVER_PORT"] = map(str, scope["server"] or ("localhost", 80))
    environ["REMOTE_ADDR"], environ["REMOTE_PORT"] = map(str, scope["client"] or ("", 0))
    for header, value in scope["headers"]:
        if name := _name(header):
            text = value.decode("latin1")
            glue = "; " if name == "HTTP_COOKIE" else ","
            environ[name] = f"{environ[name]}{glue}{text}" if name in environ else text
    return environ


@lru_cache(maxsize=256)
def _name(header: bytes) -> str:
    """None for one with an underscore: to WSGI `X_Forwarded_Proto` looks like the one a proxy sets."""
    if b"_" in header:
        return ""
    name = header.decode("latin1").upper().replace("-", "_")
    return name if name in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{name}"
