"""How do we reach another system? The only way out: a checked address, a total deadline, and an end to every answer.

Nothing else may import httpx. What a library's time-out leaves open is closed here: a byte a second passes a time-out
per read for ever, and a kilobyte can unpack to a gigabyte (threat 14, traps 9 to 12).
"""

from __future__ import annotations

import logging
import ssl
import time
import zlib
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Protocol

import httpcore
import httpx

from integrations.connectors.addresses import Origin, allowed, is_public
from integrations.connectors.answers import Answer
from integrations.connectors.errors import (
    AddressRefused,
    ConfigurationError,
    ConnectorError,
    NotAuthorized,
    RateLimited,
    RecordGone,
    RecordRejected,
    TemporaryFailure,
)
from integrations.connectors.network import Network

DEADLINE_SECONDS = 60.0  # for all of it
SIZE_LIMIT = 16 * 1024 * 1024  # unpacked
DROPPED = {"content-encoding", "content-length", "transfer-encoding", "set-cookie"}

for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # at INFO they log whole addresses (threat 17)


class Pace(Protocol):
    """Who says how fast we may go: asked before every request, told after it. Shared by all workers of a system."""

    def before(self) -> None:
        """Waits for its turn. Raises RateLimited while the other side, or its circuit, wants no request."""

    def after(self, status: int | None, retry_after: str | None) -> None:
        """What came of it: the status, or None without an answer; Retry-After as it was sent (seconds or a date)."""


class Free:
    """No limit but the other side's own."""

    def before(self) -> None: ...

    def after(self, status: int | None, retry_after: str | None) -> None: ...


FREE = Free()


def gateway(
    origin: str,
    *,
    exceptions: Collection[str] = (),
    deadline_seconds: float = DEADLINE_SECONDS,
    size_limit: int = SIZE_LIMIT,
    pace: Pace = FREE,
) -> httpx.Client:
    """A client for this one origin and no other; several threads may share it.

    `exceptions` are the exact origins that need not be https and public (settings.ALLOWED_EGRESS). Requests raise
    AddressRefused, ConfigurationError (a redirect) or TemporaryFailure, and no error of httpx. A status is given back
    as it is: `problem` says what it means.
    """
    target, is_exception = allowed(origin, exceptions)
    network = Network(None if is_exception else is_public)
    try:
        return Client(
            base_url=origin,
            transport=Transport(target, network, deadline_seconds, size_limit, pace),
            headers={"Accept-Encoding": "gzip", "User-Agent": "Callroom"},
            trust_env=False,
            follow_redirects=False,
            event_hooks={"response": [_let_go]},
        )
    except httpx.InvalidURL as error:
        raise AddressRefused("The address cannot be read. Write it like https://company.daktela.com.") from error


def _let_go(answer: httpx.Response) -> None:
    """It was read to its end: the stream it came by would hold it, and its page, in a circle until somebody tidies."""
    answer.stream = httpx.ByteStream(b"")


def problem(status: int, message: str, retry_after_seconds: float | None = None) -> ConnectorError:
    """What a status of 400 and more means, the one table of it."""
    if status in (401, 403):
        return NotAuthorized(message)
    if status == 429:
        return RateLimited(message, retry_after_seconds)
    if status == 408 or status >= 500:
        return TemporaryFailure(message)
    if status in (404, 410):
        return RecordGone(message)
    return ConfigurationError(message) if status == 405 else RecordRejected(message)


class NoCookies(httpx.Cookies):
    """What one answer says does not go with the next request; looking for it would take a ninth of a request's CPU."""

    def extract_cookies(self, response: httpx.Response) -> None: ...


class Client(httpx.Client):
    cookies = NoCookies()  # type: ignore[override]


