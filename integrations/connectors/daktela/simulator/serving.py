"""How are requests read off a socket? HTTP/1.1 with connections that stay open, a thread for each, as fast as may be.

The standard library's WSGI server closes after each answer and parses headers as e-mail: too slow to measure anybody.
"""

import contextlib
import io
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any
from urllib.parse import unquote_to_bytes

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
ABORT = struct.pack("ii", 1, 0)
LONGEST_LINE = 65_536
MOST_HEADERS = 200
IDLE_SECONDS = 120


class Handler(StreamRequestHandler):
    """One connection. It can be reset, and it ends when an answer was shorter than it said."""

    disable_nagle_algorithm = True
    rbufsize = 65_536
    timeout = IDLE_SECONDS
    server: "Server"

    def handle(self) -> None:
        # a client that goes away, or a fault that asked for a reset
        with contextlib.suppress(OSError, ValueError):
            while environ := self.read():
                if not self.answer(environ):
                    return

    def read(self) -> dict[str, Any] | None:
        """The next request as a WSGI environment. Raises ValueError for what is none."""
        line = self.rfile.readline(LONGEST_LINE)
        if not line.strip():
            return None
        method, target, version = line.decode("latin-1").split()
        path, _, query = target.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": target,
            "REMOTE_ADDR": str(self.client_address[0]),
            "SERVER_PROTOCOL": version,
            "simulator.reset": self.reset,
        }
        self.read_headers(environ)
        if "100-continue" in environ.get("HTTP_EXPECT", "").lower():
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        environ["wsgi.input"] = io.BytesIO(self.rfile.read(int(environ.get("CONTENT_LENGTH") or 0)))
        return environ

    def read_headers(self, environ: dict[str, Any]) -> None:
        for _ in range(MOST_HEADERS):
            line = self.rfile.readline(LONGEST_LINE).decode("latin-1").rstrip("\r\n")
            if not line:
                return
            name, _, value = line.partition(":")
            key = name.upper().replace("-", "_")
            environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value.strip()
        raise ValueError("too many headers")

    def answer(self, environ: dict[str, Any]) -> bool:
        """Whether the connection may be used again."""
        head: list[tuple[str, list[tuple[str, str]]]] = []
        body = self.server.application(environ, lambda status, headers: head.append((status, headers)))
        status, headers = head[0] if head else ("500 Internal Server Error", [])
        announced = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), "", ""]
        waiting, sent = "\r\n".join(lines).encode("latin-1"), 0
        for chunk in body:
            self.wfile.write(waiting + chunk)
            waiting, sent = b"", sent + len(chunk)
        if waiting:
            self.wfile.write(waiting)
        is_kept = environ["SERVER_PROTOCOL"] == "HTTP/1.1" and environ.get("HTTP_CONNECTION", "").lower() != "close"
        return is_kept and sent == announced

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)


class Server(ThreadingTCPServer):
    """Waiting long polls do not hold up the end, and no connection outlives it."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], application: Wsgi) -> None:
        self.application = application
        self.connections: set[socket.socket] = set()
        self.lock = threading.Lock()
        super().__init__(address, Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self.lock:
            self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self.lock:
            self.connections.discard(request)
        # A polite FIN first would turn the reset that a fault asks for into an ordinary end.
        if request.fileno() >= 0 and request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == ABORT:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        with self.lock:
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass
