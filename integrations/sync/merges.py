"""Two records became one over there: what becomes of ours? The survivor gets all of the other's (contract C7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.db import connection as database
from psycopg import sql

from integrations.clock import now
from integrations.connectors.base import Merged
from integrations.models import Entity, RecordChange, RemoteLink, Stream, SyncRun
from integrations.sync import deletions, quarantine, records
from integrations.sync.bulk import copy, dumped
from integrations.sync.ours import RECORDS

Name = TypeVar("Name", str, int)  # theirs, or an id of ours

MOVE = """
with pair as (select * from unnest(%s::bigint[], %s::bigint[]) as one(loser, survivor))
update {table} as mine set {owner} = pair.survivor {touch} from pair
where mine.{owner} = pair.loser {unless}
"""
# Of what the survivor has, or several losers have, one is enough.
UNLESS = """
and not exists (
  select from {table} as there left join pair as other on other.loser = there.{owner}
  where {same} and there.id <> mine.id
    and (there.{owner} = pair.survivor or other.survivor = pair.survivor and there.id < mine.id))
"""
HISTORY = ("crm_activity", "crm_call", "crm_task", "crm_ticket")
ONCE = {
    "crm_phonenumber": "there.number = mine.number and there.extension = mine.extension",
    "crm_emailaddress": "lower(there.address) = lower(mine.address)",
}


def apply(stream: Stream, run: SyncRun, merged: Sequence[Merged]) -> bool:
    """In the transaction of the page. A survivor we do not know is quarantined; false when one was.

    Who has another master by now, or a person who took it over, keeps what it has (contract C1).
    """
    last = ends({one.loser_id: one.survivor_id for one in merged})
    known = records.ours(stream.connection, stream.entity, [*last, *last.values()]) if last else {}
    hidden = _theirs(stream, [known[name] for name in last if name in known])
    last = {loser: survivor for loser, survivor in last.items() if known.get(loser) in hidden}
    told = {known[loser]: known[survivor] for loser, survivor in last.items() if survivor in known}
    heirs = ends(_earlier(stream, told.values()) | told)
    pairs = {name: heirs[known[name]] for name in last if known[name] in heirs}
    if pairs:
        move(stream.entity, [known[name] for name in pairs], list(pairs.values()))
        _retire(stream, run, {name: pairs[name] for name in pairs if not hidden[known[name]]}, known)
    lost = [
        quarantine.Failed(loser, f"It was merged into {survivor[:60]}, which is not here.")
        for loser, survivor in last.items()
        if survivor not in known
    ]
    quarantine.keep(stream, run, lost)
    return not lost


def ends(merged: Mapping[Name, Name]) -> dict[Name, Name]:
    """By each loser the last of the chain that it begins; what leads in a circle is left out."""
    found = {}
    for loser, name in merged.items():
        passed = {loser}
        while name in merged and name not in passed:
            passed.add(name)
            name = merged[name]
        if name not in passed:
            found[loser] = name
    return found


def _earlier(stream: Stream, survivors: Iterable[int]) -> dict[int, int]:
    """Of these, and of whom they lead to, those that were merged before themselves, and into whom."""
    merged = RecordChange.objects.filter(run__stream=stream, action=RecordChange.Action.MERGED).order_by("pk")
    found: dict[int, int] = {}
    while survivors := set(survivors) - found.keys():
        hidden = RECORDS[stream.entity].objects.filter(pk__in=survivors).exclude(hidden_at=None)
        keys = list(hidden.values_list("pk", flat=True))
        rows = merged.filter(record_id__in=keys).values_list("record_id", "after__survivor") if keys else ()
        into: dict[Any, int] = dict(rows)
        found |= into
        survivors = into.values()
    return found


def _theirs(stream: Stream, ids: Sequence[int]) -> dict[int, bool]:
    """Which of these this connection is the master of, and whether they are hidden already."""
    rows = RECORDS[stream.entity].objects.filter(pk__in=ids, master=stream.connection.slug)
    return {key: hidden_at is not None for key, hidden_at in rows.values_list("pk", "hidden_at")}


def move(entity: str, losers: list[int], survivors: list[int]) -> None:
    """Everything that belongs to the losers, to their survivors; what the survivor has already stays behind."""
    owner = sql.Identifier(f"{entity}_id")
    touched = sql.SQL(", changed_at = now()")
    moves: list[tuple[str, sql.Composable, sql.Composable]] = [(table, touched, sql.SQL("")) for table in HISTORY]
    if entity == Entity.ACCOUNT:
        moves.append(("crm_contact", touched, sql.SQL("")))
    for table, same in ONCE.items():
        once = sql.SQL(UNLESS).format(table=sql.Identifier(table), owner=owner, same=sql.SQL(same))
        moves.append((table, sql.SQL(""), once))
    with database.cursor() as cursor:
        for table, touch, unless in moves:
            statement = sql.SQL(MOVE).format(table=sql.Identifier(table), owner=owner, touch=touch, unless=unless)
            cursor.execute(statement, [losers, survivors])


def _retire(stream: Stream, run: SyncRun, pairs: Mapping[str, int], known: Mapping[str, int]) -> None:
    """The loser is hidden as what was deleted; its link is kept, so that nothing makes it anew."""
    deletions.hide(stream, [known[name] for name in pairs])
    links = RemoteLink.objects.filter(connection=stream.connection_id, entity=stream.entity, remote_id__in=pairs)
    links.update(state=RemoteLink.State.GONE, taken=None)
    survivors = RECORDS[stream.entity].objects.filter(pk__in=pairs.values())
    survivors.update(changed_at=now())  # its numbers are more by now: they are due elsewhere
    columns = ["run_id", "remote_id", "record_id", "action", "before", "after", "reason"]
    action = RecordChange.Action.MERGED.value
    rows = [
        (run.pk, loser, known[loser], action, "{}", dumped({"survivor": survivor}), "")
        for loser, survivor in pairs.items()
    ]
    copy(RecordChange._meta.db_table, columns, rows)
    run.deleted += len(pairs)
