"""How is a connection doing? In words, with the way to what is wrong; six statements for any number of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Min, OuterRef, Q, Subquery
from django.utils.timesince import timesince
from django.utils.timezone import localtime

from integrations.clock import now
from integrations.models import (
    Connection,
    Direction,
    Entity,
    FieldMapping,
    RecordFailure,
    Stream,
    SyncRun,
    WebhookEvent,
)
from integrations.wording import counted

GOOD_RUNS = (SyncRun.State.DONE, SyncRun.State.WITH_ERRORS)
TONES = ("bad", "warn", "info", "good")  # the worst first
LOW_QUOTA = 0.1


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to know, and the page of the panel where one does something about it."""

    tone: str
    text: str
    page: str = ""


@dataclass(slots=True)
class Health:
    """`lag_seconds` is how old the oldest thing is that should have been here by now; None when nothing flows."""

    connection: Connection
    streams: list[Stream] = field(default_factory=list)
    last_run: SyncRun | None = None
    lag_seconds: float | None = None
    events_due: int = 0
    events_dead: int = 0
    failures_waiting: int = 0
    failures_dead: int = 0
    suspended: int = 0
    oldest_event_at: datetime | None = None
    remarks: list[Remark] = field(default_factory=list)

    @property
    def tone(self) -> str:
        return min((remark.tone for remark in self.remarks), key=TONES.index)

    @property
    def brings_records(self) -> bool:
        """Whether people or companies come from it, who may be here already."""
        return any(
            one.direction == Direction.INWARD and one.entity in (Entity.CONTACT, Entity.ACCOUNT) for one in self.streams
        )

    @property
    def word(self) -> str:
        """One word for the tone, since a colour never speaks alone."""
        if not self.connection.is_enabled:
            return "Off"
        return {"bad": "Needs you", "warn": "Look at it", "info": "Not synchronising yet", "good": "Works"}[self.tone]

    @property
    def lag(self) -> str:
        if self.lag_seconds is None:
            return "–"
        return "none" if self.lag_seconds < 60 else timesince(now() - timedelta(seconds=self.lag_seconds), depth=1)

    @property
    def quota_left(self) -> str:
        used, limit = self.connection.quota.get("used"), self.connection.quota.get("limit")
        return f"{limit - used:,} of {limit:,}" if isinstance(used, int) and isinstance(limit, int) else "not told"


def of(connection: Connection) -> Health:
    return of_all([connection])[0]


def of_all(connections: Iterable[Connection]) -> list[Health]:
    """One for each, in the same order."""
    found = {connection.pk: Health(connection) for connection in connections}
    _add_streams(found)
    _add_failures(found)
    _add_events(found)
    for row in _counted(FieldMapping.objects.exclude(suspended_reason=""), found, "stream__connection"):
        found[row["stream__connection"]].suspended = row["count"]
    for health in found.values():
        health.lag_seconds = _lag_seconds(health)
        health.remarks = list(_remarks(health))
    return list(found.values())


def with_last_runs(streams: Any) -> Any:
    """The streams, each with `last_id` (of any run but a dry one) and `good_at` (when the last good one began)."""
    runs = SyncRun.objects.filter(stream=OuterRef("pk")).exclude(kind=SyncRun.Kind.DRY).order_by("-started_at")
    good = runs.filter(state__in=GOOD_RUNS, kind__in=[SyncRun.Kind.CHANGES, SyncRun.Kind.FULL])
    return streams.annotate(last_id=Subquery(runs.values("pk")[:1]), good_at=Subquery(good.values("started_at")[:1]))


def _add_streams(found: dict[UUID, Health]) -> None:
    streams = list(with_last_runs(Stream.objects.filter(connection__in=found)))
    runs = SyncRun.objects.select_related("stream").in_bulk([one.last_id for one in streams if one.last_id])
    for stream in streams:
        health = found[stream.connection_id]
        stream.connection = health.connection
        health.streams.append(stream)
        run = runs.get(stream.last_id)
        if run and (not health.last_run or run.started_at > health.last_run.started_at):
            health.last_run = run


