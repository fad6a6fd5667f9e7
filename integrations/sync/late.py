"""Who called before we knew them? Calls of a number that nobody had go to the record that brings it (contract A7)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection as database

from crm.phones import SUFFIX_LENGTH

WAITING = """
with known as materialized (select unnest(string_to_array(%s, ' ')) as number)
select number from known where exists (
  select from crm_activity part
  where part.number = known.number and part.contact_id is null and part.account_id is null and part.link = 'none')
union
select number from known where exists (
  select from crm_call call
  where call.number = known.number and call.contact_id is null and call.account_id is null)
"""
# A number of several, or one that is shared, stays nobody's; so do calls that a person took somebody off.
ADOPT = """
with found as (
  select number, min(contact_id) as contact_id, coalesce(min(phone.account_id), min(person.account_id)) as account_id
  from crm_phonenumber phone left join crm_contact person on person.id = phone.contact_id
  where phone.suffix = any(%(suffixes)s) and phone.number = any(%(numbers)s)
  group by number
  having count(distinct coalesce(contact_id, -phone.account_id)) = 1 and not bool_or(is_shared)
), parts as (
  update crm_activity part
  set contact_id = found.contact_id, account_id = found.account_id, link = 'auto', changed_at = now(),
    revision = part.revision + (part.status = 'closed')::int
  from found
  where part.number = found.number and part.contact_id is null and part.account_id is null and part.link = 'none'
)
update crm_call call
set contact_id = found.contact_id, account_id = found.account_id, changed_at = now() from found
where call.number = found.number and call.contact_id is null and call.account_id is null
  and not exists (select from crm_activity part where part.call_id = call.id and part.link = 'refused')
"""


def adopt(numbers: Iterable[str]) -> None:
    """In the transaction that wrote these numbers (keys). Most were never called: that costs one look."""
    keys = {one for one in numbers if " " not in one}
    if not keys:
        return
    with database.cursor() as cursor:
        cursor.execute(WAITING, [" ".join(keys)])
        waiting = [row[0] for row in cursor.fetchall()]
        if waiting:
            cursor.execute(ADOPT, {"numbers": waiting, "suffixes": sorted({one[-SUFFIX_LENGTH:] for one in waiting})})
