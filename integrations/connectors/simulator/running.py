"""How does a simulator begin and end? In a thread of a test or a program, or alone, in the foreground of a shell."""

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any, Self

from .serving import Server
from .wire import Request, Response


class Simulator:
    """Serves what ``answer`` says to each request, read as ``reads``. As a context manager from its own threads."""

    def __init__(self, answer: Callable[[Any], Response], reads: type[Request], host: str, port: int) -> None:
        self.answer, self.reads = answer, reads
        self.host, self.port = host, port
        self.server: Server | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def greeting(self) -> str:
        """What a shell is told once it serves; its first line ends with the address."""
        return f"Serving on {self.url}"

    def bind(self) -> Server:
        """Take the port (a free one for 0). Raises OSError when it is taken."""
        self.server = Server((self.host, self.port), self.answer, self.reads)
        self.port = self.server.port
        return self.server

    def start(self) -> Self:
        server = self.bind()
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="simulator").start()
        return self

    def stop(self) -> None:
        if self.server:
            self.server.shutdown()
        self.release()

    def release(self) -> None:
        """After the serving has ended: give the port back."""
        if self.server:
            self.server.server_close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *problem: object) -> None:
        self.stop()


def arguments(description: str, port: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=port, help="0 takes a free one")
    parser.add_argument("--assumptions", action="store_true", help="list what was assumed about the system, and end")
    return parser


def run(make: Callable[[], Simulator]) -> int:
    """Serve until Ctrl-C; the exit code. ``make`` may raise OSError and ValueError."""
    try:
        simulator = make()
        server = simulator.bind()
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"The simulator cannot start: {problem}\n")
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for the loop, which this very thread runs: it must be asked from another one.
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    tell([simulator.greeting()])
    server.serve_forever(0.2)
    simulator.release()
    return 0


def tell(lines: Iterable[str]) -> int:
    """The exit code."""
    sys.stdout.writelines(f"{line}\n" for line in lines)
    sys.stdout.flush()
    return 0
