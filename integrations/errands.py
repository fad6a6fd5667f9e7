"""How is done what a person asked for? Dry runs, roll-backs and repairs, each by a worker that holds its row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.db import transaction

from integrations import calls
from integrations.clock import now, wait
from integrations.connectors.errors import ConfigurationError, ConnectorError
from integrations.models import Errand, Stream, SyncRun
from integrations.models.lease import LeaseLost
from integrations.sync import engine
from integrations.sync.engine import Busy

LEASE_SECONDS = 180.0  # longer than a task may take
RETRY_SECONDS = 60.0
MOST_ATTEMPTS = 5
BUSY_SECONDS = 5.0
BUSY = "Another run is going on; this waits for it."


def do(errand_id: int) -> None:
    """Does it, if it is due and nobody else is at it; what fails for now is done again a minute later."""
    for errand in Errand.objects.filter(pk=errand_id).claim(1, LEASE_SECONDS):
        try:
            result = DOERS[errand.kind](errand)
        except Busy:
            _settle(errand, message=BUSY, due_at=now() + wait(BUSY_SECONDS))
        except ValueError as error:
            _settle(errand, message=str(error)[:300], due_at=None)
        except ConnectorError as error:
            is_over = isinstance(error, ConfigurationError) or errand.attempts >= MOST_ATTEMPTS
            _settle(errand, message=str(error)[:300], due_at=None if is_over else now() + wait(RETRY_SECONDS))
        else:
            _settle(errand, result=result, message="", due_at=None)


def _settle(errand: Errand, **values: Any) -> None:
    try:
        with transaction.atomic():
            errand.hold()
            Errand.objects.filter(pk=errand.pk).update(leased_until=None, **values)
    except LeaseLost:
        return


def _dry(errand: Errand) -> SyncRun:
    return engine.dry_run(cast(Stream, errand.stream), errand.by)


def _roll_back(errand: Errand) -> SyncRun:
    return engine.roll_back(cast(SyncRun, errand.run), errand.by)


def _repair(errand: Errand) -> None:
    if errand.day:
        calls.repair(errand.connection, errand.day, errand.queue)


DOERS: dict[str, Callable[[Errand], SyncRun | None]] = {
    Errand.Kind.DRY: _dry,
    Errand.Kind.ROLLBACK: _roll_back,
    Errand.Kind.REPAIR: _repair,
}