def _add_failures(found: dict[UUID, Health]) -> None:
    counts = {
        "waiting": Count("pk", filter=Q(state=RecordFailure.State.WAITING)),
        "dead": Count("pk", filter=Q(state=RecordFailure.State.DEAD)),
    }
    open_ones = RecordFailure.objects.exclude(state=RecordFailure.State.SETTLED)
    for row in _counted(open_ones, found, "stream__connection", **counts):
        health = found[row["stream__connection"]]
        health.failures_waiting, health.failures_dead = row["waiting"], row["dead"]


def _add_events(found: dict[UUID, Health]) -> None:
    for row in _counted(WebhookEvent.objects.exclude(due_at=None), found, "connection", oldest=Min("received_at")):
        health = found[row["connection"]]
        health.events_due, health.oldest_event_at = row["count"], row["oldest"]
    dead = WebhookEvent.objects.filter(state__in=[WebhookEvent.State.DEAD, WebhookEvent.State.MALFORMED])
    for row in _counted(dead, found, "connection"):
        found[row["connection"]].events_dead = row["count"]


def _counted(rows: Any, found: dict[UUID, Health], by: str, **counts: Any) -> Any:
    return rows.filter(**{f"{by}__in": found}).order_by().values(by).annotate(count=Count("pk"), **counts)


def _lag_seconds(health: Health) -> float | None:
    moment = now()
    running = [stream for stream in health.streams if stream.is_enabled]
    ages = [_overdue(stream, moment) for stream in running]
    if health.oldest_event_at:
        ages.append((moment - health.oldest_event_at).total_seconds())
    return max(ages, default=None)


def _overdue(stream: Any, moment: datetime) -> float:
    """Seconds since the last good run began, beyond what the timetable allows."""
    if not stream.good_at:
        return 0.0
    return max((moment - stream.good_at).total_seconds() - stream.every_minutes * 60, 0.0)


def _remarks(health: Health) -> Iterable[Remark]:
    found = [*_about_connection(health.connection), *_about_streams(health), *_about_queues(health)]
    if found:
        return sorted(found, key=lambda remark: TONES.index(remark.tone))
    if any(stream.is_enabled for stream in health.streams):
        return [Remark("good", "Everything flows.")]
    return [Remark("info", "Nothing flows by itself yet: choose what shall.", "streams")]


def _about_connection(connection: Connection) -> Iterable[Remark]:
    if not connection.is_enabled:
        yield Remark("warn", "Switched off: nothing is asked of it and nothing is sent.", "change")
    if connection.paused_reason:
        yield Remark("bad", connection.paused_reason, "check")
    elif any(finding.get("tone") == "bad" for finding in connection.findings):
        yield Remark("bad", "The last check found something to put right.", "check")
    elif not connection.checked_at:
        yield Remark("info", "Not checked yet.", "check")
    if connection.rests_until and connection.rests_until > now():
        yield Remark("warn", f"Nothing is asked before {localtime(connection.rests_until):%H:%M:%S}: it needs a rest.")
    used, limit = connection.quota.get("used"), connection.quota.get("limit")
    if isinstance(used, int) and isinstance(limit, int) and limit - used < limit * LOW_QUOTA:
        yield Remark("warn", f"{counted(limit - used, 'request')} of {limit:,} left for now.")


def _about_streams(health: Health) -> Iterable[Remark]:
    for stream in health.streams:
        if stream.paused_reason:
            name = f"{stream.get_entity_display()} {stream.get_direction_display()}"
            yield Remark("bad", f"{name}: {stream.paused_reason}", "streams")
    if health.last_run and health.last_run.state == SyncRun.State.FAILED:
        yield Remark("warn", health.last_run.message or "The last run broke off. It is tried again.", "runs")
    if health.suspended:
        yield Remark("warn", f"{counted(health.suspended, 'mapped field')} suspended; the others go on.", "streams")


def _about_queues(health: Health) -> Iterable[Remark]:
    if health.failures_dead:
        yield Remark(
            "warn", f"{counted(health.failures_dead, 'record')} refused for good: a person is needed.", "failures"
        )
    if health.failures_waiting:
        yield Remark("warn", f"{counted(health.failures_waiting, 'record')} failed, to be tried again.", "failures")
    if health.events_dead:
        yield Remark("warn", f"{counted(health.events_dead, 'event')} could not be used.", "inbox")
