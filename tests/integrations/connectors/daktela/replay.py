"""What did a Daktela answer once? A server that says the same again, whatever it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from integrations.connectors.daktela.simulator.serving import Server

FOLDER = Path(__file__).parents[1] / "payloads" / "daktela"
PAYLOADS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}


@contextmanager
def answering(*bodies: Any, status: int = 200) -> Iterator[str]:
    """An address where each request gets the next of these bodies, and the last one for ever."""
    waiting = [json.dumps(body).encode() for body in bodies]

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        content = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        start(f"{status} Said", [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
        return [content]

    server = Server(("127.0.0.1", 0), application)
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
