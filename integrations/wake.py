"""Who tells the worker that there is something to do? A thread of our own, so that nobody ever waits for the broker.

The truth is a row: a wake-up may be lost, doubled or late, and the sweeper finds the row all the same (contract E6,
traps 3 and 4). So nothing here is repeated, and nothing may depend on it.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import closing

from django.db import transaction

from crm import celery_app
from integrations.clock import scaled

Call = tuple[str, tuple[object, ...]]

GATHER_SECONDS = 0.3  # a rush of wake-ups for the same rows is told once
REST_SECONDS = 2.0  # after the broker did not answer
MOST_WAITING = 1000
TRANSPORT = {"socket_timeout": 2, "socket_connect_timeout": 2, "max_retries": 1, "interval_start": 0}

log = logging.getLogger(__name__)


def wake(task: str, *ids: object) -> None:
    """Asks for `integrations.tasks.<task>(*ids)`, after the transaction if we are in one. Never waits, never raises."""
    call = (f"integrations.tasks.{task}", tuple(number if isinstance(number, int) else str(number) for number in ids))
    if transaction.get_connection().in_atomic_block:
        transaction.on_commit(lambda: _bell.ring(call), robust=True)
    else:
        _bell.ring(call)


class Bell:
    """Wake-ups that wait to be sent, each once and in order, and the thread that sends them; made when first needed."""

    def __init__(self) -> None:
        self.waiting: dict[Call, None] = {}
        self.rung = threading.Condition()
        self.thread: threading.Thread | None = None

    def ring(self, call: Call) -> None:
        with self.rung:
            if len(self.waiting) < MOST_WAITING:
                self.waiting[call] = None
            if not self.thread:
                self.thread = threading.Thread(target=self.run, name="wake", daemon=True)
                self.thread.start()
            self.rung.notify()

    def run(self) -> None:
        while True:
            calls = self.taken()
            try:
                self.send(calls)
                time.sleep(scaled(GATHER_SECONDS))
            except Exception as error:  # whatever a broker that is away does to its client
                log.warning("The broker cannot be told; the sweeper will.", extra={"cause": type(error).__name__})
                time.sleep(scaled(REST_SECONDS))

    def taken(self) -> list[Call]:
        """Everything that waits, as soon as there is something; what rings from now on is told again."""
        with self.rung:
            self.rung.wait_for(lambda: self.waiting)
            calls = list(self.waiting)
            self.waiting.clear()
            return calls

    def send(self, calls: list[Call]) -> None:
        with closing(celery_app.connection_for_write(transport_options=TRANSPORT)) as broker:
            for task, ids in calls:
                celery_app.send_task(task, ids, connection=broker, retry=False)


def _renew() -> None:
    """A forked child has no thread and perhaps a lock that nobody will open."""
    global _bell
    _bell = Bell()


_bell = Bell()
os.register_at_fork(after_in_child=_renew)
