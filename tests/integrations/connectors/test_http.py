"""Does the only way out keep its promises? Against servers that misbehave on a real socket."""

from __future__ import annotations

import gzip
import itertools
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from integrations.connectors.addresses import allowed, is_public
from integrations.connectors.errors import (
    AddressRefused,
    ConfigurationError,
    NotAuthorized,
    RateLimited,
    RecordGone,
    RecordRejected,
    TemporaryFailure,
)
from integrations.connectors.http import gateway, problem, unpacked

Answer = Callable[[socket.socket], None]


@contextmanager
def server(answer: Answer) -> Iterator[str]:
    """The origin of a server that reads one request per connection and then does as `answer` does."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

        def talk(connection: socket.socket) -> None:
            with connection:
                try:
                    while connection.recv(65536):
                        answer(connection)
                except OSError:
                    return

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def says(body: bytes, *headers: str, status: str = "200 OK") -> Answer:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]).encode()
    return lambda connection: connection.sendall(head + body)


def drips(head: bytes, drop: bytes) -> Answer:
    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        for _ in range(200):
            time.sleep(0.05)
            connection.sendall(drop)

    return answer


def get(origin: str, **limits: float) -> httpx.Response:
    with gateway(origin, exceptions=[origin], **limits) as client:
        return client.get("/api")


def test_an_excepted_origin_is_reached_and_its_connection_is_kept_for_the_next_request() -> None:
    ports = []

    def answer(connection: socket.socket) -> None:
        ports.append(connection.getpeername()[1])
        says(b"hello")(connection)

    with server(answer) as origin, gateway(origin, exceptions=[origin]) as client:
        assert client.get("/a").text == "hello"
        assert client.get("/b").text == "hello"
    assert len(ports) == 2
    assert len(set(ports)) == 1


# fmt: off
INTERNAL = [
    "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "127.8.9.10", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.51.100.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1",
    "2002:7f00:1::1", "2002:a00:1::", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1",
    "fe80::1%eth0", "fec0::1", "ff02::1", "ff05::2",
]
# fmt: on


@pytest.mark.parametrize("address", INTERNAL)
def test_an_internal_address_is_not_public_however_it_is_wrapped(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "2a00::1"]
)
def test_a_public_address_is_public(address: str) -> None:
    assert is_public(address)


# Each is 127.0.0.1 or this machine, in a spelling that a check of the text would not see.
SPELLINGS = ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]", "localhost", "0"]


@pytest.mark.parametrize("host", SPELLINGS)
def test_this_machine_is_refused_in_every_spelling_before_a_byte_is_sent(host: str) -> None:
    with gateway(f"https://{host}") as client, pytest.raises(AddressRefused, match="not a public address"):
        client.get("/")


def test_an_exception_is_for_its_scheme_host_and_port_alone() -> None:
    exceptions = ["http://127.0.0.1:8100"]
    assert allowed("http://127.0.0.1:8100", exceptions)[1]
    for other in ("http://127.0.0.1:8101", "http://localhost:8100", "http://127.1:8100", "http://127.0.0.1"):
        with pytest.raises(AddressRefused):
            allowed(other, exceptions)
    assert not allowed("https://127.0.0.1", exceptions)[1]  # its address will be checked when it is connected to


@pytest.mark.parametrize(
    "origin",
    [
        *("http://example.com", "https://example.com:8443", "https://example.com:22", "https://example.com:0"),
        *(
            "ftp://example.com",
            "https://",
            "example.com",
            "",
            "https://user:secret@example.com",
            "https://example.com/x",
        ),
        *(
            "https://example.com?x",
            "https://example.com#x",
            "https://example.com:99999",
            "https://[",
            "https://0177.0.0.1",
            "file:///etc/passwd",
        ),
    ],
)
def test_what_is_not_https_on_its_own_port_is_refused(origin: str) -> None:
    with pytest.raises(AddressRefused):
        gateway(origin)


def test_a_client_goes_to_its_own_origin_only() -> None:
    with server(says(b"")) as origin, server(says(b"")) as other:
        client = gateway(origin, exceptions=[origin, other])
        with client, pytest.raises(AddressRefused):
            client.get(f"{other}/api")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_a_redirect_is_not_followed(status: str) -> None:
    answer = says(b"", "Location: http://169.254.169.254/", status=status)
    with server(answer) as origin, pytest.raises(ConfigurationError, match="elsewhere"):
        get(origin)


@pytest.mark.parametrize(
    ("head", "drop"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    ],
)
def test_a_drip_ends_at_the_deadline(head: bytes, drop: bytes) -> None:
    with server(drips(head, drop)) as origin:
        started = time.monotonic()
        with pytest.raises(TemporaryFailure):
            get(origin, deadline_seconds=0.5)
        assert time.monotonic() - started < 1


def test_a_server_that_says_nothing_ends_at_the_deadline() -> None:
    with server(lambda _: time.sleep(5)) as origin:
        started = time.monotonic()
        with pytest.raises(TemporaryFailure, match="in time"):
            get(origin, deadline_seconds=0.3)
        assert time.monotonic() - started < 1


def test_a_body_that_is_too_large_is_not_read_to_its_end() -> None:
    with server(says(b"x" * 200_000)) as origin, pytest.raises(TemporaryFailure, match="larger"):
        get(origin, size_limit=100_000)


def test_a_small_answer_that_unpacks_to_a_giant_is_refused() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(bomb) < 50_000
    with server(says(bomb, "Content-Encoding: gzip")) as origin, pytest.raises(TemporaryFailure, match="larger"):
        get(origin, size_limit=1_000_000)


def test_threat_14_what_follows_the_end_of_a_packed_answer_is_not_kept() -> None:
    endless = itertools.chain([gzip.compress(b"{}")], itertools.repeat(bytes(16)))
    with pytest.raises(TemporaryFailure, match="after its end"):
        unpacked(endless, [(b"Content-Encoding", b"gzip")], 1024)


def test_a_packed_answer_is_unpacked() -> None:
    with server(says(gzip.compress(b"hello" * 1000), "Content-Encoding: gzip")) as origin:
        assert get(origin).text == "hello" * 1000


@pytest.mark.parametrize("encoding", ["gzip, gzip", "br", "deflate"])
def test_a_packing_we_did_not_ask_for_is_refused(encoding: str) -> None:
    with server(says(b"x", f"Content-Encoding: {encoding}")) as origin, pytest.raises(TemporaryFailure, match="packed"):
        get(origin)


@pytest.mark.parametrize("body", [gzip.compress(b"hello" * 1000)[:-12], b"no gzip at all"], ids=["cut", "none"])
def test_a_packed_answer_that_is_broken_is_an_error_not_an_end(body: bytes) -> None:
    with server(says(body, "Content-Encoding: gzip")) as origin, pytest.raises(TemporaryFailure):
        get(origin)


def test_an_answer_cut_off_is_an_error_not_an_end() -> None:
    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        connection.shutdown(socket.SHUT_RDWR)

    with server(answer) as origin, pytest.raises(TemporaryFailure, match="broke"):
        get(origin)


def test_nobody_listening_is_a_temporary_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(TemporaryFailure, match="cannot be reached"):
        get(origin)


def test_a_cookie_of_one_answer_is_not_sent_with_the_next_request() -> None:
    seen = []

    def answer(connection: socket.socket) -> None:
        says(b"", "Set-Cookie: c_user=somebody; Path=/")(connection)

    with server(answer) as origin, gateway(origin, exceptions=[origin]) as client:
        client.get("/")
        client.event_hooks = {"request": [lambda request: seen.append(dict(request.headers))]}
        client.get("/")
    assert "cookie" not in seen[0]


def test_the_head_and_the_body_of_a_request_are_one_packet() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with gateway(origin, exceptions=[origin]) as client:
            asked = pool.submit(client.post, "/", content=b"the body")
            connection, _ = listener.accept()
            with connection:
                assert connection.recv(65536).endswith(b"the body")
                says(b"taken")(connection)
                assert asked.result().content == b"taken"


def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(says(b"the proxy's")) as proxy, server(says(b"its own")) as origin:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        monkeypatch.setenv("ALL_PROXY", proxy)
        assert get(origin).text == "its own"


def test_no_secret_is_logged_or_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore"):  # as our module leaves them, whatever the level above
        assert logging.getLogger(name).getEffectiveLevel() >= logging.WARNING
    with server(says(b"", status="500 Oops")) as origin, gateway(origin, exceptions=[origin]) as client:
        client.get("/api?accessToken=secret-one", headers={"X-AUTH-TOKEN": "secret-two"})
    with pytest.raises(TemporaryFailure) as failure, gateway(origin, exceptions=[origin]) as client:
        client.get("/api?accessToken=secret-one", headers={"X-AUTH-TOKEN": "secret-two"})
    assert "secret" not in f"{caplog.text} {failure.value}"


def test_a_server_that_signed_its_own_certificate_is_refused(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path / "server.pem"))
    heard = []

    def talk() -> None:
        connection, _ = listener.accept()
        with suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            heard.append(secure.recv(1000))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=talk)
        thread.start()
        with pytest.raises(ConfigurationError, match="certificate"):
            get(f"https://127.0.0.1:{listener.getsockname()[1]}")
        thread.join()
    assert not any(heard)


def own_certificate(path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path.write_bytes(key.private_bytes(pem, *form) + certificate.public_bytes(pem))
    return path


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        *((status, NotAuthorized) for status in (401, 403)),
        *((status, TemporaryFailure) for status in (408, 500, 502, 503, 504, 599)),
        (429, RateLimited),
        *((status, RecordGone) for status in (404, 410)),
        *((status, RecordRejected) for status in (400, 409, 413, 422)),
        (405, ConfigurationError),
    ],
)
def test_each_status_has_one_meaning(status: int, meaning: type) -> None:
    assert type(problem(status, "")) is meaning
