"""How fast does a server answer? Requests over connections kept open, each sending the next when it has its answer."""

from __future__ import annotations

import itertools
import selectors
import socket
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.servers import LOAD_CORE, Web, on_core

HEAD_ENDS = b"\r\n\r\n"
LENGTH = b"content-length:"


class Unexpected(Exception):
    """An answer that is not a good one; the message has its first line and the request's."""


@dataclass(frozen=True, slots=True)
class Round:
    """One measurement: `waits` in seconds from sending to the last byte, `cpu` in seconds of the server a request."""

    waits: Sequence[float]
    seconds: float
    cpu: float

    @property
    def p50(self) -> float:
        return statistics.median(self.waits)

    @property
    def each_second(self) -> float:
        return len(self.waits) / self.seconds


def measure(web: Web, requests: Iterator[bytes], *, connections: int, seconds: float) -> Round:
    """Loads the server for so many seconds."""
    with on_core(LOAD_CORE):
        cpu_before, started_at = web.cpu_seconds(), time.perf_counter()
        waits = list(_waits(web.port, requests, connections, seconds))
        ended_at = time.perf_counter()
        return Round(waits, ended_at - started_at, (web.cpu_seconds() - cpu_before) / len(waits))


def request(host: str, path: str, **headers: str) -> bytes:
    """What a browser in front of this page sends."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Accept: text/html", "Accept-Encoding: gzip, deflate, br, zstd"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()


def answer_to(port: int, sent: bytes) -> bytes:
    """The whole answer to one request: head and body."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(sent)
        return _read(connection.recv, sent)


def _waits(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> Iterator[float]:
    deadline = time.perf_counter() + seconds
    with selectors.DefaultSelector() as selector:
        callers = [Caller(port) for _ in range(connections)]
        for caller in callers:
            selector.register(caller.socket, selectors.EVENT_READ, caller)
            caller.send(next(requests))
        while time.perf_counter() < deadline:
            for key, _ in selector.select():
                yield key.data.receive()
                key.data.send(next(requests))
        for caller in callers:
            yield caller.receive()
            caller.socket.close()


class Caller:
    """One connection, with one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, sent: bytes) -> None:
        self.sent, self.sent_at = sent, time.perf_counter()
        self.socket.sendall(sent)

    def receive(self) -> float:
        _read(self.socket.recv, self.sent)
        return time.perf_counter() - self.sent_at


def _read(receive: Callable[[int], bytes], sent: bytes) -> bytes:
    answer = receive(65536)
    while (head := answer.find(HEAD_ENDS)) < 0:
        answer += _more(receive, sent)
    if not answer.startswith(b"HTTP/1.1 20"):
        raise Unexpected(f"{_first_line(answer)} for {_first_line(sent)}")
    size = head + len(HEAD_ENDS) + _length(answer[:head])
    while len(answer) < size:
        answer += _more(receive, sent)
    return answer


def _more(receive: Callable[[int], bytes], sent: bytes) -> bytes:
    part = receive(65536)
    if not part:
        raise Unexpected(f"The server hung up on {_first_line(sent)}")
    return part


def _length(head: bytes) -> int:
    at = head.lower().index(LENGTH) + len(LENGTH)
    return int(head[at:].split(b"\r\n", 1)[0])


def _first_line(text: bytes) -> str:
    return text.split(b"\r\n", 1)[0].decode(errors="replace")


def endlessly(requests: Sequence[bytes]) -> Iterator[bytes]:
    return itertools.cycle(requests)
