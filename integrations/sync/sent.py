"""What did we send, under which name, and what has gone since? The identity map as the way outward uses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection as database
from psycopg import sql

from integrations.clock import now
from integrations.connectors.base import Written
from integrations.models import Connection, RecordChange, RemoteLink, Stream, SyncRun
from integrations.sync.bulk import copy, dumped
from integrations.sync.ours import RECORDS

Link = Mapping[str, Any]
KNOWN = """
update integrations_remotelink as link set remote_id = new.remote_id, sent = new.sent, state = 'live', gone_at = null
from unnest(%s::bigint[], %s::text[], %s::bytea[]) as new(id, remote_id, sent)
where link.id = new.id
"""
NEW = """
insert into integrations_remotelink (connection_id, entity, remote_id, {record}, sent, state)
select %s, %s, new.remote_id, (select id from {table} where id = new.record for key share), new.sent, 'live'
from unnest(%s::text[], %s::bigint[], %s::bytea[]) as new(remote_id, record, sent)
on conflict (connection_id, entity, remote_id)
do update set {record} = excluded.{record}, sent = excluded.sent, state = 'live', gone_at = null
"""


def links(connection: Connection, entity: str, ids: Sequence[int]) -> dict[int, Link]:
    """The links of these records of ours."""
    rows = _links(connection, entity).filter(**{f"{entity}__in": list(ids)})
    return {row["record"]: row for row in told(rows, entity)}


def orphans(stream: Stream, most: int = 500) -> list[Link]:
    """What we sent, and somebody deleted here since."""
    rows = _links(stream.connection, stream.entity).filter(contact=None, account=None, state="live")
    return told(rows.exclude(sent=None)[:most], stream.entity)


def told(rows: Any, entity: str) -> list[Link]:
    return [
        {"pk": key, "record": record, "remote_id": name, "state": state, "sent": bytes(sent) if sent else None}
        for key, record, name, state, sent in rows.values_list("pk", f"{entity}_id", "remote_id", "state", "sent")
    ]


def _links(connection: Connection, entity: str) -> Any:
    return RemoteLink.objects.filter(connection=connection, entity=entity)


def keys(entity: str, ids: Sequence[int]) -> dict[int, str]:
    """What names over there are made from: the master and its id, which never change (contract P2)."""
    masters = dict(RECORDS[entity].objects.filter(pk__in=list(ids)).exclude(master="").values_list("pk", "master"))
    rows = RemoteLink.objects.filter(entity=entity, **{f"{entity}__in": list(masters)})
    found = rows.values_list(f"{entity}_id", "connection__slug", "remote_id")
    return {record: f"{slug}:{remote_id}" for record, slug, remote_id in found if masters[record] == slug}


def keep(connection: Connection, entity: str, rows: Sequence[tuple[Link | None, str, int, bytes | None]]) -> None:
    """What was written: (link, name over there, record, digest). Who was deleted here meanwhile is an orphan."""
    known = [(link["pk"], name, digest) for link, name, _, digest in rows if link]
    new = [(name, record, digest) for link, name, record, digest in rows if not link]
    with database.cursor() as cursor:
        if known:
            cursor.execute(KNOWN, [list(column) for column in zip(*known, strict=True)])
        if new:
            names = {"record": f"{entity}_id", "table": RECORDS[entity]._meta.db_table}
            statement = sql.SQL(NEW).format(**{name: sql.Identifier(what) for name, what in names.items()})
            cursor.execute(statement, [connection.pk, entity, *(list(column) for column in zip(*new, strict=True))])


def remember(run: SyncRun, rows: Iterable[tuple[int, Written, Mapping[str, Any]]]) -> None:
    """What the run wrote over there, record by record."""
    actions = {True: RecordChange.Action.CREATED.value, False: RecordChange.Action.UPDATED.value}
    columns = ["run_id", "remote_id", "record_id", "action", "before", "after", "reason"]
    copy(RecordChange._meta.db_table, columns, (
        (run.pk, answer.remote_id, record, actions[answer.is_new], "{}", dumped(values), "")
        for record, answer, values in rows
    ))  # fmt: skip


def retired(run: SyncRun, rows: Sequence[Link]) -> None:
    RemoteLink.objects.filter(pk__in=[link["pk"] for link in rows]).update(state="gone", gone_at=now(), sent=None)
    columns = ["run_id", "remote_id", "record_id", "action", "before", "after", "reason"]
    action = RecordChange.Action.HIDDEN.value
    copy(RecordChange._meta.db_table, columns, (
        (run.pk, link["remote_id"], link["record"], action, "{}", "{}", "") for link in rows
    ))  # fmt: skip
