"""What does the worker do when it is told to? What the rows say is due; each task may come never, once or ten times."""

from __future__ import annotations

from celery import shared_task

from integrations import retention, timetable
from integrations.wake import wake


@shared_task
def sweep() -> None:
    """Finds everything that is due, whoever was or was not told of it, and has it done."""
    timetable.bury()
    for task, number in timetable.due():
        wake(task, number)


@shared_task
def retain() -> None:
    if retention.tidy():
        wake("retain")
