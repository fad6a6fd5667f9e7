"""How does a synchronous page answer under an ASGI server? In a thread of a pool: one hop there, one hop back.

A bridge that passes each part of an answer on as it comes hops four times, and 0.4 ms of every page are its own
(docs/performance.md). Our pages are whole before they are sent; what streams does not come this way.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from urllib.parse import quote_from_bytes

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Environ = dict[str, Any]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]

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


class Pages:
    """An ASGI application around a WSGI one, with so many threads."""

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], threads: int) -> None:
        self.wsgi = wsgi
        self.threads = ThreadPoolExecutor(threads, "page")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        environ = environ_of(scope)
        with await whole(receive) if "CONTENT_LENGTH" in environ else BytesIO() as environ["wsgi.input"]:
            loop = asyncio.get_running_loop()
            status, headers, body = await loop.run_in_executor(self.threads, self.answer, environ)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def answer(self, environ: Environ) -> Answer:
        """The whole answer; runs in a thread."""
        head: list[Any] = []
        parts = self.wsgi(environ, lambda *said: head.extend(said))
        try:
            body = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in head[1]]
        return int(head[0][:3]), headers, body


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
