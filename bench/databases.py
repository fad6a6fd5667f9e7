"""Which data do we measure on? One database for each size, built once and kept until the schema changes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from bench import centre, crowd
from bench.crowd import Crowd
from bench.say import say

HERE = Path(__file__).resolve().parent
BYTES_PER_CONTACT = 1_700  # with its numbers, its address, its share of companies and tasks, and all indexes
BYTES_PER_ACTIVITY = 850  # with its share of calls, and all indexes
LOG_AND_SORTING = 0.35  # of the largest database, while it is built
SPARE = 1_000_000_000
PREWARM = """
select pg_prewarm(part)
from unnest(%(tables)s::regclass[]) relation,
     lateral (select relation union all select indexrelid from pg_index where indrelid = relation) p(part)
"""


@dataclass(frozen=True, slots=True)
class Database:
    """A size, and the name of the database that has it."""

    name: str
    crowd: Crowd

    def bytes_needed(self) -> int:
        each = BYTES_PER_CONTACT + BYTES_PER_ACTIVITY * self.crowd.each
        return 20_000_000 + self.crowd.contacts * each

    def is_built(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "select shobj_description(oid, 'pg_database') from pg_database where datname = %s", [self.name]
            )
            row = cursor.fetchone()
        return bool(row) and row[0] == fingerprint()

    def build(self) -> None:
        """Makes it under another name first: what stands under its own is whole."""
        say(f"Building {self.name}: {self.crowd.contacts:,} contacts with {self.crowd.each} activities each …")
        use("postgres")
        draft = f"{self.name}_draft"
        run(f"drop database if exists {draft}", f"drop database if exists {self.name}", f"create database {draft}")
        use(draft)
        run("set statement_timeout = 0")
        call_command("migrate", verbosity=0)
        centre.make(self.crowd)
        crowd.settle()
        use("postgres")
        run(f"alter database {draft} rename to {self.name}", f"comment on database {self.name} is '{fingerprint()}'")


def fingerprint() -> str:
    """Changes with the schema and with what is filled in."""
    root = HERE.parent
    files = sorted([*root.glob("*/migrations/*.py"), crowd.SQL, HERE / "crowd.py", HERE / "centre.py"])
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def have_space(databases: list[Database]) -> bool:
    """Says how much is needed, and whether it is there."""
    folder = Path(settings.STATE_DIR)
    missing = [database.bytes_needed() for database in databases if not database.is_built()]
    needed, free = int(sum(missing) + LOG_AND_SORTING * max(missing, default=0)), shutil.disk_usage(folder).free
    say(f"Disk space needed in {folder}: {needed / 1e9:.1f} GB; free: {free / 1e9:.1f} GB.")
    if needed > free - SPARE:
        say("That is not enough, so nothing was built. Free some, or set CALLROOM_BENCH to a folder with more.")
        return False
    return True


def build_missing(databases: list[Database]) -> None:
    for database in databases:
        if not database.is_built():
            database.build()


def warm() -> None:
    """Reads the tables of the database in use: into PostgreSQL's own memory."""
    with connection.cursor() as cursor:
        cursor.execute("set statement_timeout = 0")
        cursor.execute("create extension if not exists pg_prewarm")
        cursor.execute(PREWARM, {"tables": [*crowd.TABLES]})


def use(name: str) -> None:
    """Turns Django of this process to another database of the server."""
    connection.close()
    connection.settings_dict["NAME"] = name


def run(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def sizes(*, is_full: bool) -> list[Database]:
    """The small one first."""
    large = Database("bench_5m", Crowd(5_000_000, 2)) if is_full else Database("bench_1m", Crowd(1_000_000, 10))
    small = Database("bench_10k_2", Crowd(10_000, 2)) if is_full else Database("bench_10k", Crowd(10_000, 10))
    return [small, large]
