"""How is the simulator started? In a thread of a test or a program, or in the foreground of a shell."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .api import Application
from .faults import Reset
from .wire import Request, Response
from .world import Clock, World, utc_now

ABORT = struct.pack("ii", 1, 0)


class Handler(BaseHTTPRequestHandler):
    """Keeps connections open, reads chunked bodies as well, and can reset."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together, or each answer waits for an acknowledgement
    disable_nagle_algorithm = True
    server: Server

    def serve(self) -> None:
        scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
        request = Request.read(self.command, self.path, dict(self.headers.items()), self.read_body(), scheme)
        try:
            self.send(self.server.application.answer(request))
        except Reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = serve

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def send(self, response: Response) -> None:
        self.send_response(response.status, HTTPStatus(response.status).phrase)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.status != HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", response.content_type)
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        for chunk in response.chunks or [response.body]:
            self.wfile.write(chunk)
            self.wfile.flush()
        self.close_connection = self.close_connection or bool(response.chunks)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return format_datetime(self.server.application.world.clock(), usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    """A thread per connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], application: Application) -> None:
        self.application = application
        super().__init__(address, Handler)

    def shutdown_request(self, request: Any) -> None:
        # A polite FIN first would turn the reset that a fault asks for into an ordinary end.
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == ABORT:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class Simulator:
    """A simulated Dynamics 365 with its sign-in, on one address.

    ``accounts`` and ``contacts`` are made from their number alone, so a million costs nothing; ``clock`` returns the
    aware moment. As a context manager it serves from its own threads: ``url`` is where.
    """

    def __init__(
        self,
        accounts: int = 0,
        contacts: int = 0,
        *,
        clock: Clock = utc_now,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.world = World(clock)
        self.world.make(accounts, contacts)
        self.application = Application(self.world)
        self.faults = self.application.faults
        self.host, self.port = host, port
        self.server: Server | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def settings(self) -> dict[str, Any]:
        """What an administrator would enter to connect to it, besides the address."""
        world = self.world
        return {
            "tenant": world.tenant,
            "client_id": world.client,
            "client_secret": world.secret,
            "authority": self.url,
        }

    def bind(self) -> Server:
        """Take the port (a free one for 0). Raises OSError when it is taken."""
        self.server = Server((self.host, self.port), self.application)
        self.port = self.server.server_port
        return self.server

    def start(self) -> Simulator:
        server = self.bind()
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="dynamics-simulator").start()
        return self

    def stop(self) -> None:
        if self.server:
            self.server.shutdown()
            self.server.server_close()

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(self, *problem: object) -> None:
        self.stop()
