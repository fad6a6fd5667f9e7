"""How are requests read off a socket? HTTP/1.1 with connections that stay open, a thread for each, as fast as may be.

The standard library's servers parse headers as e-mail, and its WSGI server closes after each answer: too slow to
measure anybody.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

from .wire import Request, Reset, Response

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
        # a client that goes away, or what is no request
        with contextlib.suppress(OSError, ValueError):
            while request := self.read():
                try:
                    response = self.server.answer(request)
                except Reset:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
                    return
                if not (self.send(response) and self.is_kept):
                    return

    def read(self) -> Request | None:
        """The next request. Raises ValueError for what is none."""
        line = self.rfile.readline(LONGEST_LINE)
        if not line.strip():
            return None
        method, target, version = line.decode("latin-1").split()
        headers = self.read_headers()
        self.is_kept = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        if "100-continue" in headers.get("expect", "").lower():
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self.server.reads(method, target, headers, self.read_body(headers), str(self.client_address[0]))

    def read_headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        for _ in range(MOST_HEADERS):
            line = self.rfile.readline(LONGEST_LINE).decode("latin-1").rstrip("\r\n")
            if not line:
                return headers
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        raise ValueError("too many headers")

    def read_body(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding", "").lower() != "chunked":
            return self.rfile.read(int(headers.get("content-length") or 0))
        body = b""
        while size := int(self.rfile.readline(LONGEST_LINE).split(b";")[0] or b"0", 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def send(self, response: Response) -> bool:
        """Whether all was sent that was announced."""
        length = 0 if response.status == HTTPStatus.NO_CONTENT else len(response.body)
        lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}", f"Date: {formatdate(usegmt=True)}"]
        if response.status != HTTPStatus.NO_CONTENT:
            lines += [f"Content-Type: {response.content_type}", f"Content-Length: {length}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        waiting, sent = "\r\n".join([*lines, "", ""]).encode("latin-1"), 0
        for chunk in response.chunks or [response.body]:
            self.wfile.write(waiting + chunk)
            waiting, sent = b"", sent + len(chunk)
        return sent == length


class Server(ThreadingTCPServer):
    """Waiting long polls do not hold up the end, and no connection outlives it."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(
        self, address: tuple[str, int], answer: Callable[[Any], Response], reads: type[Request] = Request
    ) -> None:
        self.answer, self.reads = answer, reads
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
