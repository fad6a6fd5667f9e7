"""Whose turn is it, how far has the run got, and how did it end? The lease and the run of a stream, kept together."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Q

from integrations.clock import now, scaled, wait
from integrations.crash import crash_point
from integrations.models import Connection, Stream, SyncRun
from integrations.models.lease import LEASE_SECONDS, LeaseLost

CLAIM = """
update integrations_stream
set fence = fence + 1, attempts = attempts + 1, leased_until = %(until)s,
    crashes = case when leased_until is null then 0 else crashes + 1 end
where id = %(stream)s and (leased_until is null or leased_until < %(now)s)
returning fence, attempts, cursor, version, is_full_due, due_at, is_enabled, deletions_approved, asked_by_id
"""
# The fence is asked for in the transaction of the effect: whose lease has passed writes nothing (contract C11).
# Only a full run settles that one is due, and not one that is due for a mapping published meanwhile.
KEEP = """
with held as (
  update integrations_stream
  set cursor = %(cursor)s, leased_until = %(until)s,
      is_full_due = case when %(kind)s = 'full' and version = %(version)s then %(is_full_due)s else is_full_due end
  where id = %(stream)s and fence = %(fence)s and leased_until >= %(now)s
  returning id
)
update integrations_syncrun
set kind = %(kind)s, seen = %(seen)s, created = %(created)s, updated = %(updated)s, unchanged = %(unchanged)s,
    rejected = %(rejected)s, deleted = %(deleted)s, requests = %(requests)s, expected = %(expected)s
where id = %(run)s and exists (select from held)
"""
# Who wanted it run meanwhile is not forgotten: that moment stays, and whose wish it was.
END = """
with held as (
  update integrations_stream
  set cursor = %(cursor)s, leased_until = null, crashes = 0, attempts = %(attempts)s,
      due_at = case when due_at is not distinct from %(was_due_at)s then %(due_at)s else least(due_at, %(due_at)s) end,
      asked_by_id = case when due_at is not distinct from %(was_due_at)s then %(asked_by)s else asked_by_id end,
      compared_at = %(compared_at)s,
      paused_reason = case when %(asks)s then %(paused_reason)s else paused_reason end,
      is_full_due = case when %(kind)s = 'full' and version = %(version)s then %(is_full_due)s else is_full_due end,
      deletions_asked = case when %(asks)s then %(deletions_asked)s else deletions_asked end,
      deletions_approved = case when %(asks)s then %(deletions_approved)s else deletions_approved end
  where id = %(stream)s and fence = %(fence)s and leased_until >= %(now)s
  returning id
)
update integrations_syncrun
set kind = %(kind)s, state = %(state)s, ended_at = %(now)s, message = %(message)s, seen = %(seen)s,
    created = %(created)s, updated = %(updated)s, unchanged = %(unchanged)s, rejected = %(rejected)s,
    deleted = %(deleted)s, requests = %(requests)s, expected = %(expected)s
where id = %(run)s and exists (select from held)
"""
BACK_OFF_MINUTES = (1, 2, 5, 10, 20, 30)
SLOW = "It took too long between two pages: the other system is slow."
AWAY = "Our own database was away."
AWAY_SECONDS = (0, 1, 2, 4, 8, 15)  # a restart, and no more than a task has left beside its work
ASKED_FOR = (SyncRun.Kind.DRY, SyncRun.Kind.ROLLBACK, SyncRun.Kind.RETRY, SyncRun.Kind.IDS)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended that was not broken off. `goes_on`: there is more, and it is due at once."""

    has_failed: bool = False
    goes_on: bool = False
    message: str = ""


class Busy(LeaseLost):
    """Somebody else runs this stream; the text says so."""

    def __init__(self) -> None:
        super().__init__("It is running already.")


def begin(stream: Stream, kind: str, by: Any = None) -> SyncRun:
    """Takes the stream's lease and opens a run. Raises Busy. What a crash left open is closed."""
    try:
        return _begun(stream, kind, by)
    except IntegrityError:
        _close_crashed(stream)
        return _begun(stream, kind, by)


def _begun(stream: Stream, kind: str, by: Any) -> SyncRun:
    with transaction.atomic():
        with connection.cursor() as cursor:
            moment = now()
            cursor.execute(CLAIM, {"stream": stream.pk, "until": moment + wait(LEASE_SECONDS), "now": moment})
            row = cursor.fetchone()
        if row is None:
            raise Busy
        (stream.fence, stream.attempts, stream.cursor, stream.version, stream.is_full_due, stream.due_at,
         stream.is_enabled, stream.deletions_approved, stream.asked_by_id) = row  # fmt: skip
        if kind == SyncRun.Kind.CHANGES and stream.is_full_due:
            kind = SyncRun.Kind.FULL
        by_id = by.pk if by else None if kind in ASKED_FOR else stream.asked_by_id
        return SyncRun.objects.create(
            stream=stream, kind=kind, fence=stream.fence, version=stream.version, by_id=by_id, started_at=moment
        )


