"""Which queues are there? Ours by their names over there; country, team and outcomes are set here and stay."""

from __future__ import annotations

from django.utils.text import slugify

from crm.models import Outcome, Queue, QueueOutcome
from integrations.clock import now
from integrations.directory.told import Directory, Told
from integrations.models import Connection, SyncRun

DIGITS = 9  # an agent's keyboard has no more
TITLE = 128


def keep(connection: Connection, told: Directory, run: SyncRun) -> None:
    """New ones are made, renamed ones renamed; one that is told of for the first time is offered the statuses."""
    known = {row.name: row for row in Queue.objects.filter(source=connection.slug).prefetch_related("queue_outcomes")}
    made = _new(connection, [one for one in told.values() if one.is_in_use and one.name not in known])
    Queue.objects.bulk_create(made)
    changed = [row for name, row in known.items() if name in told and _bring(row, told[name])]
    Queue.objects.bulk_update(changed, ["title", "is_told"])
    _offer(connection, [*made, *(row for row in changed if not row.queue_outcomes.all())])
    run.created += len(made)
    run.updated += len(changed)
    _mark(connection, told, run)


def _new(connection: Connection, told: list[Told]) -> list[Queue]:
    """The country and the zone are the connection's, until somebody says better."""
    slugs = {one.name: (slugify(one.name) or "queue")[:50] for one in told}
    taken = set(Queue.objects.filter(slug__in=slugs.values()).values_list("slug", flat=True))
    made = []
    for one in told:
        slug = slugs[one.name] if slugs[one.name] not in taken else f"{connection.slug[:24]}-{slugs[one.name][:25]}"
        taken.add(slug)
        country = str(connection.settings.get("country") or "CZ").upper()[:2]
        made.append(
            Queue(source=connection.slug, name=one.name[:64], slug=slug, title=one.title[:TITLE], country=country,
                  time_zone=connection.time_zone, is_told=True)
        )  # fmt: skip
    return made


def _bring(row: Queue, one: Told) -> bool:
    before = (row.title, row.is_told)
    row.title, row.is_told = one.title[:TITLE], True
    return before != (row.title, row.is_told)


def _offer(connection: Connection, rows: list[Queue]) -> None:
    outcomes = list(Outcome.objects.filter(source=connection.slug, gone_at=None).order_by("title")[:DIGITS])
    offers = [
        QueueOutcome(queue=queue, outcome=one, position=at) for queue in rows for at, one in enumerate(outcomes, 1)
    ]
    QueueOutcome.objects.bulk_create(offers, ignore_conflicts=True)


def _mark(connection: Connection, told: Directory, run: SyncRun) -> None:
    """An empty list is believed of nobody: whoever lost a right over there sees one."""
    rows = Queue.objects.filter(source=connection.slug)
    in_use = [one.name for one in told.values() if one.is_in_use]
    rows.filter(name__in=in_use).exclude(gone_at=None).update(gone_at=None)
    if told:
        run.deleted += rows.exclude(name__in=in_use).filter(gone_at=None).update(gone_at=now())
