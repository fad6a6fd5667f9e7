"""Where does a crowd of customers come from? From one SQL file, straight into the product's own tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

Ids = Sequence[int]
SQL = Path(__file__).parent / "sql" / "crowd.sql"
TABLES = (
    "crm_account", "crm_contact", "crm_phonenumber", "crm_emailaddress", "crm_call", "crm_activity", "crm_task",
)  # fmt: skip
SYLLABLES = "no vo dvo řá svo bo da pro chá zka ku če ra ve se lý ho rá né me ma re po spí ši há je ja krá la be fi"


@dataclass(frozen=True, slots=True)
class Crowd:
    """So many contacts with `each` activities each, and one of the accounts for so many contacts.

    One contact of `tasks_every` is promised something. `contacts` must share no factor with 73,856,093, a prime.
    """

    contacts: int
    each: int
    contacts_an_account: int = 20
    tasks_every: int = 10

    @property
    def accounts(self) -> int:
        return max(1, self.contacts // self.contacts_an_account)

    def mobile(self, contact_id: int) -> str:
        """The number that only this contact has."""
        return f"+420{600_000_000 + contact_id * 73_856_093 % 200_000_000}"

    def home(self, group: int) -> str:
        """The number that five contacts share."""
        return f"+420{800_000_000 + group}"

    @property
    def groups(self) -> int:
        return self.contacts // 100


def fill(crowd: Crowd, *, team_id: int, queues: Ids, users: Ids, outcomes: Ids) -> None:
    """Replaces what is in TABLES. Indexes are built after the rows; with wal_level=minimal nothing is written twice."""
    activities = f"({crowd.contacts}::bigint * {crowd.each})"
    words = {
        "contacts": crowd.contacts,
        "each": crowd.each,
        "accounts": crowd.accounts,
        "tasks_every": crowd.tasks_every,
        "team": team_id,
        "queue": _one_of(queues, "n"),
        "user": _one_of(users, "i"),
        "outcome": _one_of(outcomes, "n"),
        "syllables": f"(select string_to_array('{SYLLABLES}', ' ') as syllable) s",
        "account": f"case when i % 5 < 3 then 1 + i % {crowd.accounts} end",
        "mobile": "'+420' || 600000000 + i * 73856093 % 200000000",
        "contact": f"lateral (select 1 + n * 73856093 % {crowd.contacts} as i) c",
        "direction": "case when n % 3 = 0 then 'out' else 'in' end",
        "is_call": f"(n + n / {crowd.contacts}) % 5 < 3",
        "time": f"now() - ({activities} - n) * (interval '3 years' / {activities})",
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local statement_timeout = 0")
        cursor.execute("set local session_replication_role = replica")  # no look-up for each foreign key: they fit
        cursor.execute(f"truncate {', '.join(TABLES)} restart identity cascade")
        with _indexes_built_after(cursor):
            cursor.execute(SQL.read_text().format(**words))
        for table in TABLES:
            cursor.execute(f"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}))")


def settle() -> None:
    """Statistics for the planner, all rows visible and on the disk: nothing tidies up while we measure."""
    with connection.cursor() as cursor:
        cursor.execute(f"vacuum (freeze) {', '.join(TABLES)}")
        cursor.execute("analyze")
        cursor.execute("checkpoint")


def _one_of(ids: Ids, by: str) -> str:
    return f"(array[{', '.join(map(str, ids))}])[1 + {by} % {len(ids)}]"


@contextmanager
def _indexes_built_after(cursor: CursorWrapper) -> Iterator[None]:
    """Primary keys stay: their rows come in order, and foreign keys hang on them."""
    cursor.execute(
        """select 'alter table ' || conrelid::regclass || ' drop constraint ' || quote_ident(conname),
                  'alter table ' || conrelid::regclass || ' add constraint ' || quote_ident(conname) || ' '
                  || pg_get_constraintdef(oid)
           from pg_constraint
           where contype = 'u' and conrelid = any(%(tables)s::regclass[])
           union all
           select 'drop index ' || indexrelid::regclass, pg_get_indexdef(indexrelid)
           from pg_index
           where indrelid = any(%(tables)s::regclass[])
                 and not exists (select from pg_constraint where conindid = indexrelid)""",
        {"tables": list(TABLES)},
    )
    indexes = cursor.fetchall()
    for drop, _ in indexes:
        cursor.execute(drop)
    yield
    for _, make in indexes:
        cursor.execute(make)
