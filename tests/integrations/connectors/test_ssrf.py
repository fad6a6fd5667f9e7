"""Can a connection be aimed at this machine? Forty spellings, redirects and a name that flips, against real listeners.

As in the demo one door is open, ALLOWED_EGRESS names it; next to it listen those that nobody may reach.
"""

from __future__ import annotations

import math
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import httpcore
import pytest

from integrations.connectors.errors import AddressRefused, ConfigurationError, ConnectorError
from integrations.connectors.http import gateway
from integrations.connectors.network import Network

PUBLIC, LOOPBACK = "93.184.216.34", "127.0.0.1"


class Listener:
    """Counts who comes, and answers everybody alike."""

    def __init__(self, address: str, port: int, answer: bytes) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.socket = socket.create_server((address, port), family=family)
        self.port = self.socket.getsockname()[1]
        self.answer = answer
        self.visits = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                self.visits += 1
                with connection, suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(self.answer)


@contextmanager
def listening(
    port: int = 0, answer: bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
) -> Iterator[list[Listener]]:
    """Listeners at every loopback address of this machine; none where a port is not ours to take."""
    with ExitStack() as stack:
        found = []
        for address in ("127.0.0.1", "::1"):
            with suppress(OSError):
                found.append(Listener(address, port, answer))
                stack.callback(found[-1].socket.close)
        yield found


@pytest.fixture(scope="module")
def door() -> Iterator[str]:
    """The simulator's origin, as in the demo: the one exception."""
    with listening() as (own, *_):
        yield f"http://127.0.0.1:{own.port}"


@pytest.fixture(scope="module")
def inside() -> Iterator[list[Listener]]:
    """What must not be reached: on 443, where an address without a port leads, and on a port of its own."""
    with listening(443) as usual, listening() as odd:
        yield [*usual, *odd]


HOSTS = [
    *("127.0.0.1", "127.0.0.1.", "127.1", "127.0.1", "127.255.255.254", "0", "0.0.0.0", "2130706433", "017700000001"),
    *("0x7f000001", "0x7f.1", "0x7F.0x0.0x0.0x1", "0177.0.0.1", "0177.0.0.01", "127.0.0.0x1", "00000127.0.0.1"),
    *("localhost", "LOCALHOST", "localhost.", "127。0。0。1", "１２７.０.０.１", "①②⑦.⓪.⓪.①", "ⓛocalhost"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]"),
    *("[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::ffff:0:127.0.0.1]", "[::1%lo]", "169.254.169.254", "10.0.0.1"),
]
FORMS = [
    *(f"https://{host}" for host in HOSTS),
    *(
        "https://{0}:443",
        "https://{0}:0443",
        "https://{0}:{odd}",
        "http://{0}:{odd}",
        "http://{0}",
        "https://{0}:{door}",
    ),
    *(
        "http://localhost:{door}",
        "http://127.1:{odd}",
        "http://[::1]:{odd}",
        "http://{0}:{door}.",
        "http://{0}.:{door}",
    ),
    *("https://example.com@{0}", "https://{0}@{0}", "http://{0}:{door}@{0}:{odd}", "https://:@{0}", "https://@{0}"),
    *("https://example.com#@{0}", "https://{0}\\@example.com", "https://{0}/", "https://{0}%00.example.com"),
    *(
        " https://{0}",
        "https://{0}\t",
        "https://{0}\r\nHost: x",
        "https:{0}",
        "https:///{0}",
        "//{0}",
        "gopher://{0}:{odd}",
    ),
    *("file:///etc/passwd", "unix:///tmp/x", "https://{0}?x", "https://{0}:65536", "https://{0}:-1", "HTTPS://{0}"),
]


@pytest.mark.parametrize("form", FORMS)
def test_no_spelling_of_this_machine_reaches_it(form: str, door: str, inside: list[Listener]) -> None:
    assert len(FORMS) >= 40
    address = form.format(LOOPBACK, odd=inside[-1].port, door=door.rpartition(":")[2]) if "{" in form else form
    before = sum(listener.visits for listener in inside)
    with pytest.raises(ConnectorError), gateway(address, exceptions=[door], deadline_seconds=3) as client:
        client.get("/")
    assert sum(listener.visits for listener in inside) == before


def test_the_listeners_do_count(door: str, inside: list[Listener]) -> None:
    """The same request at the open door arrives, and a plain connection to the others is counted."""
    assert inside
    with gateway(door, exceptions=[door]) as client:
        assert client.get("/").status_code == 200
    before = inside[-1].visits
    with socket.create_connection((inside[-1].socket.getsockname()[0], inside[-1].port)) as plain:
        plain.sendall(b"x")
        plain.recv(10)
    assert inside[-1].visits == before + 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{odd}/", "//127.0.0.1:{odd}/", "http://[::1]:{odd}/", "https://0/"]
)
def test_no_redirect_leads_there(status: int, target: str, inside: list[Listener]) -> None:
    location = target.format(odd=inside[-1].port)
    answer = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    before = sum(listener.visits for listener in inside)
    with listening(answer=answer) as (own, *_):
        origin = f"http://127.0.0.1:{own.port}"
        with gateway(origin, exceptions=[origin]) as client, pytest.raises(ConfigurationError):
            client.get("/")
    assert sum(listener.visits for listener in inside) == before


# What a name leads to is the network's to say, so here the resolver is the fake on the wire.
@contextmanager
def names_lead_to(*answers: list[str]) -> Iterator[list[str]]:
    """Each time a name is asked for, the next of these answers; yields the names that were asked for."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def flipping(host: str, port: int, *_: object, **__: object) -> list[tuple]:
        asked.append(host)
        found = answers[min(len(asked), len(answers)) - 1]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    socket.getaddrinfo = flipping  # type: ignore[assignment]
    try:
        yield asked
    finally:
        socket.getaddrinfo = real


class Road(httpcore.NetworkBackend):
    """Notes where somebody wants to go, and lets nobody arrive."""

    def __init__(self) -> None:
        self.taken: list[str] = []

    def connect_tcp(self, host: str, port: int, *_: object, **__: object) -> httpcore.NetworkStream:
        self.taken.append(host)
        raise httpcore.ConnectError


def wander(network: Network, times: int) -> list[type[Exception]]:
    ends = []
    for _ in range(times):
        try:
            network.connect_tcp("flip.example.com", 443, timeout=math.inf)
        except Exception as error:
            ends.append(type(error))
    return ends


def test_a_name_that_flips_after_it_was_checked_leads_to_what_was_checked() -> None:
    network = Network()
    network.inner = road = Road()
    with names_lead_to([PUBLIC], [LOOPBACK]) as asked:
        assert wander(network, 1) == [httpcore.ConnectError]
        assert (asked, road.taken) == (["flip.example.com"], [PUBLIC])
        assert wander(network, 2) == [AddressRefused, AddressRefused]
    assert road.taken == [PUBLIC]


@pytest.mark.parametrize(
    "answers", [[LOOPBACK], [PUBLIC, LOOPBACK], [LOOPBACK, PUBLIC], [PUBLIC, "::1"], [PUBLIC, "10.0.0.1"]]
)
def test_a_name_with_one_inner_address_among_public_ones_is_refused(answers: list[str]) -> None:
    network = Network()
    network.inner = road = Road()
    with names_lead_to(answers):
        assert wander(network, 3) == [AddressRefused] * 3
    assert road.taken == []
