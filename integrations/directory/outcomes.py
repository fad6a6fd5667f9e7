"""Which statuses does Daktela know? Each is an outcome of ours, by its name over there."""

from __future__ import annotations

from django.db.models import Q

from crm.models import Outcome
from integrations.directory.told import Directory, Told, mark
from integrations.models import Connection, SyncRun

LONGEST = 60

Titles = dict[str, Outcome]  # ours by what they are called, in small letters: a title is there once


def keep(connection: Connection, told: Directory, run: SyncRun) -> None:
    """Finds each among ours, by its name over there or else by its title, or makes it; and calls it as it is called."""
    ours = Outcome.objects.filter(Q(source=connection.slug) | Q(source=""))
    known = {row.remote_name: row for row in ours.exclude(remote_name="")}
    titles: Titles = {row.title.casefold(): row for row in Outcome.objects.all()}
    changed, made = [], []
    for one in told.values():
        row = known.get(one.name) or _by_title(one, titles)
        if row is None:
            made.append(_new(one, connection, titles))
        elif _bring(row, one, connection, titles):
            changed.append(row)
    Outcome.objects.bulk_create(made)
    Outcome.objects.bulk_update(changed, ["title", "remote_name", "source"])
    run.created += len(made)
    run.updated += len(changed)
    run.deleted += mark(Outcome.objects.filter(source=connection.slug).exclude(remote_name=""), "remote_name", told)


def _by_title(one: Told, titles: Titles) -> Outcome | None:
    """One that somebody typed here before."""
    row = titles.get(one.title[:LONGEST].casefold())
    return row if row and not row.remote_name else None


def _new(one: Told, connection: Connection, titles: Titles) -> Outcome:
    title = one.title[:LONGEST]
    if title.casefold() in titles:
        there = f" ({connection.slug} {one.name})"[:LONGEST]
        title = title[: LONGEST - len(there)] + there
    row = Outcome(title=title, remote_name=one.name, source=connection.slug, asks_call_back=one.asks_call_back)
    titles[title.casefold()] = row
    return row


def _bring(row: Outcome, one: Told, connection: Connection, titles: Titles) -> bool:
    """Whether something of it changed. A title that another one has stays what it was."""
    before = (row.title, row.remote_name, row.source)
    title = one.title[:LONGEST]
    if titles.setdefault(title.casefold(), row) is row:
        row.title = title
    row.remote_name, row.source = one.name, connection.slug
    return before != (row.title, row.remote_name, row.source)
