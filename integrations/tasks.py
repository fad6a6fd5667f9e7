"""What does the worker do when it is told to? What the rows say is due; each task may come never, once or ten times."""

from __future__ import annotations

from celery import shared_task

from integrations import calls, errands, inbox, retention, rounds, timetable
from integrations.models import Connection
from integrations.wake import wake

RUN_SECONDS = 600  # it leaves at the end of a page: one of 500 records, at a write a second
COMPARE_SECONDS = 3600  # all there is, asked for by name; every page renews the lease


@shared_task
def sweep() -> None:
    """Finds everything that is due, whoever was or was not told of it, and has it done."""
    timetable.bury()
    rounds.begin()
    for task, number in timetable.due():
        wake(task, number)


@shared_task
def handle_events(connection_id: str) -> None:
    for connection in Connection.objects.filter(pk=connection_id, is_enabled=True):
        inbox.handle_due(connection)


@shared_task
def reread(connection_id: str) -> None:
    for connection in Connection.objects.filter(pk=connection_id, is_enabled=True):
        calls.reread(connection)


@shared_task(soft_time_limit=RUN_SECONDS, time_limit=RUN_SECONDS + 30)
def run_stream(stream_id: int) -> None:
    """One run, if it is due and its turn, and then whoever waited for its turn after it."""
    for stream in timetable.working_streams().due().filter(pk=stream_id):
        if timetable.has_its_turn(stream):
            rounds.run(stream)
        for task, number in timetable.streams(connection=stream.connection):
            wake(task, number)


@shared_task
def retry(stream_id: int) -> None:
    for stream in timetable.working_streams().filter(pk=stream_id):
        rounds.retry(stream)


@shared_task(soft_time_limit=COMPARE_SECONDS, time_limit=COMPARE_SECONDS + 30)
def compare(stream_id: int) -> None:
    """If it is due still, and no other is being compared."""
    if ("compare", stream_id) in timetable.comparisons():
        rounds.compare(timetable.working_streams().get(pk=stream_id))


@shared_task
def do_errand(errand_id: int) -> None:
    errands.do(errand_id)


@shared_task
def retain() -> None:
    if retention.tidy():
        wake("retain")
