"""What did no webhook tell us? A list of what began lately, and a re-read of everything not over (contract E10).

Activities have no `edited`, and one that was postponed keeps its old `time_close`: only asking tells that it is closed.
What a list brings of activities we know is a hint as well, and asked again by name, so that nothing old wins (A2).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, transaction
from django.db.models import Q

from integrations.calls import asking
from integrations.calls.copies import REREAD_SECONDS
from integrations.calls.reader import Told, told
from integrations.clock import now, wait
from integrations.connectors.base import Remote, Source
from integrations.connectors.errors import ConnectorError
from integrations.models import ActivityCopy, Connection, Entity, Stream, SyncRun
from integrations.models.lease import LeaseLost
from integrations.sync import ahead, engine, quarantine, running
from integrations.sync.quarantine import Failed
from integrations.sync.running import Ending

SLICE_SECONDS = 90.0  # then the rest is another run's: a worker's task has a time limit
REREAD_AT_ONCE = 100

log = logging.getLogger(__name__)


@dataclass
class Tally:
    """What came of a page. `failed` are the names that break our own work, each with the reason."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: dict[str, str] = field(default_factory=dict)

    def __add__(self, other: Tally) -> Tally:
        counts = (self.created + other.created, self.updated + other.updated, self.unchanged + other.unchanged)
        return Tally(*counts, {**self.failed, **other.failed})


def list_new(connection: Connection) -> SyncRun:
    """Lists what began since the last time. Raises Busy where it is being done."""
    return engine.under_lease(Stream.objects.inward(connection, Entity.ACTIVITY), SyncRun.Kind.CHANGES, _list)


def _list(stream: Stream, run: SyncRun, connector: Source) -> Ending:
    started_at, has_failed, goes_on = time.monotonic(), False, False
    pages = connector.changes(Entity.ACTIVITY, stream.cursor or None)
    for page in ahead.fetched(pages, beat=lambda: running.keep(stream, run)):
        tally = take(stream.connection, page.records)
        with running.page(stream, run):
            stream.cursor = page.cursor or stream.cursor
            count(stream, run, tally)
        has_failed |= bool(tally.failed)
        goes_on = not page.is_last and time.monotonic() - started_at > SLICE_SECONDS
        if goes_on:
            break
    return Ending(has_failed, goes_on)


def count(stream: Stream, run: SyncRun, tally: Tally) -> None:
    """In the transaction of the cursor: what failed is the quarantine's from then on (contract C6)."""
    run.seen += tally.created + tally.updated + tally.unchanged + len(tally.failed)
    run.created += tally.created
    run.updated += tally.updated
    run.unchanged += tally.unchanged
    run.rejected += len(tally.failed)
    quarantine.keep(stream, run, [Failed(name, reason) for name, reason in tally.failed.items()])


def retry(connection: Connection) -> SyncRun:
    """Tries again what broke our own work and is due. Raises Busy."""
    return engine.under_lease(Stream.objects.inward(connection, Entity.ACTIVITY), SyncRun.Kind.RETRY, _retry)


def _retry(stream: Stream, run: SyncRun, connector: Source) -> Ending:
    names = [one.key for one in quarantine.due(stream)]
    failed = one_by_one(names, lambda some: asking.refresh(stream.connection, some))
    with running.page(stream, run):
        quarantine.heal(stream, [name for name in names if name not in failed])
        count(stream, run, Tally(updated=len(names) - len(failed), failed=failed))
    return Ending(bool(failed))


def take(connection: Connection, records: Sequence[Remote]) -> Tally:
    """A page of a list. New activities are kept as they came; known ones that differ are asked about by name."""
    page = {one.remote_id: told(one.values) for one in records}
    ours = _known(connection, page)
    differing = [name for name, facts in page.items() if name in ours and ours[name] != facts]
    new = page.keys() - ours.keys()
    failed = one_by_one(sorted(new), lambda names: _keep_new(connection, {name: page[name] for name in names}))
    failed |= one_by_one(differing, lambda names: asking.refresh(connection, names))
    created = len(new - failed.keys())
    updated = len(set(differing) - failed.keys())
    return Tally(created, updated, len(page) - created - updated - len(failed), failed)


def _known(connection: Connection, names: Collection[str]) -> dict[str, Told | None]:
    """What Daktela last told of those we know; None where a webhook claimed something since, or one of us lost it."""
    rows = ActivityCopy.objects.filter(connection=connection, name__in=list(names))
    in_doubt = Q(is_provisional=True) | Q(is_gone=True) | Q(activity=None)
    values = rows.annotate(is_in_doubt=in_doubt).values_list("name", "snapshot", "is_in_doubt")
    return {name: None if is_in_doubt else snapshot for name, snapshot, is_in_doubt in values}


def _keep_new(connection: Connection, page: Mapping[str, Told]) -> None:
    """Of these nobody has asked before, so the list's own answer is the first: whoever asks from now on comes later."""
    with transaction.atomic():
        first = asking.claim(connection, page)
        asking.settle(connection, first, {name: page[name] for name in first})
    if late := page.keys() - first.keys():
        asking.refresh(connection, late)


def reread(connection: Connection) -> int:
    """What is not over and whose time has come; how many. Where it is very much, the next sweep goes on."""
    count, until = 0, time.monotonic() + SLICE_SECONDS
    while time.monotonic() < until:
        copies = cast(Sequence[ActivityCopy], connection.copies.claim(REREAD_AT_ONCE))
        if not copies:
            break
        names = [copy.name for copy in copies]
        try:
            failed = one_by_one(names, lambda some: asking.refresh(connection, some))
        except (ConnectorError, OperationalError) as error:
            log.info("Nothing can be re-read just now.", extra={"connection": connection.slug, "cause": str(error)})
            _put_off(copies)
            break
        _put_off([copy for copy in copies if copy.name in failed])
        count += len(names)
    return count


def _put_off(copies: Iterable[ActivityCopy]) -> None:
    keys = [copy.pk for copy in copies]
    ActivityCopy.objects.filter(pk__in=keys).update(leased_until=None, due_at=now() + wait(REREAD_SECONDS))


def one_by_one(names: Sequence[str], work: Callable[[Sequence[str]], object]) -> dict[str, str]:
    """Does it for all at once; where that breaks, for each alone, so that one takes no other along.

    Returns why for those that break our work. What the other side or the lease is to blame for is raised.
    """
    if not names:
        return {}
    try:
        work(names)
    except (ConnectorError, LeaseLost, OperationalError, SoftTimeLimitExceeded):
        raise
    except Exception as error:
        if len(names) == 1:
            log.exception("An activity cannot be kept.", extra={"activity": names[0]})
            return {names[0]: f"It broke our own work: {type(error).__name__}."}
        return {name: reason for one in names for name, reason in one_by_one([one], work).items()}
    return {}
