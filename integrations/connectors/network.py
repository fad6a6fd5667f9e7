"""How do we get to an address? Resolved once, checked, connected to as checked, and every step before one deadline."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import httpcore

from integrations.connectors.addresses import is_public
from integrations.connectors.errors import AddressRefused

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0  # without a byte
WRITE_SIZE = 16 * 1024

_resolvers = ThreadPoolExecutor(4, "resolver")


class Network(httpcore.NetworkBackend):
    """Resolves a name, checks every address it has, and connects to one that was checked, not to the name again."""

    def __init__(self, is_allowed: Callable[[str], bool] | None = is_public) -> None:
        self.is_allowed = is_allowed
        self.inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        addresses = resolved(host, port, left(timeout, CONNECT_SECONDS))
        if self.is_allowed and not all(self.is_allowed(address) for address in addresses):
            raise AddressRefused(
                f"{host} is not a public address. It may be added to ALLOWED_EGRESS by whoever runs us."
            )
        for address in addresses[:-1]:
            try:
                return self._connect(address, port, timeout)
            except httpcore.ConnectError:
                continue
        return self._connect(addresses[-1], port, timeout)

    def _connect(self, address: str, port: int, moment: float | None) -> httpcore.NetworkStream:
        return Stream(self.inner.connect_tcp(address, port, left(moment, CONNECT_SECONDS)))

    def connect_unix_socket(self, *_: Any, **__: Any) -> httpcore.NetworkStream:
        raise AddressRefused("A connection goes over the network, never to a socket of this machine.")


class Stream(httpcore.NetworkStream):
    """A connection whose every step asks how much time is left; `timeout` is the moment it must be over.

    What is written is held until there is much of it or an answer is waited for: a request's head and body are one
    packet and one wake-up over there, not two.
    """

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self.inner = inner
        self.held = bytearray()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        with suppress(httpcore.WriteError):  # who closes early may have answered first, as httpcore knows too
            self._send(timeout)
        return self.inner.read(max_bytes, left(timeout, READ_SECONDS))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), WRITE_SIZE):
            self.held += buffer[start : start + WRITE_SIZE]
            if len(self.held) >= WRITE_SIZE:
                self._send(timeout)

    def _send(self, timeout: float | None) -> None:
        sent, self.held = bytes(self.held), bytearray()
        if sent:
            self.inner.write(sent, left(timeout, READ_SECONDS))

    def close(self) -> None:
        self.inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return Stream(self.inner.start_tls(ssl_context, server_hostname, left(timeout, CONNECT_SECONDS)))

    def get_extra_info(self, info: str) -> Any:
        return self.inner.get_extra_info(info)


def resolved(host: str, port: int, seconds: float) -> list[str]:
    """Every address of a name. A resolver knows no deadline of its own, so it works in a thread we do not wait for."""
    asked = _resolvers.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        return list(dict.fromkeys(str(row[4][0]) for row in asked.result(seconds)))
    except TimeoutError as error:
        raise httpcore.ConnectTimeout from error
    except (OSError, UnicodeError) as error:
        raise httpcore.ConnectError from error


def left(moment: float | None, most: float) -> float:
    """The seconds one step may take. Raises ReadTimeout when the deadline has passed."""
    left = (moment or 0.0) - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return min(left, most)
