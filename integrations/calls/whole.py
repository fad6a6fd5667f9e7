"""What was the whole call, when each of its parts is known? One call, however many handled it (contract A1).

A call is made of its parts alone, never of the order in which we heard of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from crm.models import Activity, Call
from integrations.calls.copies import known
from integrations.calls.reader import Reading, reading
from integrations.models import ActivityCopy, Connection

MADE_OF_PARTS = (
    "direction", "number", "queue_id", "team_id", "contact_id", "account_id", "started_at", "answered_at", "ended_at",
    "duration_seconds",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One user's part: our row, and what Daktela tells of it; None where it was not asked yet."""

    row: Activity
    told: Reading | None

    @property
    def over_at(self) -> datetime | None:
        if self.told:
            return self.told.over_at or self.told.closed_at
        return self.row.closed_at

    @property
    def is_over(self) -> bool:
        is_hung_up = bool(self.told and self.told.is_hung_up)
        return is_hung_up or self.row.status == Activity.Status.CLOSED

    @property
    def began(self) -> list[datetime]:
        called = self.told.call_started_at if self.told else None
        return [moment for moment in (called, self.row.time) if moment]


def bring_up_to_date(connection: Connection, calls: Collection[int], told: Mapping[str, Reading]) -> None:
    """Locks these calls and makes them what their parts say. `told` are the readings at hand."""
    rows = list(Call.objects.filter(pk__in=calls).order_by("pk").select_for_update(no_key=True)) if calls else []
    parts = _parts(connection, calls, told) if rows else {}
    changed = [call for call in rows if call.pk in parts and _make(call, parts[call.pk])]
    if changed:
        fields = [name.removesuffix("_id") for name in MADE_OF_PARTS]
        Call.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["source", "call_id"], update_fields=[*fields, "changed_at"]
        )


def _parts(connection: Connection, calls: Collection[int], told: Mapping[str, Reading]) -> dict[int, list[Part]]:
    """The parts of each call, the earliest first."""
    rows = Activity.objects.filter(call__in=calls).exclude(activity_id=None).order_by("time", "activity_id")
    names = {row.pk: row.activity_id or "" for row in rows}
    readings = {**_readings(connection, set(names.values()) - told.keys()), **told}
    parts: dict[int, list[Part]] = defaultdict(list)
    for row in rows:
        parts[row.call_id or 0].append(Part(row, readings.get(names[row.pk])))
    return parts


def _readings(connection: Connection, names: Collection[str]) -> dict[str, Reading]:
    zone = ZoneInfo(connection.time_zone)
    copies = ActivityCopy.objects.filter(connection=connection, name__in=names) if names else ()
    return {copy.name: reading(copy.name, known(copy).facts, zone) for copy in copies}


def _make(call: Call, parts: list[Part]) -> bool:
    """Whether the call is another than it was."""
    was = {field: getattr(call, field) for field in MADE_OF_PARTS}
    rows = [part.row for part in parts]
    answered = [row.answered_at for row in rows if row.answered_at]
    call.direction = _first(row.direction for row in rows) or call.direction
    call.number = _first(row.number for row in rows) or ""
    call.queue_id = _first(row.queue_id for row in rows) or call.queue_id
    call.team_id = call.team_id or _first(row.team_id for row in rows)
    call.started_at = min(moment for part in parts for moment in part.began)
    call.answered_at = min(answered, default=None)
    call.ended_at = _end(parts)
    call.duration_seconds = _seconds(call.answered_at, call.ended_at)
    _link(call, rows)
    return any(getattr(call, field) != value for field, value in was.items())


def _end(parts: Iterable[Part]) -> datetime | None:
    """When the last part was over; None while one of them goes on."""
    ends = [(part.is_over, part.over_at) for part in parts]
    return max((end for _, end in ends if end), default=None) if all(is_over for is_over, _ in ends) else None


def _seconds(start: datetime | None, end: datetime | None) -> int | None:
    return max(0, int((end - start).total_seconds())) if start and end else None


def _link(call: Call, rows: Iterable[Activity]) -> None:
    """A call nobody has is the customer's whom a part of it is linked to."""
    linked = next((row for row in rows if row.contact_id or row.account_id), None)
    if linked and not call.contact_id and not call.account_id:
        call.contact_id, call.account_id = linked.contact_id, linked.account_id


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value), None)
