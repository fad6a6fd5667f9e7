"""Is a pull as fast as promised? Goals G6 to G9: everything new, nothing changed, filtered, and one in a hundred."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from bench.figures import Figure, ratio
from bench.say import say
from bench.sync import floor
from bench.sync.scene import Scene, Taken, timed
from integrations.sync import engine
from integrations.sync.inward import Inward

ROUNDS = 3
QUICK_ROUNDS = 15
WRITTEN = """
select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0), coalesce(sum(n_dead_tup), 0) from pg_stat_user_tables
where relname in ('crm_contact', 'crm_phonenumber', 'crm_emailaddress', 'integrations_remotelink',
                  'integrations_recordchange', 'integrations_recordfailure')
"""
STANDING = """
select md5(string_agg(concat_ws('|', link.remote_id, first_name, last_name, stage, is_vip, description, address,
  custom, (select string_agg(number || kind, ',' order by number) from crm_phonenumber p where p.contact_id = c.id),
  (select string_agg(address, ',') from crm_emailaddress e where e.contact_id = c.id)), E'\\n' order by remote_id))
from crm_contact c join integrations_remotelink link on link.contact_id = c.id
"""


def figures(scene: Scene, total: int) -> Iterator[Figure]:
    say(f"Pulling {total:,} contacts with two numbers each …")
    floor.prepare()
    with scene.now(total=total).connection.open() as connector:
        ready = list(floor.blocks(scene.now(total=total), connector))
    gc.freeze()  # a worker does not keep what the floor will write, nor look through it for garbage
    yield from mapping(scene, total)
    floors, pulls, sames, memory, differing = [], [], [], [], 0
    for _ in range(ROUNDS):
        differing += _round(scene, total, ready, floors, pulls, sames, memory)
    yield from _new(total, floors, pulls, memory, differing)
    yield from _same(scene, total, floors, sames)
    yield from filtered(scene, total)
    del ready
    yield from delta(scene, total)


def _round(scene: Scene, total: int, ready: list[floor.Block], floors: list[Taken], pulls: list[Taken],
           sames: list[Taken], memory: list[float]) -> int:  # fmt: skip
    stream = scene.fresh(total=total)
    with timed(floors):
        floor.write(stream, ready)
    wanted = _value(STANDING)
    stream = scene.fresh(total=total)
    gc.collect()
    with timed(pulls), _grown(memory):
        run = engine.run(stream)
    assert (run.state, run.created) == ("done", total), run.message
    is_other = _value(STANDING) != wanted
    _settle()
    before = _row(WRITTEN)
    with timed(sames):
        run = engine.run(scene.now(total=total), "full")
    assert (run.state, run.unchanged) == ("done", total), run.message
    _settle()
    say(f"… floor {floors[-1].wall:.1f} s, pull {pulls[-1].wall:.1f} s, nothing changed {sames[-1].wall:.2f} s.")
    written = _row(WRITTEN)
    assert written[0] == before[0], (before, written)
    return int(is_other)


def _new(total: int, floors: list[Taken], pulls: list[Taken], memory: list[float], differing: int) -> Iterator[Figure]:
    yield Figure("G6", "contacts that stand otherwise than F4's, of all", differing, 0, "F4, rows", total)
    yield Figure("G6", "a full pull, contacts a second ÷ F4's", ratio(_walls(floors), _walls(pulls)), 0.60,
                 "F4", total, at_least=True)  # fmt: skip
    yield Figure("G6", "contacts a second, pulled", total / statistics.median(_walls(pulls)), None, "", total)
    yield Figure("G6", "contacts a second, F4", total / statistics.median(_walls(floors)), None, "", total)
    yield Figure("G6", "CPU of a pulled record, µs", _micros(pulls, total), None, "", total)
    yield Figure("G6", "memory over the start, MB", max(memory), 120, "", total)


def _same(scene: Scene, total: int, floors: list[Taken], sames: list[Taken]) -> Iterator[Figure]:
    yield Figure("G7", "nothing changed, all pages read, records a second ÷ F4's",
                 ratio(_walls(floors), _walls(sames)), 8, "F4", total, at_least=True)  # fmt: skip
    yield Figure("G7", "CPU of an unchanged record, µs", _micros(sames, total), 2, "", total)
    yield Figure("G7", "rows written where nothing changed", 0, 0, "statistics of the tables", total)


def mapping(scene: Scene, total: int) -> Iterator[Figure]:
    """Decoding not included: the bytes are what the JSON reader makes of them."""
    stream = scene.now(total=total)
    way = Inward(stream, None)  # type: ignore[arg-type]
    with stream.connection.open() as connector:
        page = next(iter(connector.changes("contact", None, is_full=True)))
    values = [one.values for one in page.records]
    from integrations.mapping import inward

    taken: list[Taken] = []
    for _ in range(QUICK_ROUNDS):
        with timed(taken):
            for one in values:
                inward(way.rules, one)
    yield Figure("G6", "mapping 12 fields and 2 numbers, CPU µs a record", _micros(taken, len(values)), 8, "")


def filtered(scene: Scene, total: int) -> Iterator[Figure]:
    """Nothing changed, and the other side can say so by itself."""
    stream = scene.now(total=total)
    with CaptureQueriesContext(database) as asked:
        run = engine.run(stream)
    said = [one["sql"] for one in asked if not one["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]
    yield Figure("G8", "requests where nothing changed, filtered by time", run.requests, 2, "", total)
    yield Figure("G8", "statements where nothing changed", len(said), 3, "", total)
    walls, trips = [], []
    with httpx.Client(base_url=scene.remote) as client:
        for _ in range(QUICK_ROUNDS):
            started = time.perf_counter()
            client.get("/people?since=1")
            trips.append(time.perf_counter() - started)
            started = time.perf_counter()
            engine.run(stream)
            walls.append(time.perf_counter() - started)
    over = (statistics.median(walls) - statistics.median(trips)) * 1000
    yield Figure("G8", "milliseconds over one round trip", over, 10, "", total)


def delta(scene: Scene, total: int) -> Iterator[Figure]:
    """One in a hundred changed: among all, and where there are no others."""
    share = total // 100
    among, alone = [], []
    for every, into in ((1, among), (100, alone)):
        stream = scene.fresh(total=total, every=every)
        assert engine.run(stream).created == -(-total // every)
        for version in (2, 3, 4):
            stream = scene.now(total=total, every=100, version=version)
            with timed(into):
                run = engine.run(stream)
            assert run.updated == share, (run.updated, run.message)
    figure = statistics.median(_walls(among)) / statistics.median(_walls(alone))
    yield Figure("G9", "one in a hundred changed ÷ the same records alone", figure, 3, "seconds", total)


def _walls(taken: list[Taken]) -> list[float]:
    return [one.wall for one in taken]


def _micros(taken: list[Taken], count: int) -> float:
    return statistics.median(one.cpu for one in taken) / count * 1e6


def _settle() -> None:
    """What the statistics of the tables know is up to date, and nobody else tidies meanwhile."""
    with database.cursor() as cursor:
        cursor.execute("select pg_stat_force_next_flush()")
        cursor.execute("select pg_stat_clear_snapshot()")


def _row(statement: str) -> tuple[Any, ...]:
    with database.cursor() as cursor:
        cursor.execute(statement)
        return tuple(cursor.fetchone())


def _value(statement: str) -> Any:
    return _row(statement)[0]


class _grown:
    """Megabytes that the most of it was over the beginning."""

    def __init__(self, into: list[float]) -> None:
        self.into = into

    def __enter__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5")
        self.before = _status("VmRSS")

    def __exit__(self, *_: object) -> None:
        self.into.append((_status("VmHWM") - self.before) / 1024)


def _status(name: str) -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1])
