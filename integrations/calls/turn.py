"""What does one turn of the timetable do for activities? What is new, what is not over, and today's ledger."""

from __future__ import annotations

import logging
from zoneinfo import ZoneInfo

from integrations.calls import counting, sweeping
from integrations.clock import now, wait
from integrations.connectors.errors import ConnectorError
from integrations.models import Connection, SyncRun

COUNTED_EVERY_SECONDS = 3600.0

log = logging.getLogger(__name__)


def sweep(connection: Connection) -> SyncRun:
    """Lists what began since the last sweep, re-reads what is due, counts today. Raises Busy where it is being done."""
    run = sweeping.list_new(connection)
    sweeping.reread(connection)
    if run.state == SyncRun.State.DONE:
        _count_today(connection)
    return run


def _count_today(connection: Connection) -> None:
    """The night counts the days before; today's lines are an hour old at most."""
    today = now().astimezone(ZoneInfo(connection.time_zone)).date()
    fresh = connection.ledger.filter(day=today, counted_at__gt=now() - wait(COUNTED_EVERY_SECONDS))
    if fresh.exists():
        return
    try:
        counting.repair(connection, today)
    except ConnectorError as error:
        log.info("Today cannot be counted just now.", extra={"connection": connection.slug, "cause": str(error)})
