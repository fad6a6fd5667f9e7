"""How does a request come in? One port: /stream/ and /hooks/ to plain ASGI routes, all else to a WSGI thread pool.

There a ringing call's card is looked for first; every other page is Django's.

Django's own ASGI handler costs a synchronous page five times its throughput (dependencies, section 5).
"""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from crm.bridge import Message, Pages, Receive, Send

django = get_wsgi_application()
pages = Pages(import_string(settings.RING_APPLICATION)(django), settings.WSGI_THREADS)
stream = import_string(settings.STREAM_APPLICATION)
gc.freeze()  # what is loaded now stays: looking through it for garbage would be a twentieth of the card's time
gc.set_threshold(10_000, 20, 50)
hooks = import_string(settings.HOOKS_APPLICATION)


async def application(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    if scope["type"] == "http" and scope["path"].startswith("/stream/"):
        return await stream(scope, receive, send)
    if scope["type"] == "http" and scope["path"].startswith("/hooks/"):
        return await hooks(scope, receive, send)
    if scope["type"] == "http":
        return await pages(scope, receive, send)
    return await send({"type": "websocket.close", "code": 1000})


async def lifespan(receive: Receive, send: Send) -> None:
    while (event := (await receive())["type"]) != "lifespan.shutdown":
        await send({"type": f"{event}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