class Transport(httpx.BaseTransport):
    """Sends a request and reads its answer to the end, all before the deadline.

    httpcore hands the numbers under "timeout" through to the network, which is ours: here they are moments of the
    monotonic clock, not durations. So one deadline holds for every connect, handshake, read and write of a request.
    """

    def __init__(
        self, origin: Origin, network: Network, deadline_seconds: float, size_limit: int, pace: Pace = FREE
    ) -> None:
        self.origin = origin
        self.pace = pace
        self.deadline_seconds = deadline_seconds
        self.size_limit = size_limit
        self.pool = httpcore.ConnectionPool(
            _trust(), network_backend=network, max_connections=16, max_keepalive_connections=8, keepalive_expiry=15
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._check(request.url)
        self.pace.before()
        status, headers, body = self._judged(request)
        if 300 <= status < 400:
            raise ConfigurationError(f"{self.origin.host} sends us elsewhere. Enter the address it really answers at.")
        return Answer(status, headers=headers, content=body, request=request)

    def _judged(self, request: httpx.Request) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        try:
            with _as_ours(self.origin.host):
                status, headers, body = self._exchange(request)
        except BaseException:  # a time limit of the worker as well: the place is given back
            self.pace.after(None, None)
            raise
        wait = next((value.decode("latin-1") for name, value in headers if name.lower() == b"retry-after"), None)
        self.pace.after(status, wait)
        return status, headers, body

    def _check(self, url: httpx.URL) -> None:
        port = url.port or {"https": 443, "http": 80}.get(url.scheme, 0)
        if (url.scheme, url.host, port) != (self.origin.scheme, self.origin.host, self.origin.port):
            raise AddressRefused("This connection may only go to its own address.")

    def _exchange(self, request: httpx.Request) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        moment = time.monotonic() + self.deadline_seconds
        timeouts = {"connect": moment, "read": moment, "write": moment, "pool": self.deadline_seconds}
        answer = self.pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions={"timeout": timeouts},
            )
        )
        try:
            headers = [(name, value) for name, value in answer.headers if name.decode().lower() not in DROPPED]
            return answer.status, headers, unpacked(answer.iter_stream(), answer.headers, self.size_limit)
        finally:
            answer.close()

    def close(self) -> None:
        self.pool.close()


def unpacked(chunks: Iterable[bytes], headers: Iterable[tuple[bytes, bytes]], limit: int) -> bytes:
    """The whole body, never holding more than `limit` bytes of it. Raises TemporaryFailure."""
    encoding = b",".join(value for name, value in headers if name.lower() == b"content-encoding").strip().lower()
    if encoding not in (b"", b"identity", b"gzip"):
        raise TemporaryFailure("The answer is packed in a way we did not ask for.")
    parts, size = [], 0
    for part in _gunzipped(chunks, limit) if encoding == b"gzip" else chunks:
        parts.append(part)
        size += len(part)
        if size > limit:
            raise TemporaryFailure(f"The answer is larger than {limit // 1024} KB, so it was not read to its end.")
    return b"".join(parts)


def _gunzipped(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    unzip = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            if unzip.eof:  # zlib would keep it all
                raise TemporaryFailure("The answer goes on after its end.")
            yield unzip.decompress(chunk, limit + 1)
    except zlib.error as error:
        raise TemporaryFailure("The answer is packed wrongly.") from error
    if not unzip.eof:
        raise TemporaryFailure("The answer ends half way.")


@contextmanager
def _as_ours(host: str) -> Iterator[None]:
    """Our errors for those of the network; none of them quotes what was sent."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise TemporaryFailure(f"{host} did not answer in time.") from error
    except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError) as error:
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in error.args):
            raise ConfigurationError(f"{host} cannot prove that it is {host}: its certificate is not valid.") from error
        if isinstance(error, httpcore.ConnectError):
            raise TemporaryFailure(f"{host} cannot be reached.") from error
        raise TemporaryFailure(f"{host} broke the connection off.") from error


@cache
def _trust() -> ssl.SSLContext:
    """Whose certificates we believe: certifi's, or SSL_CERT_FILE's where a company signs its own."""
    return httpx.create_ssl_context()
