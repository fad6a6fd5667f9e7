"""What does the card ask PostgreSQL? How many statements (G2), how flat a look-up (G3), by which plans (G4)."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.test import Client

from bench import centre, databases, plans
from bench.crowd import TABLES
from bench.databases import Database
from bench.figures import Figure, ratio
from bench.servers import LOAD_CORE, SERVER_CORE, database_url, keep_on, on_core
from crm import matching
from crm.sessions import WIDGET_COOKIE
from widget import facts

ROUNDS = 31
LOOK_UPS = 500
NOBODYS = "+420371234567"


def figures(sites: Sequence[Database]) -> Iterator[Figure]:
    for database in sites:
        databases.use(database.name)
        yield from _counted(database)
        yield from _planned(database)
    yield _look_up(*sites)


def _counted(database: Database) -> Iterator[Figure]:
    """G2: in this process, through the whole of Django."""
    crowd, contacts = database.crowd, database.crowd.contacts
    client = Client(headers={"host": settings.WIDGET_HOST})
    client.cookies[WIDGET_COOKIE] = centre.session_key()
    for what, number, limit in (
        ("a known caller", crowd.mobile(1), 1),
        ("a number five people share", crowd.home(0), 2),
        ("an unknown caller", NOBODYS, 2),
    ):
        _open(client, number)
        with plans.asked() as statements:
            _open(client, number)
        of = "one GET, session and user included"
        yield Figure("G2", f"statements for {what}", len(statements), limit, of, contacts)


def _open(client: Client, number: str) -> None:
    query = {"clid": number, "direction": "in", "callid": "9WS.1", "activity": "activities_counted"}
    answer = client.get("/widget/2000/", query)
    assert answer.status_code == 200, answer.content[:300]


def _planned(database: Database) -> Iterator[Figure]:
    of = "the plans of the card, its story and the look-up, as prepared"
    found = [plans.generic(sql) for sql in (facts.CARD.named, facts.STORY, matching.CANDIDATES)]
    scans = [table for plan in found for table in plan.scanned if table in TABLES]
    yield Figure("G4", "large tables read from end to end", len(scans), 0, of, database.crowd.contacts)


def _look_up(small: Database, large: Database) -> Figure:
    """G3: the candidates of random numbers, prepared, on one connection to each."""
    with _connected(small) as one, _connected(large) as other:
        rounds = [(_seconds(one, small, seed), _seconds(other, large, seed)) for seed in range(ROUNDS)]
    few, many = zip(*rounds, strict=True)
    of = f"the same at {small.crowd.contacts:,} contacts"
    return Figure("G3", "the look-up alone, prepared", ratio(many, few), 1.15, of, large.crowd.contacts)


def _seconds(connection: psycopg.Connection[Any], database: Database, seed: int) -> float:
    draw, crowd = random.Random(seed), database.crowd
    asked = [matching.parameters(crowd.mobile(draw.randint(1, crowd.contacts)), 1) for _ in range(LOOK_UPS)]
    cursor = connection.cursor()
    with on_core(LOAD_CORE):
        _ask(cursor, asked[:10])
        started_at = time.perf_counter()
        _ask(cursor, asked)
        return time.perf_counter() - started_at


def _ask(cursor: psycopg.Cursor[Any], asked: Sequence[Mapping[str, Any]]) -> None:
    for parameters in asked:
        cursor.execute(matching.CANDIDATES, parameters, prepare=True).fetchall()


def _connected(database: Database) -> psycopg.Connection[Any]:
    """Its process in PostgreSQL on the other core: where the system put one of two, it was up to twice as slow."""
    connected = psycopg.connect(database_url(database.name), autocommit=True)
    keep_on(SERVER_CORE, connected.info.backend_pid)
    return connected
