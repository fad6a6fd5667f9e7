"""What happened with this person or company? All channels in one line of time, newest first, in pages.

Activities lead: with the index on (contact, time, id) a page of them costs the same anywhere. Calls nobody handled,
tasks that are done and cases are laid between them, only for the stretch of time that the page covers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any
from urllib.parse import quote

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.tuple_lookups import TupleLessThan
from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from crm import ids
from crm.models import Account, Activity, Call, Contact, Task, Ticket, User
from crm.views.base import url_of
from crm.wording import activity_icon, call_icon, call_title, length

SIZE = 20
Type = Activity.Type
MESSAGES = (Type.CHAT, Type.SMS, Type.FBM, Type.IGDM, Type.WAP, Type.VBR)
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "calls": ("Calls", (Type.CALL,)),
    "emails": ("E-mails", (Type.EMAIL,)),
    "messages": ("Chats and messages", MESSAGES),
    "notes": ("Notes", (Type.NOTE,)),
    "tasks": ("Tasks", ()),
    "cases": ("Cases", ()),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line, as components/_timeline.html shows it."""

    time: datetime
    key: tuple[str, int]
    icon: str
    heading: str
    url: str = ""
    tone: str = ""
    text: str = ""
    meta: str = ""
    chips: list[tuple[str, str]] = field(default_factory=list)
    recording: int = 0  # the activity whose recording may be played


@dataclass(frozen=True, slots=True)
class Timeline:
    """`days` are pairs of a date and its entries; `older` is what the next page's address says, or ""."""

    days: list[tuple[date, list[Entry]]]
    older: str
    kind: str

    @property
    def older_in_address(self) -> str:
        return quote(self.older)


@dataclass(frozen=True, slots=True)
class Place:
    """The entry a page stands behind. Rows of one moment are ordered by their table, then by their id."""

    time: datetime
    table: str
    pk: int

    @classmethod
    def read(cls, text: str) -> Place | None:
        """ "2026-11-20T09:00:00+00:00~activity~12", or None where it is nonsense."""
        time, _, rest = text.partition("~")
        table, _, pk = rest.partition("~")
        try:
            moment = parse_datetime(time)
        except ValueError:
            return None
        number = ids.read(pk)
        is_sane = moment and timezone.is_aware(moment) and table in TABLES
        return cls(moment, table, number) if moment and number and is_sane else None

    def __str__(self) -> str:
        return f"{self.time.isoformat()}~{self.table}~{self.pk}"

    def behind(self, rows: QuerySet[Any], table: str, column: str) -> QuerySet[Any]:
        """The rows of one table that come after this place."""
        if table == self.table:
            return rows.filter(TupleLessThan((column, "pk"), (self.time, self.pk)))
        return rows.filter(**{f"{column}__{'lte' if table < self.table else 'lt'}": self.time})


TABLES = {"activity": "time", "call": "started_at", "task": "done_at", "ticket": "opened_at"}
WITHOUT_ACTIVITIES = ("tasks", "cases")


def timeline(about: Contact | Account, user: User, query: QueryDict) -> Timeline:
    """The page that `?kind=` and `?older=` ask for, of what this user may see."""
    kind = query.get("kind", "") if query.get("kind") in KINDS else ""
    at = Place.read(query.get("older", ""))
    entries = list(_entries(about, user, kind, at))
    entries.sort(key=lambda entry: (entry.time, *entry.key), reverse=True)
    shown = entries[:SIZE]
    older = str(Place(shown[-1].time, *shown[-1].key)) if len(entries) > SIZE else ""
    days = groupby(shown, key=lambda entry: timezone.localtime(entry.time).date())
    return Timeline([(day, list(group)) for day, group in days], older, kind)


