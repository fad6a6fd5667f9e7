"""How does a stream run? One at a time, a page at a time, and never stopped by one record.

A run takes the stream's lease, keeps counts, cursor, records and failures of a page in one transaction (contract C4),
and says how it ended. What it raises is Busy alone; everything else is in the run.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from integrations.connectors.errors import ConfigurationError, RateLimited, TemporaryFailure
from integrations.models import Direction, Stream, SyncRun
from integrations.models.lease import LeaseLost
from integrations.sync import running
from integrations.sync.deletions import NeedsPerson, stop
from integrations.sync.pull import pull
from integrations.sync.push import push
from integrations.sync.running import Busy, Ending

State = SyncRun.State
Work = Callable[[Stream, SyncRun, Any], Ending]  # the last is the connector

log = logging.getLogger(__name__)


def run(stream: Stream, kind: str = SyncRun.Kind.CHANGES, *, by: Any = None) -> SyncRun:
    """Carries what changed, or with kind "full" everything. Raises Busy when it is running already."""
    return under_lease(stream, kind, pull if stream.direction == Direction.INWARD else push, by)


def under_lease(stream: Stream, kind: str, work: Work, by: Any = None) -> SyncRun:
    """Opens a run, does the work with the connector, and closes the run, however it went. Raises Busy."""
    opened = running.begin(stream, kind, by)
    try:
        return _closed(stream, opened, work)
    except LeaseLost:
        opened.refresh_from_db()
        return opened


def _closed(stream: Stream, run: SyncRun, work: Work) -> SyncRun:
    try:
        with stream.connection.open() as connector:
            ending = work(stream, run, connector)
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
    except Exception:
        log.exception("A run broke off.", extra={"stream": stream.pk, "run": run.pk})
        return running.end(stream, run, State.FAILED, "Something of ours failed; the log says what.")
    stream.deletions_approved = 0
    state = State.WITH_ERRORS if ending.has_failed else State.DONE
    return running.end(stream, run, state, ending.message, again_seconds=0.0 if ending.goes_on else None)


__all__ = ["Busy", "run", "under_lease"]
