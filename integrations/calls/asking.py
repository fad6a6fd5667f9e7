"""What does Daktela say of these activities now? Asked by name, merged by number, written to our records (contract E4).

A number is taken before the request is sent, so an answer that was overtaken is dropped (contract A2). No request is
made inside a transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import cast

from django.db import connection as database
from django.db import transaction

from crm.models import Activity
from integrations.calls.copies import is_told_closed, known, learn
from integrations.calls.reader import Told, told
from integrations.calls.records import keep
from integrations.clock import now
from integrations.connectors.base import Source
from integrations.connectors.errors import ConnectorError
from integrations.crash import crash_point
from integrations.models import ActivityCopy, Connection

AT_ONCE = 100  # activities in a transaction: few requests, so that they end long before a lease does
DEADLINE_SECONDS = 20.0  # of a request

_NEW = """
insert into integrations_activitycopy
    (connection_id, name, asked, applied, snapshot, partial, named, is_provisional, is_closed, is_gone, revision,
     anomalies, fence, attempts, crashes, due_at)
select %(connection)s, name, 1, 0, '{}', '{}', '{}', true, false, false, 0, '[]', 0, 0, 0, %(now)s
from unnest(%(names)s::text[]) as told(name) order by name
on conflict (connection_id, name) do {otherwise}
returning name, asked
"""
_ASK = _NEW.replace("{otherwise}", "update set asked = integrations_activitycopy.asked + 1")
_CLAIM = _NEW.replace("{otherwise}", "nothing")

Held = Callable[[], object]  # called in the transaction of the effect: raises where the work is no longer ours


def refresh(connection: Connection, names: Iterable[str], held: Held = lambda: None) -> set[str]:
    """Reads these activities anew; returns those Daktela definitely does not have.

    Where Daktela cannot be asked, what webhooks claimed is shown as provisional, and the ConnectorError goes on.
    """
    gone: set[str] = set()
    for part in _parts(sorted(set(names))):
        gone |= _refresh(connection, part, held)
    return gone


def _refresh(connection: Connection, names: Sequence[str], held: Held) -> set[str]:
    numbers = ask(connection, names)
    crash_point("refresh-after-asking")
    try:
        found = fetch(connection, names)
    except ConnectorError:
        with transaction.atomic():
            held()
            _show_claims(connection, names)
        raise
    crash_point("refresh-before-commit")
    with transaction.atomic():
        held()
        settle(connection, numbers, found)
    crash_point("refresh-after-commit")
    return set(names) - found.keys()


def hear(connection: Connection, claims: Mapping[str, Sequence[Told]]) -> None:
    """Keeps what webhooks claim of activities, as partials, until Daktela itself is asked."""
    with transaction.atomic():
        rows = [ActivityCopy(connection=connection, name=name, due_at=now()) for name in sorted(claims)]
        ActivityCopy.objects.bulk_create(rows, ignore_conflicts=True)
        copies = locked(connection, claims)
        for copy in copies:
            knowledge = known(copy)
            for facts in claims[copy.name]:
                knowledge = knowledge.hears(facts, copy.asked)
            learn(copy, knowledge)
        save(copies)


def ask(connection: Connection, names: Sequence[str]) -> dict[str, int]:
    """Takes the number of a new fetch for each; who is asked about has a copy from then on."""
    return _numbered(_ASK, connection, names)


def claim(connection: Connection, names: Collection[str]) -> dict[str, int]:
    """The same for those alone whom nobody has asked about before."""
    return _numbered(_CLAIM, connection, names)


def _numbered(sql: str, connection: Connection, names: Collection[str]) -> dict[str, int]:
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute(sql, {"connection": connection.pk, "names": list(names), "now": now()})
        return dict(cursor.fetchall())


def fetch(connection: Connection, names: Sequence[str]) -> dict[str, Told]:
    """What Daktela tells of these, by name. Who is left out is definitely not there."""
    with connection.open(deadline_seconds=DEADLINE_SECONDS) as daktela:
        found = cast(Source, daktela).fetch("activity", names)
        return {one.remote_id: told(one.values) for one in found}


def settle(connection: Connection, numbers: Mapping[str, int], found: Mapping[str, Told]) -> list[Activity]:
    """Inside a transaction: merges these answers, each with the number of its fetch; the activities that changed."""
    copies = locked(connection, numbers)
    closed = {copy.name for copy in copies if is_told_closed(copy)}
    there = []
    for copy in copies:
        if copy.name not in found:
            _bury(copy, numbers[copy.name])
        elif numbers[copy.name] > copy.applied:
            copy.is_gone, copy.read_at = False, now()
            learn(copy, known(copy).reads(found[copy.name], numbers[copy.name]))
            there.append(copy)
    changed = keep(connection, there, closed)
    save(there)
    return changed


def _bury(copy: ActivityCopy, number: int) -> None:
    """Daktela has no such activity. What it never told is taken back; what it once told is history, and stays."""
    if number < max(copy.asked, copy.applied):  # somebody has asked anew since
        return
    if copy.applied:
        rows = ActivityCopy.objects.filter(pk=copy.pk)
        rows.update(is_gone=True, applied=number, due_at=None, leased_until=None, attempts=0)
        return
    untouched = Activity.objects.filter(copy=copy, done_at=None, note="", outcome=None)
    untouched.exclude(link__in=(Activity.Link.MANUAL, Activity.Link.REFUSED)).delete()
    copy.delete()


def _show_claims(connection: Connection, names: Collection[str]) -> None:
    """Nobody can be asked: what was heard of these is shown as provisional, and they stay due (contract E4)."""
    copies = [copy for copy in locked(connection, names) if copy.partial]
    closed = {copy.name for copy in copies if is_told_closed(copy)}
    keep(connection, copies, closed)
    save(copies)


def locked(connection: Connection, names: Iterable[str]) -> list[ActivityCopy]:
    rows = ActivityCopy.objects.filter(connection=connection, name__in=list(names))
    return list(rows.order_by("name").select_for_update(no_key=True))


SAVED = (
    "activity", "applied", "snapshot", "partial", "named", "is_provisional", "is_closed", "is_gone", "revision",
    "anomalies", "read_at", "due_at", "leased_until", "attempts",
)  # fmt: skip


def save(copies: Sequence[ActivityCopy]) -> None:
    """One statement for all of them. Whoever held a lease on one has done his work with it."""
    for copy in copies:
        copy.leased_until, copy.attempts = None, 0
    ActivityCopy.objects.bulk_create(
        copies, update_conflicts=True, unique_fields=["connection", "name"], update_fields=list(SAVED)
    )


def _parts(names: Sequence[str]) -> Iterator[Sequence[str]]:
    yield from (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))
