"""How is a page of records written? By COPY where they are new, by one statement where they are not, never row by row.

Everything here runs inside the transaction of the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.db import connection as database
from django.utils.functional import cached_property
from psycopg import sql

from integrations.clock import now
from integrations.mapping import CUSTOM
from integrations.models import Connection, RecordChange, RemoteLink, SyncRun
from integrations.sync.bulk import copy, dumped, next_ids
from integrations.sync.ours import RECORDS, Field
from integrations.sync.reachable import Reach

EDIT = """
update {table} as mine set {columns}, changed_at = %s
from jsonb_to_recordset(%s) as new({types})
where mine.id = new.id
"""
RELINK = """
update integrations_remotelink as link
set taken = decode(new.taken, 'hex'), state = 'live', gone_at = null, {record} = new.record
from jsonb_to_recordset(%s) as new(id bigint, taken text, record bigint)
where link.id = new.id
"""


@dataclass(slots=True)
class Made:
    """A record that is new here. `link_id` is there when its link is older than it: it came back after all."""

    remote_id: str
    values: dict[str, Any]
    digest: bytes | None
    link_id: int | None = None
    record_id: int = 0


@dataclass(slots=True)
class Edited:
    """`changes` may be empty: then only its digest is kept. No `record_id`: somebody deleted the record here."""

    remote_id: str
    record_id: int
    link_id: int
    changes: dict[str, Any]
    before: dict[str, Any]
    digest: bytes | None
    is_back: bool = False


@dataclass
class Store:
    """Writes records of one entity for one connection.

    `links` are what records belong to: accounts of ours by their remote ids, teams and owners by their names.
    """

    connection: Connection
    entity: str
    known: Mapping[str, Field]
    links: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    moment: datetime = field(default_factory=now)

    @cached_property
    def table(self) -> str:
        return RECORDS[self.entity]._meta.db_table

    @cached_property
    def columns(self) -> dict[str, Any]:
        """Our plain columns, each with what stands in it when nothing is said."""
        model = RECORDS[self.entity]
        names = [name for name, one in self.known.items() if one.is_column]
        return {name: model._meta.get_field(name).get_default() for name in names}  # type: ignore[union-attr]

    @cached_property
    def customs(self) -> dict[str, str]:
        """An admin's own fields: the key of each by its name in mappings."""
        return {name: name[len(CUSTOM) :] for name in self.known if name.startswith(CUSTOM)}

    @cached_property
    def written_at(self) -> str:
        """Spelled once for a page, and not once a row."""
        return self.moment.isoformat()

    def make(self, records: Sequence[Made]) -> None:
        """Gives every one its id, and writes it with its numbers, addresses and link."""
        if not records:
            return
        for record, record_id in zip(records, next_ids(self.table, len(records)), strict=True):
            record.record_id = record_id
        names = [*self.columns, "id", "master", "custom", "created_at", "changed_at"]
        copy(self.table, [*names, *(f"{name}_id" for name in self.links)], (self._row(one) for one in records))
        reach = Reach(self.entity, self.known)
        reach.add((one.record_id, one.values) for one in records)
        connection, fresh = str(self.connection.pk), [one for one in records if one.link_id is None]
        copy(
            RemoteLink._meta.db_table,
            ["connection_id", "entity", "remote_id", f"{self.entity}_id", "taken", "state"],
            ((connection, self.entity, one.remote_id, one.record_id, one.digest, "live") for one in fresh),
        )
        self.relink([(one.link_id, one.digest, one.record_id) for one in records if one.link_id])

    def _row(self, record: Made) -> tuple[Any, ...]:
        values, get = record.values, record.values.get
        custom = {key: values[name] for name, key in self.customs.items() if name in values}
        row = [get(name, default) for name, default in self.columns.items()]
        row += [record.record_id, self.connection.slug, orjson.dumps(custom).decode(), self.written_at, self.written_at]
        for name, ids in self.links.items():
            row.append(ids.get(get(name, "")))
        return tuple(row)

    def edit(self, records: Sequence[Edited]) -> None:
        """Writes what changes, and the digests of all."""
        self.write({one.record_id: one.changes for one in records if one.changes})
        self.show([one.record_id for one in records if one.is_back])
        self.relink([(one.link_id, one.digest, one.record_id or None) for one in records])

    def write(self, changes: Mapping[int, Mapping[str, Any]]) -> None:
        """The changes of records by their ids; also what a roll-back writes."""
        if not changes:
            return
        columns = [name for name in self.columns if any(name in change for change in changes.values())]
        rows = [self._change(record_id, change) for record_id, change in changes.items()]
        with database.cursor() as cursor:
            cursor.execute(self._edit_statement(columns), [self.moment, orjson.dumps(rows).decode()])
        Reach(self.entity, self.known).replace(changes)

    def _change(self, record_id: int, change: Mapping[str, Any]) -> dict[str, Any]:
        row: dict[str, Any] = {name: value for name, value in change.items() if name in self.columns}
        custom = {key: change[name] for name, key in self.customs.items() if name in change}
        row |= {"custom": custom} if custom else {}
        for name, ids in self.links.items():
            value = change.get(name)
            if name in change and (not value or value in ids):  # who is not known by now changes nothing
                row |= {f"has_{name}": True, f"{name}_id": ids.get(value or "")}
        return row | {"id": record_id}

    def _edit_statement(self, columns: Sequence[str]) -> sql.Composed:
        kinds = {name: "boolean" if self.known[name].kind == "boolean" else "text" for name in columns}
        sets: list[sql.Composable] = [
            sql.SQL("{0} = coalesce(new.{0}, mine.{0})").format(sql.Identifier(name)) for name in columns
        ]
        sets.append(sql.SQL("custom = mine.custom || coalesce(new.custom, '{}')"))
        types = {"id": "bigint", "custom": "jsonb", **kinds}
        for name in self.links:
            link = sql.SQL("{0} = case when new.{1} then new.{0} else mine.{0} end")
            sets.append(link.format(sql.Identifier(f"{name}_id"), sql.Identifier(f"has_{name}")))
            types |= {f"has_{name}": "boolean", f"{name}_id": "bigint"}
        return sql.SQL(EDIT).format(
            table=sql.Identifier(self.table),
            columns=sql.SQL(", ").join(sets),
            types=sql.SQL(", ").join(sql.Identifier(name) + sql.SQL(f" {kind}") for name, kind in types.items()),
        )

    def show(self, ids: Sequence[int]) -> None:
        """They are there again: what was hidden as deleted comes back as it was (contract C7)."""
        if ids:
            RECORDS[self.entity].objects.filter(pk__in=ids).update(hidden_at=None, changed_at=self.moment)

    def relink(self, rows: Sequence[tuple[int | None, bytes | None, int | None]]) -> None:
        """Digest and record of links that are there: (link, digest, record)."""
        if not rows:
            return
        values = [{"id": link, "taken": digest and digest.hex(), "record": record} for link, digest, record in rows]
        with database.cursor() as cursor:
            cursor.execute(
                sql.SQL(RELINK).format(record=sql.Identifier(f"{self.entity}_id")), [orjson.dumps(values).decode()]
            )


def keep_changes(run: SyncRun, made: Sequence[Made], edited: Sequence[Edited], moment: datetime) -> None:
    """What the run did at that moment, record by record: enough to show it and to undo it."""
    created, updated = RecordChange.Action.CREATED.value, RecordChange.Action.UPDATED.value
    rows: list[Any] = [(run.pk, one.remote_id, one.record_id, created, "{}", "{}", "", None) for one in made]
    rows += [
        (run.pk, one.remote_id, one.record_id, updated, dumped(one.before), dumped(one.changes), "", moment)
        for one in edited
        if one.changes or one.is_back
    ]
    columns = ["run_id", "remote_id", "record_id", "action", "before", "after", "reason", "written_at"]
    copy(RecordChange._meta.db_table, columns, rows)
