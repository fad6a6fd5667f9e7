"""Which queues are there? Ours by their names over there; country, team and outcomes are set here and stay."""

from __future__ import annotations

from crm.models import Outcome, Queue, QueueOutcome
from integrations.directory.told import Directory, Told, mark
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
    run.deleted += mark(Queue.objects.filter(source=connection.slug), "name", told)


def _new(connection: Connection, told: list[Told]) -> list[Queue]:
    """The country and the zone are the connection's, until somebody says better."""
    slugs = Queue.objects.free_slugs(connection.slug, [one.name for one in told])
    country = str(connection.settings.get("country") or "CZ").upper()[:2]
    return [
        Queue(source=connection.slug, name=one.name[:64], slug=slugs[one.name], title=one.title[:TITLE],
              country=country, time_zone=connection.time_zone, is_told=True)
        for one in told
    ]  # fmt: skip


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
