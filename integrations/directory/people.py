"""Which of our users is which user over there? Found by name or address, or made, to be invited by an administrator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TypeVar

from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.db.models.functions import Lower

from crm.models import User
from integrations.directory.told import Directory, Told, mark
from integrations.models import Agent, Connection, SyncRun

AT_THE_LINES = ("CC", "CP")  # of Daktela's kinds of users; those of its back office are only found, never made
NAME = 150

Thing = TypeVar("Thing")


def keep(connection: Connection, told: Directory, run: SyncRun) -> None:
    """Whoever is linked stays as he is. Of the others those who are ours already are linked, the rest is made.

    A new user has no password and no team, so he comes in nowhere until an administrator gives him both.
    """
    told = {name: one for name, one in told.items() if len(name) <= NAME}
    linked = set(Agent.objects.filter(connection=connection).values_list("remote_user", flat=True))
    new = [one for one in told.values() if one.is_in_use and not one.is_us and one.name not in linked]
    found = _found(connection, new)
    made = _make(connection, [one for one in new if one.name not in found and one.type in AT_THE_LINES])
    agents = [Agent(connection=connection, user=user, remote_user=name) for name, user in {**found, **made}.items()]
    Agent.objects.bulk_create(agents, ignore_conflicts=True)
    run.created += len(made)
    run.updated += len(found)
    run.deleted += mark(Agent.objects.filter(connection=connection), "remote_user", told)


def _found(connection: Connection, new: Collection[Told]) -> dict[str, User]:
    """Our users by the names over there: the same user name, else the address that exactly one of each side has."""
    names = {one.name.lower(): one.name for one in new}
    emails = _unique((one.email, one.name) for one in new if one.email)
    free = User.objects.alias(small=Lower("email")).exclude(agents__connection=connection)
    rows = list(free.filter(Q(username__in=names) | Q(small__in=emails)).order_by("pk"))
    found = {names[row.username]: row for row in rows if row.username in names}
    theirs = _unique((row.email.lower(), row) for row in rows if row.email and row not in found.values())
    by_email = {emails[email]: row for email, row in theirs.items() if email in emails}
    return {**by_email, **found}


def _unique(pairs: Iterable[tuple[str, Thing]]) -> dict[str, Thing]:
    """Without what is there twice: nobody can say whom it means."""
    grouped: dict[str, list[Thing]] = defaultdict(list)
    for key, thing in pairs:
        grouped[key].append(thing)
    return {key: things[0] for key, things in grouped.items() if len(things) == 1}


def _make(connection: Connection, new: Collection[Told]) -> dict[str, User]:
    """Users that nobody can sign in as yet, by their names over there."""
    wanted = {one.name: one.name.lower() for one in new}
    beside = {name: f"{username}@{connection.slug}"[-NAME:] for name, username in wanted.items()}
    usernames = User.objects.filter(username__in=[*wanted.values(), *beside.values()])
    taken = set(usernames.values_list("username", flat=True))
    made = {}
    for one in new:
        username = next((each for each in (wanted[one.name], beside[one.name]) if each not in taken), "")
        if username:
            taken.add(username)
            made[one.name] = User(
                username=username, name=one.title[:NAME], email=one.email, password=make_password(None),
                source=connection.slug,
            )  # fmt: skip
    User.objects.bulk_create(made.values())
    return made
