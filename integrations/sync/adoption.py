"""Which record of theirs may be one we had already? Numbers and addresses propose; a person says yes (contract C5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection as database
from django.db import transaction
from psycopg import sql

from integrations.clock import now
from integrations.models import Connection, RemoteLink
from integrations.sync import merges
from integrations.sync.ours import RECORDS

# New ones of the connection beside those that were here without it, by a number or an address they share.
PROPOSED = """
select link.id, theirs.id, mine.id, string_agg(distinct shared.what, ', ' order by shared.what)
from integrations_remotelink link
join {table} theirs on theirs.id = link.{owner} and theirs.master = %(slug)s and theirs.hidden_at is null
cross join lateral (
  select other.{owner} as record, other.number as what
  from crm_phonenumber one join crm_phonenumber other using (number)
  where one.{owner} = theirs.id and other.{owner} <> theirs.id and not other.is_shared
  union all
  select other.{owner}, other.address
  from crm_emailaddress one join crm_emailaddress other on lower(other.address) = lower(one.address)
  where one.{owner} = theirs.id and other.{owner} <> theirs.id
) shared
join {table} mine on mine.id = shared.record and mine.master = '' and mine.hidden_at is null
where link.connection_id = %(connection)s and link.entity = %(entity)s and link.state = 'live'
  and not exists (select from integrations_remotelink linked
                  where linked.connection_id = link.connection_id and linked.{owner} = mine.id)
group by link.id, theirs.id, mine.id
order by link.id, mine.id
limit %(most)s
"""


@dataclass(frozen=True, slots=True)
class Proposal:
    """`theirs_id` came from the connection, `ours_id` was here; `because` is what they share."""

    link_id: int
    theirs_id: int
    ours_id: int
    because: str


def proposals(connection: Connection, entity: str, most: int = 50) -> list[Proposal]:
    """Asked anew each time: what a person settled is not proposed again, and nothing is kept."""
    names = {"table": sql.Identifier(RECORDS[entity]._meta.db_table), "owner": sql.Identifier(f"{entity}_id")}
    values: dict[str, Any] = {"connection": connection.pk, "entity": entity, "slug": connection.slug, "most": most}
    with database.cursor() as cursor:
        cursor.execute(sql.SQL(PROPOSED).format(**names), values)
        return [Proposal(*row) for row in cursor.fetchall()]


def accept(proposal: Proposal, entity: str) -> None:
    """A person said: the same. Ours stays, with its history and theirs, and is theirs to say from now on."""
    with transaction.atomic():
        link = RemoteLink.objects.select_for_update().select_related("connection").get(pk=proposal.link_id)
        model: Any = RECORDS[entity]
        merges.move(entity, [proposal.theirs_id], [proposal.ours_id])
        RemoteLink.objects.filter(pk=link.pk).update(**{entity: proposal.ours_id, "taken": None})
        model.objects.filter(pk=proposal.theirs_id).delete()
        model.objects.filter(pk=proposal.ours_id).update(master=link.connection.slug, changed_at=now())
