"""How does a request come in? One port: /stream/ and /hooks/ to plain ASGI routes, all else to a WSGI thread pool.

Django's own ASGI handler costs a synchronous page five times its throughput (dependencies, section 5).
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast
from urllib.parse import quote_from_bytes

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
QUERY = "".join(map(chr, range(0x21, 0x7F)))  # everything that may stand in a query as it is

pages: Any = WSGIMiddleware(cast(Any, get_wsgi_application()), workers=settings.WSGI_THREADS)
stream = import_string(settings.STREAM_APPLICATION)
hooks = import_string(settings.HOOKS_APPLICATION)


async def application(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    if scope["type"] == "http" and scope["path"].startswith("/stream/"):
        return await stream(scope, receive, send)
    if scope["type"] == "http" and scope["path"].startswith("/hooks/"):
        return await hooks(scope, receive, send)
    if scope["type"] == "http":
        return await pages(plain(scope), whole(receive), send)
    return await send({"type": "websocket.close", "code": 1000})


def plain(scope: Message) -> Message:
    """The request as the bridge to WSGI can carry it.

    Bytes beyond ASCII in the query are percent-encoded, as a browser would have done: the bridge fails on them.
    A header with an underscore is dropped: to WSGI `X_Forwarded_Proto` looks like the one a proxy sets.
    """
    headers = [(name, value) for name, value in scope["headers"] if b"_" not in name]
    return {**scope, "headers": headers, "query_string": quote_from_bytes(scope["query_string"], QUERY).encode()}


def whole(receive: Receive) -> Receive:
    """A body that is cut off is an error. The bridge would take it for a shorter one, and half a note for the note."""

    async def checked() -> Message:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("The browser went away before it had sent everything.")
        return message

    return checked


async def lifespan(receive: Receive, send: Send) -> None:
    while (event := (await receive())["type"]) != "lifespan.shutdown":
        await send({"type": f"{event}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
