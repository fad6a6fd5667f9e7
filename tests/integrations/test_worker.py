"""Does a real worker find by itself what is due, without a wake-up, and also after its pool was killed?"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection as database

from crm import programs
from crm.processes import Process
from faults.product import children
from integrations.clock import now
from integrations.models import Connection, WebhookEvent
from tests.factories import ConnectionFactory

IN_TIME_SECONDS = 60.0  # a machine may be busy; with this scale a sweep comes every 0.6 s


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path) -> Iterator[Process]:
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database.settings_dict['NAME']}").geturl()
    environment = {"DATABASE_URL": address, "WAIT_SCALE": "0.02", "REDIS_URL": settings.REDIS_URL}
    with programs.worker(tmp_path, environment) as running:
        running.wait(IN_TIME_SECONDS)
        yield running


def is_handled(connection: Connection, key: str) -> bool:
    """An event that nobody was told of."""
    event = WebhookEvent.objects.create(connection=connection, key=key, body=b"{}", due_at=now())
    until = time.monotonic() + IN_TIME_SECONDS
    while time.monotonic() < until:
        event.refresh_from_db()
        if event.state == WebhookEvent.State.IGNORED:
            return True
        time.sleep(0.1)
    return False


def test_the_worker_steps_back_behind_whom_somebody_waits_for(worker: Process) -> None:
    everybody = [worker._popen.pid, *children(worker._popen.pid)]
    assert all(os.getpriority(os.PRIO_PROCESS, one) > os.getpriority(os.PRIO_PROCESS, 0) for one in everybody)


def test_what_is_due_is_found_without_a_wake_up_and_after_a_kill_9_of_the_pool(worker: Process) -> None:
    connection = ConnectionFactory()
    assert is_handled(connection, "before"), worker.last_lines(30)
    pool = children(worker._popen.pid)
    assert len(pool) >= 2
    for child in pool:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    assert is_handled(connection, "after"), worker.last_lines(30)