def _close_crashed(stream: Stream) -> None:
    """A run that is open although nobody holds the lease: its worker died."""
    is_nobodys = Q(stream__leased_until=None) | Q(stream__leased_until__lt=now())
    SyncRun.objects.filter(is_nobodys, stream=stream, state=SyncRun.State.RUNNING).update(
        state=SyncRun.State.FAILED, ended_at=now(), message="The worker died in the middle of it."
    )


def let_go(stream: Stream, run: SyncRun, message: str = SLOW) -> None:
    """Its lease has passed: if nobody else has the stream yet, it was slow, which is no crash (contract E5)."""
    run.state = SyncRun.State.FAILED
    with transaction.atomic():
        ours = Stream.objects.filter(pk=stream.pk, fence=stream.fence).exclude(leased_until=None)
        if ours.update(leased_until=None, crashes=0, due_at=_next(stream, run, None)):
            SyncRun.objects.filter(pk=run.pk).update(state=run.state, ended_at=now(), message=message)


def let_go_once_back(stream: Stream, run: SyncRun) -> None:
    """Our own database was away, which is no crash either. If it stays away, the lease runs out as after one."""
    for seconds in AWAY_SECONDS:
        time.sleep(scaled(seconds))
        connection.close()  # what was cut off is of no more use
        with suppress(OperationalError):
            let_go(stream, run, AWAY)
            return


def keep(stream: Stream, run: SyncRun) -> None:
    """Renews the lease and keeps counts and cursor, in the transaction of what they count. Raises LeaseLost."""
    moment = now()
    _execute(KEEP, {**_counts(stream, run), "until": moment + wait(LEASE_SECONDS), "now": moment})


@contextmanager
def page(stream: Stream, run: SyncRun) -> Iterator[None]:
    """A transaction that ends with the lease asked for and the cursor kept; what fails in it leaves no trace of it.

    Cursor and counts are set inside. Raises LeaseLost.
    """
    before = {one: dict(vars(one)) for one in (stream, run)}
    try:
        with transaction.atomic():
            yield
            crash_point("page-before-cursor")
            keep(stream, run)
            crash_point("page-before-commit")
    except BaseException:
        for one, values in before.items():
            vars(one).update(values)
        raise
    crash_point("page-after-commit")


def end(stream: Stream, run: SyncRun, state: str, message: str = "", again_seconds: float | None = None) -> SyncRun:
    """Closes the run and gives the lease back; says when the stream is run next. Raises LeaseLost.

    `again_seconds`: as soon as that, whatever the timetable says.
    """
    run.state, run.message, run.ended_at = SyncRun.State(state), message[:300], now()
    if state != SyncRun.State.FAILED:
        stream.attempts = 0
    was_due_at, stream.due_at = stream.due_at, _next(stream, run, again_seconds)
    if again_seconds is None and run.kind not in ASKED_FOR:
        stream.asked_by_id = None  # what goes on at once is still the run that was asked for
    row = _counts(stream, run) | {
        "now": now(), "attempts": stream.attempts, "due_at": stream.due_at, "was_due_at": was_due_at,
        "compared_at": stream.compared_at, "paused_reason": stream.paused_reason[:300],
        "deletions_approved": stream.deletions_approved, "deletions_asked": stream.deletions_asked,
        "asks": run.kind not in (SyncRun.Kind.DRY, SyncRun.Kind.ROLLBACK),  # these ask a person nothing
        "asked_by": stream.asked_by_id, "state": run.state.value, "message": run.message,
    }  # fmt: skip
    _execute(END, row)
    return run


def _next(stream: Stream, run: SyncRun, again_seconds: float | None) -> Any:
    if run.kind in ASKED_FOR:
        return stream.due_at
    if again_seconds is not None:
        return now() + timedelta(seconds=again_seconds)
    if not stream.is_enabled:
        return None
    if run.state != SyncRun.State.FAILED:
        return now() + wait(stream.every_minutes * 60)
    minutes = BACK_OFF_MINUTES[min(max(stream.attempts, 1), len(BACK_OFF_MINUTES)) - 1]
    return now() + wait(minutes * 60 * random.uniform(0.8, 1.2))  # noqa: S311 - it spreads load, it hides nothing


def _counts(stream: Stream, run: SyncRun) -> dict[str, Any]:
    return {
        "stream": stream.pk, "fence": stream.fence, "cursor": stream.cursor,
        "is_full_due": stream.is_full_due, "version": stream.version, "run": run.pk, "kind": str(run.kind),
        "seen": run.seen, "created": run.created, "updated": run.updated, "unchanged": run.unchanged,
        "rejected": run.rejected, "deleted": run.deleted, "requests": run.requests, "expected": run.expected,
    }  # fmt: skip


def _execute(statement: str, row: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, row)
        if cursor.rowcount != 1:
            raise LeaseLost


def pause(connection: Connection, reason: str) -> None:
    """Nothing of it is tried until a person has put it right; a check that finds nothing bad lets it go on."""
    Connection.objects.filter(pk=connection.pk, paused_reason="").update(paused_reason=reason[:300])
