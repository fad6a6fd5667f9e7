"""Which records failed, why, and when are they tried again? They own what the cursor has passed (contract C6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection as database

from integrations.clock import now, scaled
from integrations.models import Entity, RecordFailure, Stream, SyncRun
from integrations.wake import wake

# Seconds until the next try, each ±20 %. A record that is still refused after the last of them needs a person.
BACK_OFF = (60, 300, 1800, 7200, 21600, 86400, 86400, 86400)
KEEP = """
insert into integrations_recordfailure as mine
  (stream_id, run_id, key, field, reason, state, attempts, next_try_at, failed_at, digest)
select %(stream)s, %(run)s, new.key, new.field, new.reason,
       case when new.is_final then 'dead' else 'waiting' end, 1,
       case when not new.is_final then %(now)s + (%(waits)s::interval[])[1] * (0.8 + random() * 0.4) end,
       %(now)s, new.digest
from unnest(%(keys)s::text[], %(fields)s::text[], %(reasons)s::text[], %(finals)s::bool[], %(digests)s::bytea[])
  as new(key, field, reason, is_final, digest)
on conflict (stream_id, key) do update set
  run_id = excluded.run_id, field = excluded.field, reason = excluded.reason, digest = excluded.digest,
  settled_at = null, {counting}
where mine.state = 'settled' or %(is_retry)s or mine.digest is distinct from excluded.digest
"""
AGAIN = """
  failed_at = excluded.failed_at,
  attempts = case when mine.state = 'settled' then 1 else mine.attempts + 1 end,
  state = case when mine.state <> 'settled' and mine.attempts >= {most} then 'dead' else excluded.state end,
  next_try_at = case
    when excluded.state = 'dead' or (mine.state <> 'settled' and mine.attempts >= {most}) then null
    when mine.state = 'settled' then excluded.next_try_at
    else excluded.failed_at + (%(waits)s::interval[])[least(mine.attempts + 1, {most})] * (0.8 + random() * 0.4)
  end
"""


@dataclass(frozen=True, slots=True)
class Failed:
    """`key` as in RecordFailure. `is_final`: it is refused for good, until the record or the mapping changes."""

    key: str
    reason: str
    field: str = ""
    is_final: bool = False
    digest: bytes | None = None


def keep(stream: Stream, run: SyncRun, failures: Iterable[Failed]) -> None:
    """Counts one more attempt of each; in the transaction that moves the cursor past them.

    The same bytes that an overlap brings again are no attempt.
    """
    rows = list({one.key: one for one in failures}.values())
    if not rows:
        return
    with database.cursor() as cursor:
        cursor.execute(_statement(), {
            "is_retry": run.kind == SyncRun.Kind.RETRY, "stream": stream.pk, "run": run.pk, "now": now(),
            "waits": _waits(),
            "keys": [one.key[:128] for one in rows], "fields": [one.field[:200] for one in rows],
            "reasons": [one.reason[:300] for one in rows], "finals": [one.is_final for one in rows],
            "digests": [one.digest for one in rows],
        })  # fmt: skip


def _statement() -> str:
    return KEEP.format(counting=AGAIN.format(most=len(BACK_OFF)))


def _waits() -> list[str]:
    return [f"{scaled(seconds)} seconds" for seconds in BACK_OFF]


def heal(stream: Stream, keys: Sequence[str]) -> None:
    """What works after all is settled, by itself."""
    if keys:
        open_ones(stream).filter(key__in=keys).update(
            state=RecordFailure.State.SETTLED, settled_at=now(), next_try_at=None
        )


def open_ones(stream: Stream) -> Any:
    return RecordFailure.objects.filter(stream=stream).exclude(state=RecordFailure.State.SETTLED)


def due(stream: Stream, most: int = 500) -> list[RecordFailure]:
    waiting = RecordFailure.objects.filter(stream=stream, state=RecordFailure.State.WAITING, next_try_at__lte=now())
    return list(waiting.order_by("next_try_at")[:most])


def hurry(accounts: Stream) -> None:
    """Accounts have come: the contacts that wait for theirs are tried at once, and not when their turn would be."""
    waiting = RecordFailure.objects.filter(
        stream__in=accounts.connection.streams.filter(entity=Entity.CONTACT, direction=accounts.direction),
        field="account",
        state=RecordFailure.State.WAITING,
    )
    if waiting.update(next_try_at=now()):
        for stream in waiting.values_list("stream", flat=True).distinct().order_by():
            wake("retry", stream)
