"""Which record of theirs may be one we had already? Numbers and addresses propose; a person says yes (contract C5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db import transaction
from psycopg import sql

from integrations.clock import now
from integrations.models import Connection, Direction, Distinct, Entity, RemoteLink, Stream, SyncRun
from integrations.sync import merges, records, settle
from integrations.sync.inward import Inward
from integrations.sync.ours import RECORDS
from integrations.sync.store import Store

# New ones of the connection beside those that were here without it, by a number or an address they share.
PROPOSED = """
select link.id, theirs.id, mine.id, string_agg(distinct shared.what, ', ' order by shared.what)
from (
  select one.{owner} as theirs, other.{owner} as mine, other.number as what
  from crm_phonenumber one join crm_phonenumber other using (suffix, number, extension)
  where other.{owner} <> one.{owner} and not one.is_shared and not other.is_shared
  union all
  select one.{owner}, other.{owner}, other.address
  from crm_emailaddress one join crm_emailaddress other on lower(other.address) = lower(one.address)
  where other.{owner} <> one.{owner}
) shared
join {table} theirs on theirs.id = shared.theirs and theirs.master = %(slug)s and theirs.hidden_at is null
join {table} mine on mine.id = shared.mine and mine.master = '' and mine.hidden_at is null
join integrations_remotelink link on link.{owner} = theirs.id and link.connection_id = %(connection)s
  and link.entity = %(entity)s and link.state = 'live'
where not exists (select from integrations_remotelink linked
                  where linked.connection_id = link.connection_id and linked.{owner} = mine.id)
  and not exists (select from integrations_distinct said where said.link_id = link.id and said.record_id = mine.id)
  {narrowed}
group by link.id, theirs.id, mine.id
order by link.id, mine.id
offset %(start)s limit %(most)s
"""
THIS_PAIR = sql.SQL("and link.id = %(link)s and mine.id = %(ours)s")


@dataclass(frozen=True, slots=True)
class Proposal:
    """`theirs_id` came from the connection, `ours_id` was here; `because` is what they share."""

    link_id: int
    theirs_id: int
    ours_id: int
    because: str


def proposals(connection: Connection, entity: str, most: int = 50, start: int = 0) -> list[Proposal]:
    """Asked anew each time, in an order that stays: what a person settled is not proposed again."""
    return _asked(connection, entity, sql.SQL(""), most=most, start=start)


def _asked(connection: Connection, entity: str, narrowed: sql.SQL, **values: Any) -> list[Proposal]:
    names = {"table": sql.Identifier(RECORDS[entity]._meta.db_table), "owner": sql.Identifier(f"{entity}_id")}
    values |= {"connection": connection.pk, "entity": entity, "slug": connection.slug}
    with database.cursor() as cursor:
        cursor.execute(sql.SQL(PROPOSED).format(**names, narrowed=narrowed), values)
        return [Proposal(*row) for row in cursor.fetchall()]


def _taken(connection: Connection, entity: str, link_id: int, ours_id: int) -> Proposal | None:
    """The proposal of this pair, ours until the end of the transaction; None when it was settled meanwhile."""
    if not RemoteLink.objects.select_for_update().filter(pk=link_id, connection=connection).exists():
        return None
    return next(iter(_asked(connection, entity, THIS_PAIR, link=link_id, ours=ours_id, most=1, start=0)), None)


@transaction.atomic
def accept(connection: Connection, entity: str, link_id: int, ours_id: int) -> bool:
    """A person said: the same. Ours stays, with both histories, and is theirs to say from now on.

    What theirs said is written by the modes of the mapping. False: it is no proposal any more.
    """
    proposal = _taken(connection, entity, link_id, ours_id)
    if not proposal:
        return False
    model: Any = RECORDS[entity]
    said = _said(connection, entity, proposal)
    merges.move(entity, [proposal.theirs_id], [ours_id])
    links = RemoteLink.objects.filter(**{entity: proposal.theirs_id})
    known = RemoteLink.objects.filter(**{entity: ours_id}).values_list("connection", flat=True)
    links.exclude(connection__in=list(known)).update(**{entity: ours_id}, sent=None, taken=None)
    model.objects.filter(pk=proposal.theirs_id).delete()
    if said:
        said[0].write({ours_id: said[1]})
    model.objects.filter(pk=ours_id).update(master=connection.slug, changed_at=now())
    return True


def _said(connection: Connection, entity: str, proposal: Proposal) -> tuple[Store, dict[str, Any]] | None:
    """What theirs says of ours in the mapped fields, and who writes it; None where nothing is mapped or different."""
    stream = Stream.objects.filter(connection=connection, entity=entity, direction=Direction.INWARD).first()
    if not stream:
        return None
    way = Inward(stream, SyncRun(stream=stream))
    found = records.states(entity, [proposal.theirs_id, proposal.ours_id], way.wanted, connection, is_locked=True)
    theirs, mine = found[proposal.theirs_id], found[proposal.ours_id]
    changes = settle.changes(mine, {name: theirs[name] for name in way.wanted}, way.rules.modes)
    accounts = records.ours(connection, Entity.ACCOUNT, [changes["account"]]) if "account" in changes else {}
    links = {"account": accounts, **way.whose} if entity == Entity.CONTACT else way.whose
    return (Store(connection, entity, way.known, links), changes) if changes else None


@transaction.atomic
def refuse(connection: Connection, entity: str, link_id: int, ours_id: int, by: Any = None) -> bool:
    """A person said: two. They are not proposed again. False: it is no proposal any more."""
    proposal = _taken(connection, entity, link_id, ours_id)
    if proposal:
        Distinct.objects.create(link_id=link_id, record_id=ours_id, by=by)
    return bool(proposal)
