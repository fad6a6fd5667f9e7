"""What runs in the background, and when? The Celery app, and the timetable that every worker keeps by itself."""

from __future__ import annotations

import os
from contextlib import closing
from typing import Any

from celery import Celery, bootsteps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")

TRANSPORT = {"socket_timeout": 2, "socket_connect_timeout": 2, "max_retries": 1, "interval_start": 0}

app = Celery("crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["widget", "integrations"])


class Timekeeper(bootsteps.StartStopStep):
    """Tells the tasks of the timetable from inside the worker.

    Celery's own beat is another process beside the pool: when it is killed nobody starts it again, and nothing is swept
    any more. This lives as long as the worker does, and begins anew with each connection to the broker. Several workers
    tell several times, which does no harm: the tasks do what the rows say is due.
    """

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, consumer: Any) -> None:
        self.ticking = []
        for entry in app.conf.beat_schedule.values():
            told = (entry["task"], entry["options"])
            tell(*told)
            self.ticking.append(consumer.timer.call_repeatedly(entry["schedule"], tell, told))

    def stop(self, consumer: Any) -> None:
        for tick in self.ticking:
            tick.cancel()


def tell(task: str, options: dict[str, Any]) -> None:
    """Puts a task into the queue by a connection of its own, whose every wait is short."""
    with closing(app.connection_for_write(transport_options=TRANSPORT)) as broker:
        app.send_task(task, connection=broker, retry=False, **options)


app.steps["consumer"].add(Timekeeper)
