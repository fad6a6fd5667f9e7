"""Does the simulator serve as a real server would: connections that stay, and no request that ends it?"""

import socket
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from daktela import DaktelaClient, DaktelaFilter, DaktelaQuery, DaktelaSort

from integrations.connectors.daktela.simulator import Simulator


@pytest.fixture
def raw(simulator: Simulator) -> Callable[[bytes], bytes]:
    def send(content: bytes) -> bytes:
        parts = urlsplit(simulator.url)
        with socket.create_connection((parts.hostname, parts.port), timeout=5) as connection:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    return send


def test_one_connection_carries_many_requests(simulator: Simulator, raw: Callable[[bytes], bytes]) -> None:
    one = b"GET /api/v6/whoim.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
    assert raw(one * 5).count(b"HTTP/1.1 200 OK") == 5
    assert raw(one.replace(b"1.1", b"1.0") * 5).count(b"HTTP/1.1 200 OK") == 1


@pytest.mark.parametrize("content", [b"", b"\r\n", b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 500])
def test_what_is_no_request_is_not_answered_and_the_next_one_is(
    simulator: Simulator, raw: Callable[[bytes], bytes], content: bytes
) -> None:
    assert raw(content) == b""
    assert httpx.get(f"{simulator.url}/api/v6/whoim").status_code == 200


def test_a_simulator_that_has_stopped_answers_nobody_any_more() -> None:
    with httpx.Client() as client:
        with Simulator() as simulator:
            assert client.get(f"{simulator.url}/api/v6/whoim").status_code == 200
        with pytest.raises(httpx.TransportError):
            client.get(f"{simulator.url}/api/v6/whoim")


# large tables


def query(*conditions: Any, sort: tuple[str, ...] = ("edited", "name")) -> DaktelaQuery:
    asked = DaktelaQuery().fields("name", "edited").take(1000)
    for condition in conditions:
        asked = asked.filter(condition)
    return asked.sorts(*(DaktelaSort.asc(name) for name in sort))


@pytest.mark.parametrize(
    "asked",
    [
        query(),
        query(sort=("name",)),
        query(DaktelaFilter.gt("name", "contact_many_000300"), sort=("name",)),
        query(DaktelaFilter.gte("edited", "2026-01-05 10:00:00")),
        query(
            DaktelaFilter.or_(
                DaktelaFilter.gt("edited", "2026-01-05 10:00:00"),
                DaktelaFilter.and_(
                    DaktelaFilter.eq("edited", "2026-01-05 10:00:00"), DaktelaFilter.gt("name", "contact_many_000300")
                ),
            )
        ),
        query(DaktelaFilter.in_("name", ["contact_0001", "contact_many_000001", "nobody"]), sort=()),
        query(DaktelaFilter.lt("name", "contact_many_000300"), sort=("name",)),
        query(DaktelaFilter.eq("title", "Person 000007")),
    ],
)
def test_what_is_found_by_halving_is_what_is_found_by_looking(
    official: DaktelaClient, simulator: Simulator, asked: DaktelaQuery
) -> None:
    simulator.records.people(700)
    quick = official.get("contacts", asked)
    every = official.get("contacts", query(DaktelaFilter.is_not_null("title"))).data
    assert [row["name"] for row in every] == sorted(row["name"] for row in every)
    simulator.world.assumptions = type(simulator.world.assumptions)(deletes_softly=True)
    simulator.records.remove("contacts", simulator.records.add("contacts"))
    slow = official.get("contacts", asked)  # with a deleted row in it every row is looked at
    assert (quick.total, [row["name"] for row in quick.data]) == (slow.total, [row["name"] for row in slow.data])


def test_a_table_that_changes_is_sorted_anew(official: DaktelaClient, simulator: Simulator) -> None:
    simulator.records.people(600)
    official.get("contacts", query())
    simulator.world.offset += type(simulator.world.offset)(hours=1)
    simulator.records.edit("contacts", "contact_0001", title="Edited")
    simulator.records.remove("contacts", "contact_0002")
    simulator.records.add("contacts", name="contact_new", title="New")
    names = [row["name"] for row in official.get("contacts", query()).data]
    assert names[-2:] == ["contact_0001", "contact_new"]
    assert "contact_0002" not in names
    assert all(first != second for first, second in pairwise(names))
