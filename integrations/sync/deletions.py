"""What happens to what is deleted over there? Hidden, deleted after thirty days; if it is much, a person is asked.

Contract C7: an outage, lost rights or a bad filter must not look like "everything deleted" (threat 15).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from integrations.clock import now
from integrations.models import Direction, RecordChange, RemoteLink, Stream, SyncRun
from integrations.sync.bulk import copy
from integrations.sync.ours import RECORDS

FREE, SHARE = 20, 0.02  # so many, or such a share of the connection's records, need nobody's word
UNDO_DAYS = 30


class NeedsPerson(Exception):
    """It stops here; the text is the question."""


def apply(stream: Stream, run: SyncRun, remote_ids: Sequence[str], gone: str = RemoteLink.State.GONE) -> None:
    """Hides the records of these ids, in the transaction of the page. Raises NeedsPerson when it is too many."""
    rows = list(_live(stream).filter(remote_id__in=remote_ids).values_list("pk", "remote_id", f"{stream.entity}_id"))
    if not rows:
        return
    if stream.gone == Stream.Gone.KEEP:  # a person said so
        gone = RemoteLink.State.SUSPENDED
    if gone == RemoteLink.State.GONE:
        ask(stream, run, len(rows))
        run.deleted += len(rows)
        hide(stream, [record_id for _, _, record_id in rows if record_id])
        action = RecordChange.Action.HIDDEN
        remember(run, ((remote_id, record_id, action) for _, remote_id, record_id in rows if record_id))
    RemoteLink.objects.filter(pk__in=[key for key, _, _ in rows]).update(state=gone, gone_at=now(), taken=None)


def remember(run: SyncRun, rows: Iterable[tuple[str, int, str]]) -> None:
    columns = ["run_id", "remote_id", "record_id", "action", "before", "after", "reason"]
    copy(RecordChange._meta.db_table, columns, ((run.pk, *row, "{}", "{}", "") for row in rows))


def hide(stream: Stream, record_ids: Sequence[int]) -> None:
    """Only what this connection is the master of: another's records are not its to delete."""
    rows = RECORDS[stream.entity].objects.filter(pk__in=record_ids, master=stream.connection.slug, hidden_at=None)
    rows.update(hidden_at=now(), changed_at=now())


def _live(stream: Stream) -> Any:
    return RemoteLink.objects.filter(connection=stream.connection_id, entity=stream.entity, state=RemoteLink.State.LIVE)


def ask(stream: Stream, run: SyncRun, count: int, total: int | None = None) -> None:
    """Raises NeedsPerson where so many more would be too many for one run; `total` where no links count the records."""
    if stream.gone == Stream.Gone.KEEP:
        return
    total, wanted = (_live(stream).count() if total is None else total) + run.deleted, run.deleted + count
    if wanted <= max(FREE, int(total * SHARE), stream.deletions_approved):
        return
    raise NeedsPerson(wanted, total)


def stop(stream: Stream, run: SyncRun, wanted: int, total: int) -> str:
    """The question, kept on the stream until somebody answers it."""
    stream.deletions_asked = wanted
    title, records = stream.connection.title, stream.get_entity_display().lower()
    gone, there = (title, "here") if stream.direction == Direction.INWARD else ("Callroom", f"in {title}")
    stream.paused_reason = f"At least {wanted:,} of {total:,} {records} are gone in {gone}. Take them away {there} too?"
    return stream.paused_reason


def approve(stream: Stream) -> None:
    """A person said: yes, delete them. The next run may delete all that it wanted to, and as many again."""
    Stream.objects.filter(pk=stream.pk).update(
        deletions_approved=max(stream.deletions_asked * 2, FREE), deletions_asked=0, paused_reason="", due_at=now()
    )


def keep(stream: Stream) -> None:
    """A person said: no. What is gone there stays here, now and from now on."""
    Stream.objects.filter(pk=stream.pk).update(
        gone=Stream.Gone.KEEP, deletions_asked=0, deletions_approved=0, paused_reason="", due_at=now()
    )


def purge(limit: int = 1000) -> int:
    """Deletes for good what was hidden for thirty days; calls and activities stay, without the person."""
    count = 0
    for model in RECORDS.values():
        with transaction.atomic():
            old = model.objects.filter(hidden_at__lt=now() - timedelta(days=UNDO_DAYS)).order_by("hidden_at")
            keys = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:limit])
            model.objects.filter(pk__in=keys).delete()
            count += len(keys)
    return count