def _entries(about: Contact | Account, user: User, kind: str, at: Place | None) -> Iterator[Entry]:
    """At least SIZE + 1 of the newest behind the place, where there are as many."""
    activities = list(_rows("activity", _activities(about, user, kind), at)) if kind not in WITHOUT_ACTIVITIES else []
    yield from (_activity(row, user) for row in activities)
    since = activities[-1].time if len(activities) > SIZE else None
    if kind in ("", "calls"):
        yield from map(_call, _rows("call", _calls(about, user), at, since))
    if kind in ("", "tasks"):
        yield from map(_task, _rows("task", _tasks(about, user), at, since))
    if kind in ("", "cases"):
        yield from map(_case, _rows("ticket", _cases(about, user), at, since))


def _rows(table: str, rows: QuerySet[Any], at: Place | None, since: datetime | None = None) -> QuerySet[Any]:
    column = TABLES[table]
    rows = at.behind(rows, table, column) if at else rows
    rows = rows.filter(**{f"{column}__gte": since}) if since else rows
    return rows.order_by(f"-{column}", "-pk")[: SIZE + 1]


def _of(about: Contact | Account) -> dict[str, Any]:
    return {str(about._meta.model_name): about}


def _activities(about: Contact | Account, user: User, kind: str) -> QuerySet[Any]:
    rows = Activity.objects.visible_to(user).filter(**_of(about))
    rows = rows.filter(type__in=KINDS[kind][1]) if kind else rows
    return rows.select_related("user", "queue", "outcome", "contact")


def _calls(about: Contact | Account, user: User) -> QuerySet[Any]:
    """The calls nobody handled: all others stand in the line as somebody's activity."""
    handled = Activity.objects.filter(call=OuterRef("pk"))
    return Call.objects.visible_to(user).filter(~Exists(handled), **_of(about)).select_related("queue", "contact")


def _tasks(about: Contact | Account, user: User) -> QuerySet[Any]:
    return Task.objects.visible_to(user).filter(done_at__isnull=False, **_of(about)).select_related("user", "contact")


def _cases(about: Contact | Account, user: User) -> QuerySet[Any]:
    return Ticket.objects.visible_to(user).filter(**_of(about))


def _activity(row: Activity, user: User) -> Entry:
    is_call = row.type == Type.CALL
    return Entry(
        time=row.time,
        key=("activity", row.pk),
        icon=activity_icon(row),
        tone="bad" if row.is_missed else "",
        heading=call_title(row) if is_call else row.title or row.get_type_display(),
        url=url_of(row),
        text=row.note or row.text[:300],
        meta=_joined(row.user or row.user_name, row.queue, length(row.duration_seconds)),
        chips=[("info", str(row.outcome))] if row.outcome else [],
        recording=row.pk if row.may_be_heard_by(user) else 0,
    )


def _call(row: Call) -> Entry:
    return Entry(
        time=row.started_at,
        key=("call", row.pk),
        icon=call_icon(row),
        tone="bad" if row.is_missed else "",
        heading=call_title(row),
        url=url_of(row),
        meta=_joined(row.queue, length(row.duration_seconds)),
    )


def _task(row: Task) -> Entry:
    heading = f"{'Call-back' if row.is_call_back else 'Task'} done: {row.title}"
    return Entry(
        time=row.done_at or row.created_at,
        key=("task", row.pk),
        icon="square-check",
        tone="good",
        heading=heading,
        url=url_of(row),
        text=row.text[:300],
        meta=_joined(row.user),
    )


def _case(row: Ticket) -> Entry:
    return Entry(
        time=row.opened_at,
        key=("ticket", row.pk),
        icon="ticket",
        heading=f"Case: {row.title}",
        meta=_joined(row.category, row.user_name, f"number {row.ticket_id}"),
        chips=[("info" if row.is_open else "", row.get_stage_display())],
    )


def _joined(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def kinds() -> Iterable[tuple[str, str]]:
    """What a timeline can be narrowed to: the name in the address, and the title."""
    return [("", "All"), *((name, title) for name, (title, _) in KINDS.items())]
