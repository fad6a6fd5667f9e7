"""What did a Daktela answer once? A server that says the same again, whatever it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from integrations.connectors.simulator.serving import Server
from integrations.connectors.simulator.wire import Request, Response
from tests.integrations.connectors.recorded import payloads

PAYLOADS = payloads("daktela")


@contextmanager
def answering(*bodies: Any, status: int = 200) -> Iterator[str]:
    """An address where each request gets the next of these bodies, and the last one for ever."""
    waiting = [json.dumps(body).encode() for body in bodies]

    def answer(request: Request) -> Response:
        return Response(status, waiting.pop(0) if len(waiting) > 1 else waiting[0])

    server = Server(("127.0.0.1", 0), answer)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def recorded(name: str) -> Iterator[str]:
    with answering(PAYLOADS[name]["body"], status=PAYLOADS[name]["status"]) as url:
        yield url
