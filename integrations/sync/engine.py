"""How does a stream run? One at a time, a page at a time, and never stopped by one record.

A run takes the stream's lease, keeps counts, cursor, records and failures of a page in one transaction (contract C4),
and says how it ended. What it raises is Busy alone; everything else is in the run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import nullcontext
from traceback import extract_tb
from typing import Any

from django.db import OperationalError

from integrations.connectors.errors import ConfigurationError, RateLimited, TemporaryFailure, UnknownField
from integrations.models import Direction, Entity, RecordFailure, Stream, SyncRun
from integrations.models.lease import LeaseLost
from integrations.sync import again, compare, deletions, dry, quarantine, running, watch
from integrations.sync.deletions import NeedsPerson, stop
from integrations.sync.pull import pull
from integrations.sync.push import push
from integrations.sync.rollback import Undo
from integrations.sync.running import Busy, Ending
from integrations.wake import wake

State = SyncRun.State
Work = Callable[[Stream, SyncRun, Any], Ending]  # the last is the connector

log = logging.getLogger(__name__)


def run(stream: Stream, kind: str = SyncRun.Kind.CHANGES, *, by: Any = None) -> SyncRun:
    """Carries what changed, or with kind "full" everything. Raises Busy when it is running already."""
    return under_lease(stream, kind, pull if stream.direction == Direction.INWARD else push, by)


def _without(stream: Stream, run: SyncRun, error: UnknownField) -> SyncRun:
    """A field is not there any more: its row waits for a person, and the rest goes on at once (contract C9)."""
    with stream.connection.open() as connector:
        if watch.look(stream, connector):
            return running.end(stream, run, State.FAILED, f"{error} The others go on.", again_seconds=0.0)
    running.pause(stream.connection, str(error))
    return running.end(stream, run, State.STOPPED, str(error))


def retry(failure: RecordFailure, by: Any = None) -> bool:
    """Carries the one record of a failure again; whether it is settled now. Raises Busy."""
    under_lease(failure.stream, SyncRun.Kind.RETRY, again.these([failure.key]), by)
    failure.refresh_from_db()
    return failure.state == RecordFailure.State.SETTLED


def retry_due(stream: Stream) -> SyncRun:
    """Carries every quarantined record whose next try has come. Raises Busy."""
    return under_lease(stream, SyncRun.Kind.RETRY, again.due)


def dry_run(stream: Stream, by: Any = None) -> SyncRun:
    """What the next run would do: a RecordChange per record, and nothing else. Raises Busy."""
    return under_lease(stream, SyncRun.Kind.DRY, dry.look, by)


def compare_ids(stream: Stream) -> SyncRun:
    """The nightly comparison: all ids inward, drift outward, and whether the mapped fields are still there."""
    run = under_lease(stream, SyncRun.Kind.IDS, compare.everything)
    deletions.purge()
    return run


def roll_back(undone: SyncRun, by: Any = None) -> SyncRun:
    """Puts back what a run inward wrote, where nobody has edited it since. Raises Busy; ValueError: no such run."""
    if undone.stream.direction == Direction.OUTWARD or undone.kind in (SyncRun.Kind.DRY, SyncRun.Kind.ROLLBACK):
        raise ValueError("Only a run that wrote our records can be rolled back.")
    if undone.is_undone:
        raise ValueError("It was rolled back already.")

    def undo(stream: Stream, run: SyncRun, _: Any) -> Ending:
        return Undo(stream, run, undone).work()

    return under_lease(undone.stream, SyncRun.Kind.ROLLBACK, undo, by, is_local=True)


def approve(stream: Stream) -> None:
    """A person said: yes, delete so many (contract C7). The stream goes on at once."""
    deletions.approve(stream)


def under_lease(stream: Stream, kind: str, work: Work, by: Any = None, *, is_local: bool = False) -> SyncRun:
    """Opens a run, does the work, and closes the run, however it went. Raises Busy.

    `is_local`: nobody is asked over there, and `work` gets no connector.
    """
    opened = running.begin(stream, kind, by)
    try:
        return _closed(stream, opened, work, is_local)
    except LeaseLost:
        running.let_go(stream, opened)
    except OperationalError:
        running.let_go_once_back(stream, opened)
    opened.refresh_from_db()
    return opened


def _closed(stream: Stream, run: SyncRun, work: Work, is_local: bool) -> SyncRun:
    try:
        with nullcontext() if is_local else stream.connection.open() as connector:
            ending = work(stream, run, connector)
    except UnknownField as error:
        return _without(stream, run, error)
    except NeedsPerson as question:
        return running.end(stream, run, State.STOPPED, stop(stream, run, *question.args))
    except ConfigurationError as error:
        running.pause(stream.connection, str(error))
        return running.end(stream, run, State.STOPPED, str(error))
    except RateLimited as error:
        return running.end(stream, run, State.FAILED, str(error), again_seconds=error.retry_after_seconds)
    except TemporaryFailure as error:
        return running.end(stream, run, State.FAILED, str(error))
    except LeaseLost:
        raise
    except Exception as error:
        log.error("A run broke off.", extra={"stream": stream.pk, "run": run.pk, "cause": _told(error)})
        return running.end(stream, run, State.FAILED, "Something of ours failed; the log says what.")
    if run.kind == SyncRun.Kind.IDS or (run.deleted and run.kind in (SyncRun.Kind.CHANGES, SyncRun.Kind.FULL)):
        stream.deletions_approved = 0  # used up; of what a comparison found, by a comparison
    state = State.WITH_ERRORS if ending.has_failed else State.DONE
    running.end(stream, run, state, ending.message, again_seconds=0.0 if ending.goes_on else None)
    if ending.goes_on:
        wake("run_stream", stream.pk)
    if stream.entity == Entity.ACCOUNT and run.created and run.kind != SyncRun.Kind.DRY:
        quarantine.hurry(stream)
    return run


def _told(error: Exception) -> str:
    """What broke and where, without its text: a database quotes the row that it refuses (trap 32)."""
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in extract_tb(error.__traceback__)[-12:]]
    return " < ".join([type(error).__name__, *reversed(places)])


__all__ = ["Busy", "Ending"]
