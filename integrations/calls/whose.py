"""Whose are these calls and messages? Queues, agents and customers of a whole page, each kind by one question.

A queue we do not know yet becomes a stub, an agent we do not know is named. A customer is linked only where exactly one
record has the number or the address and nothing speaks against it (contract A7); the rule is crm.matching's own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection as database

from crm import matching, phones
from crm.matching import Kind, Status
from crm.models import Activity, Contact, Queue, Suppression
from integrations.calls.reader import Reading
from integrations.clock import now
from integrations.models import Agent, Connection, Entity, RemoteLink

_NUMBERS = """
select n.id as phone_id, n.number, n.extension, n.kind, n.is_shared, n.confirmed_at, n.rejected_at,
       n.contact_id, n.account_id
from unnest(%(keys)s::text[]) k(number)
join crm_phonenumber n on n.suffix = right(k.number, 8) collate "C" and n.number = k.number collate "C"
"""
_ADDRESSES = """
select n.id as phone_id, lower(n.address) as number, '' as extension, 'e-mail address' as kind, false as is_shared,
       null::timestamptz as confirmed_at, null::timestamptz as rejected_at, n.contact_id, n.account_id
from crm_emailaddress n where lower(n.address) = any(%(keys)s)
"""
_OWNERS = """
select p.*, c.stage, c.account_id as company_id, coalesce(c.team_id, a.team_id) as team_id
from ({rows}) p
left join crm_contact c on c.id = p.contact_id
left join crm_account a on a.id = p.account_id
where c.hidden_at is null and a.hidden_at is null
"""
NO_NAME: dict[str, Any] = {"is_exact": True, "name": "", "company": "", "field": None}


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom a call or message is linked to; both None: to nobody."""

    contact_id: int | None = None
    account_id: int | None = None

    def __bool__(self) -> bool:
        return bool(self.contact_id or self.account_id)


NOBODY = Owner()


def queues(connection: Connection, readings: Iterable[Reading]) -> dict[str, Queue]:
    """The queues by Daktela's name; those that are new become stubs, to be filled in by people or by the directory."""
    titles = {one.queue: one.queue_title or one.queue for one in readings if one.queue}
    known = _known_queues(connection, titles)
    if missing := titles.keys() - known.keys():
        slugs = Queue.objects.free_slugs(connection.slug, sorted(missing))
        stubs = (
            Queue(source=connection.slug, name=name, title=titles[name], slug=slug) for name, slug in slugs.items()
        )
        Queue.objects.bulk_create(stubs, ignore_conflicts=True)
        known = _known_queues(connection, titles)
    return known


def _known_queues(connection: Connection, names: Collection[str]) -> dict[str, Queue]:
    return {queue.name: queue for queue in Queue.objects.filter(source=connection.slug, name__in=names)}


def agents(connection: Connection, readings: Iterable[Reading]) -> dict[str, int]:
    """Our users by their log-in name in Daktela."""
    names = {one.remote_user for one in readings if one.remote_user}
    rows = Agent.objects.filter(connection=connection, remote_user__in=names)
    return dict(rows.values_list("remote_user", "user_id"))


def keys(readings: Mapping[str, Reading], queue_of: Mapping[str, Queue]) -> dict[str, str]:
    """The number of each as records keep it; "" where it can be nobody's."""
    return {name: _key(one, queue_of.get(one.queue)) for name, one in readings.items()}


def erased(connection: Connection, readings: Mapping[str, Reading], numbers: Mapping[str, str]) -> set[str]:
    """Which of these were with somebody who asked to be erased: nothing personal of them is kept (contract X1)."""
    people = {name: one.remote_contact for name, one in readings.items() if one.remote_contact}
    addresses = {name: one.address.lower() for name, one in readings.items() if one.address}
    gone = Suppression.objects.among("number", {key for key in numbers.values() if key})
    gone |= Suppression.objects.among("email", set(addresses.values()))
    gone |= Suppression.objects.among(f"remote:{connection.slug}:contact", set(people.values()))
    return {name for name in readings if gone & {numbers[name], addresses.get(name), people.get(name)}}


def _key(reading: Reading, queue: Queue | None) -> str:
    if not reading.number:
        return ""
    key = phones.key(reading.number, queue.country if queue else "CZ")
    own, ignored = (queue.own_numbers, queue.ignored_numbers) if queue else ((), ())
    status = matching.status_of(reading.number, key, reading.direction, own, ignored)
    return key if status in (Status.NUMBER, Status.IGNORED) else ""


def said(calls: Collection[int]) -> dict[int | None, Owner]:
    """What people said of these calls at another part of them: whose it is, or that it is nobody's we thought of."""
    words = (Activity.Link.MANUAL, Activity.Link.REFUSED)
    rows = Activity.objects.filter(call__in=calls, link__in=words).order_by("time", "pk")
    return {row.call_id: Owner(row.contact_id, row.account_id) for row in rows} if calls else {}


class Owners:
    """Who has these numbers and addresses, and whom Daktela itself named, asked once for a page."""

    def __init__(self, connection: Connection, numbers: Collection[str], readings: Collection[Reading]) -> None:
        addresses = {one.address.lower() for one in readings if one.address}
        self.rows = defaultdict(list)
        for sql, wanted in ((_NUMBERS, numbers), (_ADDRESSES, addresses)):
            for row in _asked(sql, wanted):
                self.rows[row["number"]].append(row)
        self.linked = _linked(connection, {one.remote_contact for one in readings if one.remote_contact})
        self.company_of = _companies(self.linked.values())

    def of(self, number: str, reading: Reading, team_id: int | None, ignored: Collection[str] = ()) -> Owner:
        """The one sure record; else, where nobody has the number, the contact Daktela has linked."""
        rows = [] if number in ignored else [*self.rows[number], *self.rows[reading.address.lower()]]
        candidates = matching.rank((_seen_by(row, team_id) for row in rows), now())
        sure = next((one for one in candidates if one.is_sure), None)
        if sure and sure.kind is Kind.ACCOUNT:
            return Owner(None, sure.record_id)
        if sure:
            return Owner(sure.record_id, sure.company_id)
        contact = self.linked.get(reading.remote_contact) if not candidates else None
        return Owner(contact, self.company_of.get(contact)) if contact else NOBODY


def _asked(sql: str, wanted: Collection[str]) -> list[dict[str, Any]]:
    if not wanted:
        return []
    with database.cursor() as cursor:
        cursor.execute(_OWNERS.format(rows=sql), {"keys": sorted(wanted)})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]


def _seen_by(row: Mapping[str, Any], team_id: int | None) -> dict[str, Any]:
    """A record of another team is no sure match: nobody who works on this call might see it."""
    return {**row, **NO_NAME, "is_visible": row["team_id"] is None or team_id in (None, row["team_id"])}


def _linked(connection: Connection, remote_ids: Collection[str]) -> dict[str, int]:
    rows = RemoteLink.objects.filter(
        connection=connection, entity=Entity.CONTACT, remote_id__in=remote_ids, contact__hidden_at=None
    )
    return dict(rows.exclude(contact=None).values_list("remote_id", "contact_id")) if remote_ids else {}


def _companies(contact_ids: Collection[int]) -> dict[int, int | None]:
    return dict(Contact.objects.filter(pk__in=contact_ids).values_list("pk", "account_id")) if contact_ids else {}
