"""How does a request come in? One port, two ways: /stream/ to a plain ASGI route, all else to a WSGI thread pool.

Django's own ASGI handler costs a synchronous page five times its throughput (dependencies, section 5).
"""

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

pages = WSGIMiddleware(get_wsgi_application(), workers=settings.WSGI_THREADS)
stream = import_string(settings.STREAM_APPLICATION)


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    if scope["path"].startswith("/stream/"):
        return await stream(scope, receive, send)
    return await pages(scope, receive, send)


async def lifespan(receive: Any, send: Any) -> None:
    while (event := (await receive())["type"]) != "lifespan.shutdown":
        await send({"type": f"{event}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
