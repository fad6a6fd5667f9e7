"""Two records became one over there: what becomes of ours? The survivor gets all of the other's (contract C7)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection as database
from psycopg import sql

from integrations.connectors.base import Merged
from integrations.models import Entity, RecordChange, RemoteLink, Stream, SyncRun
from integrations.sync import deletions, quarantine, records
from integrations.sync.bulk import copy, dumped

MOVE = """
update {table} as mine set {owner} = pair.survivor {touch}
from unnest(%s::bigint[], %s::bigint[]) as pair(loser, survivor)
where mine.{owner} = pair.loser {unless}
"""
HISTORY = ("crm_activity", "crm_call", "crm_task", "crm_ticket")
ONCE = {
    "crm_phonenumber": "there.number = mine.number and there.extension = mine.extension",
    "crm_emailaddress": "lower(there.address) = lower(mine.address)",
}


def apply(stream: Stream, run: SyncRun, merged: Sequence[Merged]) -> bool:
    """In the transaction of the page. A survivor we do not know is quarantined; false when one was."""
    ids = [name for one in merged for name in (one.loser_id, one.survivor_id)]
    known = records.ours(stream.connection, stream.entity, ids) if ids else {}
    pairs = [one for one in merged if one.loser_id in known and one.survivor_id in known]
    lost = [one for one in merged if one.loser_id in known and one.survivor_id not in known]
    if pairs:
        move(stream.entity, [known[one.loser_id] for one in pairs], [known[one.survivor_id] for one in pairs])
        _retire(stream, run, pairs, known)
    reason = "It was merged into {}, which is not here."
    quarantine.keep(stream, run, [quarantine.Failed(one.loser_id, reason.format(one.survivor_id[:60])) for one in lost])
    return not lost


def move(entity: str, losers: list[int], survivors: list[int]) -> None:
    """Everything that belongs to the losers, to their survivors; what the survivor has already stays behind."""
    owner = sql.Identifier(f"{entity}_id")
    touched = sql.SQL(", changed_at = now()")
    moves: list[tuple[str, sql.Composable, sql.Composable]] = [(table, touched, sql.SQL("")) for table in HISTORY]
    if entity == Entity.ACCOUNT:
        moves.append(("crm_contact", touched, sql.SQL("")))
    for table, condition in ONCE.items():
        once = sql.SQL("and not exists (select from {} as there where there.{} = pair.survivor and {})").format(
            sql.Identifier(table), owner, sql.SQL(condition)
        )
        moves.append((table, sql.SQL(""), once))
    with database.cursor() as cursor:
        for table, touch, unless in moves:
            statement = sql.SQL(MOVE).format(table=sql.Identifier(table), owner=owner, touch=touch, unless=unless)
            cursor.execute(statement, [losers, survivors])


def _retire(stream: Stream, run: SyncRun, pairs: Sequence[Merged], known: dict[str, int]) -> None:
    """The loser is hidden as what was deleted; its link is kept, so that nothing makes it anew."""
    losers = [one.loser_id for one in pairs]
    deletions.hide(stream, [known[name] for name in losers])
    links = RemoteLink.objects.filter(connection=stream.connection_id, entity=stream.entity, remote_id__in=losers)
    links.update(state=RemoteLink.State.GONE, taken=None)
    columns = ["run_id", "remote_id", "record_id", "action", "before", "after", "reason"]
    action = RecordChange.Action.MERGED.value
    rows = [
        (run.pk, one.loser_id, known[one.loser_id], action, "{}", dumped({"survivor": known[one.survivor_id]}), "")
        for one in pairs
    ]
    copy(RecordChange._meta.db_table, columns, rows)
    run.deleted += len(pairs)
