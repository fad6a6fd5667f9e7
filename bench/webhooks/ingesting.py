"""How many webhooks a second does one worker keep, durably? Goal G11, beside bare inserts and a naive receiver."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice

import psycopg

from bench import databases, servers
from bench.figures import Figure, ratio
from bench.load import Round, endlessly, measure
from bench.say import say
from bench.servers import Web, on_core
from bench.webhooks import scene
from integrations.models import WebhookEvent

ROUNDS, SECONDS = 3, 4.0
REPEATED = 1000
FLOOR_CONNECTIONS, PLAIN_CONNECTIONS, GATHERED_CONNECTIONS = 8, 16, 64
INSERT = """
insert into floor_event (connection_id, key, body, headers, state, repeats, received_at, due_at, reason, subject, fence,
                         attempts)
values (%s, %s, %s, '{}', 'pending', 0, now(), now(), '', '', 0, 0)
"""


@dataclass
class Rounds:
    """What each way did in each round: events a second, and of the gathering one the waits as well."""

    floor: list[float] = field(default_factory=list)
    naive: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    plain_again: list[float] = field(default_factory=list)
    gathered: list[float] = field(default_factory=list)
    gathered_again: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    cpu: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    lost: int = 0


def figures() -> Iterator[Figure]:
    with scene.built() as connection, ExitStack() as stack:
        databases.run("create table floor_event (like integrations_webhookevent including all)")
        naive = scene.wsgi(stack, "naive", "bench.webhooks.naive_settings")
        plain = scene.wsgi(stack, "plain", "crm.settings")
        gathering = scene.product(stack)
        rounds = Rounds()
        for number in range(-1, ROUNDS):
            say(f"G11, round {number + 1} of {ROUNDS} …" if number >= 0 else "G11, warming up …")
            into = rounds if number >= 0 else Rounds()
            _round(into, str(connection.pk), naive, plain, gathering)
        yield from _told(rounds)


def _round(into: Rounds, connection_id: str, naive: Web, plain: Web, gathering: Web) -> None:
    into.floor.append(_floor(connection_id))
    slow, fair = (_new(into, web, PLAIN_CONNECTIONS) for web in (naive, plain))
    into.naive.append(slow.each_second)
    into.plain.append(fair.each_second)
    into.plain_again.append(_again(plain, PLAIN_CONNECTIONS).each_second)
    kept = _new(into, gathering, GATHERED_CONNECTIONS)
    into.gathered.append(kept.each_second)
    for name, one in (("the naive receiver", slow), ("the plain view", fair), ("gathered", kept)):
        into.cpu[name].append(one.cpu * 1e6)
    into.p99.append(statistics.quantiles(kept.waits, n=100)[98] * 1000)
    into.gathered_again.append(_again(gathering, GATHERED_CONNECTIONS).each_second)


def _new(into: Rounds, web: Web, connections: int) -> Round:
    """Every event another one; each that was answered must be there."""
    scene.quiet()
    done = measure(web, scene.new_ones(web.port), connections=connections, seconds=SECONDS)
    into.lost += len(done.waits) - WebhookEvent.objects.count()
    return done


def _again(web: Web, connections: int) -> Round:
    """Events that are there, each again and again."""
    scene.quiet()
    same = list(islice(scene.new_ones(web.port), REPEATED))
    measure(web, endlessly(same), connections=connections, seconds=SECONDS / 2)
    return measure(web, endlessly(same), connections=connections, seconds=SECONDS)


def _floor(connection_id: str) -> float:
    """F5: events a second by one durable insert each, over eight connections."""
    databases.run("truncate floor_event")
    with on_core(servers.SERVER_CORE):
        return asyncio.run(_inserts(connection_id)) / SECONDS


async def _inserts(connection_id: str) -> int:
    sent = scene.body("activities_0123456789")
    until = time.perf_counter() + SECONDS

    async def insert(number: int) -> int:
        count = 0
        async with await psycopg.AsyncConnection.connect(servers.database_url(scene.NAME), autocommit=True) as line:
            while time.perf_counter() < until:
                await line.execute(INSERT, [connection_id, f"{number}-{count}", sent], prepare=True, binary=True)
                count += 1
        return count

    return sum(await asyncio.gather(*(insert(number) for number in range(FLOOR_CONNECTIONS))))


def _told(rounds: Rounds) -> Iterator[Figure]:
    floor = f"F5, {statistics.median(rounds.floor):,.0f} inserts a second"
    shares: list[tuple[str, Sequence[float], Sequence[float], float | None, str]] = [
        ("ingestion, the plain view", rounds.plain, rounds.floor, 0.35, floor),
        ("ingestion, gathered", rounds.gathered, rounds.floor, 0.80, floor),
        ("ingestion, the plain view", rounds.plain, rounds.naive, 4, "the naive receiver of the same run"),
        ("a repeat, the plain view", rounds.plain_again, rounds.plain, 1, "a new one, events a second"),
        ("a repeat, gathered", rounds.gathered_again, rounds.gathered, 1, "a new one, events a second"),
    ]
    for what, ours, others, limit, of in shares:
        yield Figure("G11", what, ratio(ours, others), limit, of, at_least=True)
    yield Figure("G11", "ack p99, gathered, ms", statistics.median(rounds.p99), 15, "64 connections")
    for name, microseconds in rounds.cpu.items():
        yield Figure("G11", f"CPU µs a webhook, {name}", statistics.median(microseconds), None, "the server alone")
    yield Figure("G11", "answered and not there", rounds.lost, 0, "all rounds")
