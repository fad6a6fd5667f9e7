"""What is measured on? An empty Callroom of its own, the stand-in beside it, and a mapping as an admin makes it."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from django.core.management import call_command
from django.db import connection as database

from bench import databases, servers
from bench.say import say
from bench.sync.source import Bench
from crm import programs
from crm.models import CustomField
from crm.processes import Process
from integrations.models import Connection, FieldMapping, Stream

NAME = "bench_sync"
TABLES = (
    "crm_contact, crm_phonenumber, crm_emailaddress, integrations_remotelink, integrations_syncrun, "
    "integrations_recordchange, integrations_recordfailure"
)
# Twelve fields and two numbers: plain, nested, from a list, through a table, and into an admin's own fields.
ROWS: list[dict[str, Any]] = [
    {"ours": "first_name", "theirs": "firstName"},
    {"ours": "last_name", "theirs": "lastName"},
    {"ours": "email", "theirs": "email"},
    {"ours": "stage", "theirs": "status", "table": {"active": "customer", "idle": "former"}},
    {"ours": "is_vip", "theirs": "vip"},
    {"ours": "description", "theirs": "note"},
    {"ours": "address", "theirs": "address.street", "transform": "trim"},
    {"ours": "custom.segment", "theirs": "segment"},
    {"ours": "custom.owner", "theirs": "owner"},
    {"ours": "custom.company", "theirs": "company.name"},
    {"ours": "custom.created", "theirs": "createdAt"},
    {"ours": "custom.updated", "theirs": "updatedAt"},
    {"ours": "phone.mobile", "theirs": "phones[0].value"},
    {"ours": "phone.work", "theirs": "phones[1].value"},
]


@dataclass
class Scene:
    """The connection and its stream inward; `remote` is the stand-in's address."""

    remote: str
    stream: Stream

    def fresh(self, **settings: Any) -> Stream:
        """Nothing of a run before; the connection as it is to be now."""
        with database.cursor() as cursor:
            cursor.execute(f"truncate {TABLES} restart identity cascade")
        Stream.objects.update(cursor="", is_full_due=False, described={})
        return self.now(**settings)

    def now(self, **settings: Any) -> Stream:
        Connection.objects.filter(pk=self.stream.connection_id).update(
            settings={"rate_per_second": 10_000, "parallel": 8, **settings}
        )
        return Stream.objects.select_related("connection").get(pk=self.stream.pk)


@contextmanager
def built(total: int) -> Iterator[Scene]:
    """A database that is made anew, and the stand-in."""
    say("Building an empty Callroom for the sync …")
    databases.use("postgres")
    databases.run(f"drop database if exists {NAME}", f"create database {NAME}")
    databases.use(NAME)
    call_command("migrate", verbosity=0)
    databases.run("set statement_timeout = 0")
    with stand_in(TOTAL=str(total)) as remote:
        yield Scene(remote, _stream(remote))
    database.close()


def _stream(remote: str) -> Stream:
    from django.conf import settings

    settings.ALLOWED_EGRESS = [*settings.ALLOWED_EGRESS, remote]
    for key in ("segment", "owner", "company", "created", "updated"):
        CustomField.objects.create(record="contact", key=key, title=key.title())
    connection = Connection.objects.create(slug="bench", connector=Bench.slug, title="Bench", origin=remote)
    stream = Stream.objects.create(connection=connection, entity="contact", direction="inward")
    stream.publish([_row(**row) for row in ROWS], None)
    return Stream.objects.get(pk=stream.pk)


def _row(**given: Any) -> dict[str, Any]:
    names = ("ours", "theirs", "mode", "transform", "argument", "table", "default")
    usual = FieldMapping()
    return {name: given.get(name, getattr(usual, name)) for name in names}


@contextmanager
def stand_in(**environment: str) -> Iterator[str]:
    port = programs.free_port(8760)
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port", str(port),
               "--workers", "1", "--no-ws", "bench.sync.remote:app"]  # fmt: skip
    remote = f"http://127.0.0.1:{port}"
    process = Process(
        "The stand-in", command, log=servers.STATE / "log" / "remote.log", environment=environment,
        options=programs.HERE, answers=lambda: programs.answers(f"{remote}/count"),
    )  # fmt: skip
    with process:
        process.wait(seconds=60)
        yield remote


def warm(remote: str, total: int) -> None:
    """Its pages lie ready before anything is measured."""
    with httpx.Client() as client:
        for version in (1, 2):
            for skip in range(0, total, 1000):
                client.get(f"{remote}/people?skip={skip}&take=1000&version={version}&every=1&total={total}")


@dataclass(frozen=True, slots=True)
class Taken:
    """What something took: seconds on the wall, and of CPU in this process with all its threads."""

    wall: float
    cpu: float


@contextmanager
def timed(into: list[Taken]) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    into.append(Taken(time.perf_counter() - wall, time.process_time() - cpu))
