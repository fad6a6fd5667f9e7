"""How do our calls and activities become what Daktela told? A page at a time, by a handful of statements.

What is ours stays ours: note, outcome, what an agent filled in, and a link that a person made or took off (contract A5,
A7). The widget may make the same rows at the same moment: the unique keys decide, and both mean the same record. Rows
are locked in one order everywhere: copies, activities, calls.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from crm.models import Activity, Call
from crm.models.activity import Activity as A
from integrations.calls import whose
from integrations.calls.copies import forget, known
from integrations.calls.reader import CHANNELS, Reading, reading
from integrations.calls.whole import bring_up_to_date
from integrations.clock import now
from integrations.models import ActivityCopy, Connection

TOLD = (
    "type", "status", "direction", "call_id", "queue_id", "team_id", "user_id", "user_name", "number", "title", "text",
    "time", "answered_at", "closed_at", "duration_seconds", "has_recording", "is_time_ambiguous",
)  # fmt: skip
LINK = ("link", "contact_id", "account_id")
WRITTEN = [*(name.removesuffix("_id") for name in TOLD), "revision", "changed_at"]


def keep(connection: Connection, copies: Sequence[ActivityCopy], closed: Collection[str] = ()) -> list[Activity]:
    """Writes what these copies know, inside a transaction that has locked them; returns the activities that changed.

    `closed` are those that Daktela had told as closed before: their changes count as revisions (contract A8).
    """
    if not copies:
        return []
    page = Page(connection, copies)
    before = page.rows()
    rows, changed = {}, []
    for copy in copies:
        rows[copy.name], is_changed = page.brought(copy, before.get(copy.name))
        rows[copy.name].revision += is_changed and copy.name in closed
        copy.revision = rows[copy.name].revision
        changed += [rows[copy.name]] if is_changed else []
    page.save(changed, before)
    for copy in copies:
        copy.activity = rows[copy.name]
    bring_up_to_date(connection, page.calls.values(), page.readings)
    return changed


class Page:
    """The copies of one page, and everything of ours they speak of, read by one question each."""

    def __init__(self, connection: Connection, copies: Sequence[ActivityCopy]) -> None:
        self.connection = connection
        self.zone = ZoneInfo(connection.time_zone)
        self.readings = {copy.name: self._read(copy) for copy in copies}
        told = self.readings.values()
        self.queues = whose.queues(connection, told)
        self.agents = whose.agents(connection, told)
        self.numbers = whose.keys(self.readings, self.queues)
        self._forget(copies)
        self.owners = whose.Owners(connection, {key for key in self.numbers.values() if key}, list(told))
        self.calls = self._calls()
        self.said = whose.said(self.calls.values())

    def _forget(self, copies: Iterable[ActivityCopy]) -> None:
        """Nothing personal stays of whoever asked to be erased, neither in the records nor in the copies."""
        erased = whose.erased(self.connection, self.readings, self.numbers)
        for copy in copies:
            if copy.name in erased:
                forget(copy)
                self.readings[copy.name] = self._read(copy)
                self.numbers[copy.name] = ""

    def _read(self, copy: ActivityCopy) -> Reading:
        return reading(copy.name, known(copy).facts, self.zone)

    def _calls(self) -> dict[str, int]:
        """The calls by Daktela's id; one that we only hear of now is made as a stub (contract A1)."""
        first: dict[str, Reading] = {}
        for one in self.readings.values():
            if one.call_id:
                first.setdefault(one.call_id, one)
        found = self._known_calls(first)
        if missing := first.keys() - found.keys():
            Call.objects.bulk_create([self._stub(first[key]) for key in sorted(missing)], ignore_conflicts=True)
            found = self._known_calls(first)
        return found

    def _known_calls(self, call_ids: Collection[str]) -> dict[str, int]:
        rows = Call.objects.filter(source=self.connection.slug, call_id__in=call_ids)
        return dict(rows.order_by().values_list("call_id", "pk")) if call_ids else {}

    def _stub(self, told: Reading) -> Call:
        began = told.call_started_at or told.started_at or now()
        return Call(source=self.connection.slug, call_id=told.call_id, started_at=began)

    def rows(self) -> dict[str, Activity]:
        """Our activities of these names, locked."""
        ours = Activity.objects.filter(source=self.connection.slug, activity_id__in=self.readings)
        return {row.activity_id or "": row for row in ours.order_by("pk").select_for_update(no_key=True)}

    def brought(self, copy: ActivityCopy, row: Activity | None) -> tuple[Activity, bool]:
        """Our row as it should be, and whether it is another than it was."""
        is_new = row is None
        row = row or Activity(
            source=self.connection.slug, activity_id=copy.name, time=now(), type="", status=A.Status.RINGING
        )
        was = state(row)
        told = self._values(copy, row)
        for field, value in told.items():
            setattr(row, field, value)
        self._link(row, self.readings[copy.name], was)
        return row, is_new or state(row) != was

    def _values(self, copy: ActivityCopy, row: Activity) -> dict[str, Any]:
        """Each told field. Before Daktela itself was asked, what a body leaves out leaves ours as it is."""
        one = self.readings[copy.name]
        queue = self.queues.get(one.queue)
        is_known = one.remote_user in self.agents
        values = {
            "type": _type(one, row),
            "status": one.status,
            "direction": one.direction,
            "call_id": self.calls.get(one.call_id) or row.call_id,
            "queue_id": queue.pk if queue else row.queue_id,
            "team_id": row.team_id or (queue.team_id if queue else None),
            "user_id": self.agents.get(one.remote_user) if one.remote_user else row.user_id,
            "user_name": "" if is_known else one.user_name,
            "number": self.numbers[copy.name],
            "title": one.title,
            "text": one.text,
            "time": one.started_at or row.time,
            "answered_at": one.answered_at,
            "closed_at": one.closed_at,
            "duration_seconds": one.duration_seconds,
            "has_recording": one.has_recording,
            "is_time_ambiguous": one.is_time_ambiguous,
        }
        if copy.applied:
            return values
        values["status"] = max(row.status, one.status, key=A.Status.values.index)
        return {field: value or getattr(row, field) for field, value in values.items()}

    def _link(self, row: Activity, one: Reading, was: dict[str, Any]) -> None:
        """Links the one sure record, unless somebody said otherwise; a number that was corrected is asked again."""
        if row.link in (A.Link.MANUAL, A.Link.REFUSED):
            return
        if row.link == A.Link.AUTO and row.number == was["number"] and (row.contact_id or row.account_id):
            return
        owner = self.said.get(row.call_id)
        if owner is None:
            owner = self.owners.of(row.number, one, row.team_id, self._ignored(one))
        row.link = A.Link.AUTO if owner else A.Link.NONE
        row.contact_id, row.account_id = owner.contact_id, owner.account_id

    def _ignored(self, one: Reading) -> Sequence[str]:
        queue = self.queues.get(one.queue)
        return queue.ignored_numbers if queue else ()

    def save(self, rows: Sequence[Activity], before: Mapping[str, Activity]) -> None:
        """New rows and changed ones alike; what is local is not among the fields that are written."""
        _write([row for row in rows if row.activity_id not in before], WRITTEN)
        _write([row for row in rows if row.activity_id in before], [*WRITTEN, "link", "contact", "account"])


def _write(rows: Sequence[Activity], fields: list[str]) -> None:
    """`fields` are what is written where the row is there already, made by the widget a moment ago perhaps."""
    unique = ["source", "activity_id"]
    Activity.objects.bulk_create(rows, update_conflicts=True, unique_fields=unique, update_fields=fields)


def state(row: Activity) -> dict[str, Any]:
    return {field: getattr(row, field) for field in (*TOLD, *LINK)}


def _type(one: Reading, row: Activity) -> str:
    """One of our channels; what Daktela calls otherwise is custom, what it does not tell stays."""
    if one.type:
        return one.type if one.type in CHANNELS else A.Type.CUSTOM
    return row.type or (A.Type.CALL if one.call_id else A.Type.CUSTOM)
