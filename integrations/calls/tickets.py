"""Which cases are open over there? Mirrored as they are told, and read-only here.

Every time all open ones are listed, and those we have as open that are not in the list are asked about by name: so no
cursor can lose one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models.functions import Lower

from crm.models import EmailAddress, Suppression, Ticket
from integrations.calls.reader import in_order, text_of, title_of
from integrations.connectors.base import Remote, Source
from integrations.models import Connection, Entity, RemoteLink, Stream, SyncRun
from integrations.sync import ahead, deletions, engine, running
from integrations.sync.running import Ending

TOLD = (
    "title", "stage", "priority", "category", "user_name", "contact_id", "account_id", "team_id", "opened_at",
    "edited_at", "due_at",
)  # fmt: skip


def mirror(connection: Connection) -> SyncRun:
    """Brings the open cases up to date. Raises Busy."""
    return engine.under_lease(Stream.objects.inward(connection, Entity.TICKET), SyncRun.Kind.CHANGES, _mirror)


def _mirror(stream: Stream, run: SyncRun, connector: Any) -> Ending:
    seen: set[str] = set()
    for page in ahead.fetched(connector.open_tickets(), beat=lambda: running.keep(stream, run)):
        seen |= {one.remote_id for one in page.records}
        with running.page(stream, run):
            keep(stream.connection, run, page.records)
    ours = Ticket.objects.open().filter(source=stream.connection.slug)
    left = list(ours.exclude(ticket_id__in=seen).values_list("ticket_id", flat=True))
    if left:
        _settle(stream, run, connector, left)
    return Ending()


def _settle(stream: Stream, run: SyncRun, connector: Source, names: Collection[str]) -> None:
    """What is no longer open was closed, or is not there any more; where that is much, a person is asked (C7)."""
    found = connector.fetch(Entity.TICKET, list(names))
    gone = set(names) - {one.remote_id for one in found}
    ours = Ticket.objects.filter(source=stream.connection.slug)
    with running.page(stream, run):
        keep(stream.connection, run, found)
        deletions.ask(stream, run, len(gone), ours.count())
        if stream.gone != Stream.Gone.KEEP:
            run.deleted += ours.filter(ticket_id__in=gone).delete()[0]


def keep(connection: Connection, run: SyncRun, records: Iterable[Remote]) -> None:
    """Inside a transaction: writes those that differ from ours, in one statement."""
    told = {one.remote_id: one.values for one in records}
    people = _people(connection, told.values())
    erased = _erased(connection, told.values())
    before = {row.ticket_id: row for row in _ours(connection, told).select_for_update(no_key=True)}
    changed = []
    for name, values in told.items():
        if erased & {_email(values), text_of(values, "contact")}:
            continue
        row = before.get(name) or Ticket(source=connection.slug, ticket_id=name)
        changed += [row] if _bring(row, _read(connection, values, people)) or name not in before else []
    run.seen += len(told)
    run.created += sum(row.ticket_id not in before for row in changed)
    run.updated += sum(row.ticket_id in before for row in changed)
    run.unchanged += len(told) - len(changed)
    fields = [name.removesuffix("_id") for name in TOLD]
    Ticket.objects.bulk_create(
        changed, update_conflicts=True, unique_fields=["source", "ticket_id"], update_fields=[*fields, "changed_at"]
    )


def _erased(connection: Connection, told: Collection[Mapping[str, Any]]) -> set[str]:
    """Addresses and Daktela's names of those who asked to be erased (contract X1)."""
    gone = Suppression.objects.among("email", {_email(values) for values in told} - {""})
    names = {text_of(values, "contact") for values in told} - {""}
    return gone | Suppression.objects.among(f"remote:{connection.slug}:contact", names)


def _ours(connection: Connection, names: Collection[str]) -> Any:
    return Ticket.objects.filter(source=connection.slug, ticket_id__in=list(names)).order_by("pk")


def _bring(row: Ticket, values: Mapping[str, Any]) -> bool:
    is_changed = any(getattr(row, field) != value for field, value in values.items())
    for field, value in values.items():
        setattr(row, field, value)
    return is_changed


def _read(connection: Connection, values: Mapping[str, Any], people: Mapping[str, Any]) -> dict[str, Any]:
    zone = ZoneInfo(connection.time_zone)
    (opened, edited), _ = in_order([values.get("created"), values.get("edited")], zone)
    (due,), _ = in_order([values.get("sla_deadtime")], zone)
    stage = text_of(values, "stage")
    contact = people.get(text_of(values, "contact")) or people.get(_email(values))
    return {
        "title": text_of(values, "title")[:255] or f"Ticket {text_of(values, 'name')}",
        "stage": stage if stage in Ticket.Stage.values else Ticket.Stage.OPEN,
        "priority": text_of(values, "priority")[:20],
        "category": title_of(values, "category")[:128],
        "user_name": title_of(values, "user")[:150],
        "contact_id": contact.pk if contact else None,
        "account_id": contact.account_id if contact else None,
        "team_id": contact.team_id if contact else None,
        "opened_at": opened or edited,
        "edited_at": edited,
        "due_at": due,
    }


def _people(connection: Connection, told: Collection[Mapping[str, Any]]) -> dict[str, Any]:
    """Our contacts by Daktela's name of them, and by an address that only one of them has."""
    names = {text_of(values, "contact") for values in told} - {""}
    links = RemoteLink.objects.filter(connection=connection, entity=Entity.CONTACT, remote_id__in=names)
    linked = links.filter(contact__hidden_at=None).exclude(contact=None).select_related("contact")
    return {**_writers({_email(values) for values in told} - {""}), **{one.remote_id: one.contact for one in linked}}


def _writers(addresses: Collection[str]) -> dict[str, Any]:
    rows = EmailAddress.objects.alias(small=Lower("address")).filter(small__in=addresses, contact__hidden_at=None)
    found: dict[str, Any] = {}
    for row in rows.exclude(contact=None).select_related("contact") if addresses else ():
        address = row.address.lower()
        found[address] = row.contact if found.get(address, row.contact) == row.contact else None
    return found


def _email(values: Mapping[str, Any]) -> str:
    return text_of(values, "email").lower()
