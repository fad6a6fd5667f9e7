"""F4: how fast could the same rows be written? Mapped beforehand; COPY and one merge into our own tables a page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db import transaction

from integrations.connectors.base import Source
from integrations.models import Stream, SyncRun
from integrations.sync import settle
from integrations.sync.bulk import dumped
from integrations.sync.inward import Inward
from integrations.sync.reachable import Reach

COLUMNS = "first_name, last_name, stage, is_vip, description, address"
STAGES = f"""
create unlogged table if not exists floor_contact as
  select ''::text collate "C" as remote_id, ''::bytea as taken, {COLUMNS}, custom from crm_contact limit 0;
create unlogged table if not exists floor_number (remote_id text collate "C", number text, extension text,
  written text, kind text);
create unlogged table if not exists floor_email (remote_id text collate "C", address text);
"""
MERGE = f"""
with known as materialized (
  select floor_contact.*, coalesce(link.contact_id, nextval('crm_contact_id_seq')) as contact_id
  from floor_contact left join integrations_remotelink link
    on link.connection_id = %(connection)s and link.entity = 'contact' and link.remote_id = floor_contact.remote_id
), people as (
  insert into crm_contact as mine (id, {COLUMNS}, custom, master, job_title, language, do_not_call, alert)
  select contact_id, {COLUMNS}, custom, 'bench', '', '', false, '' from known
  on conflict (id) do update set ({COLUMNS}, custom) =
    (excluded.first_name, excluded.last_name, excluded.stage, excluded.is_vip, excluded.description, excluded.address,
     excluded.custom)
), links as (
  insert into integrations_remotelink (connection_id, entity, remote_id, contact_id, taken)
  select %(connection)s, 'contact', remote_id, contact_id, taken from known
  on conflict (connection_id, entity, remote_id) do update set taken = excluded.taken
), numbers as (
  insert into crm_phonenumber (contact_id, number, extension, written, kind, is_shared)
  select contact_id, number, extension, written, kind, false from floor_number join known using (remote_id)
  on conflict (contact_id, number, extension) do nothing
)
insert into crm_emailaddress (contact_id, address)
select contact_id, floor_email.address from floor_email join known using (remote_id)
on conflict (contact_id, lower(address)) do nothing
"""


@dataclass(frozen=True, slots=True)
class Block:
    """A page, mapped: the rows of its three tables."""

    contacts: list[tuple[Any, ...]]
    numbers: list[tuple[Any, ...]]
    emails: list[tuple[Any, ...]]


def blocks(stream: Stream, connector: Source) -> Iterator[Block]:
    """What the product itself makes of the pages, by the admin's mapping."""
    way = Inward(stream, SyncRun(stream=stream))
    for page in connector.changes("contact", None, is_full=True):
        yield _block(way, way.read(page.records))


def _block(way: Inward, ready: Sequence[Any]) -> Block:
    reach = Reach("contact", way.known)
    contacts, numbers, emails = [], [], []
    for one in ready:
        values = settle.made(one.mapped.values, {})
        custom = {name[len("custom.") :]: value for name, value in values.items() if name.startswith("custom.")}
        plain = [values[name] for name in COLUMNS.split(", ")]
        contacts.append((one.remote_id, one.digest, *plain, dumped(custom)))
        numbers += [(one.remote_id, number, extension, wanted.written, wanted.kind)
                    for (number, extension), wanted in reach.wanted(values).items()]  # fmt: skip
        emails += [(one.remote_id, address) for address in values["email"]]
    return Block(contacts, numbers, emails)


def prepare() -> None:
    with database.cursor() as cursor:
        cursor.execute(STAGES)


def write(stream: Stream, ready: Sequence[Block]) -> None:
    """One transaction a page, as a sync must (contract C4)."""
    for block in ready:
        with transaction.atomic(), database.cursor() as cursor:
            cursor.execute("truncate floor_contact, floor_number, floor_email")
            for table, rows in (("contact", block.contacts), ("number", block.numbers), ("email", block.emails)):
                with cursor.copy(f"copy floor_{table} from stdin") as copy:
                    for row in rows:
                        copy.write_row(row)
            for table in ("contact", "number", "email"):
                cursor.execute(f"analyze floor_{table}")
            cursor.execute(MERGE, {"connection": stream.connection_id})
