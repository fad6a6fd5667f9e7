"""What happened last, what is promised, what is open? One record's activities, tasks and cases, in a card's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from crm import wording
from crm.models import Activity
from crm.templatetags.crm import drawing
from widget.context import CallContext
from widget.facts import Facts, Row, of_nobody
from widget.house import House

NAMES = dict(Activity.Type.choices)
ENTRY = ("icon", "heading", "text", "meta", "when")  # of the history
Entry = tuple[str, ...]
# One activity as widget/sql/lists.sql tells it: its kind, direction, whether nobody answered, when (in seconds since
# 1970), how long, its text, the user's id, the name that Daktela has for who is none of ours, its outcome's id.
Told = tuple[str, str, bool, float, int | None, str, int | None, str, int | None]


@dataclass(slots=True)
class Story:
    """`alert` is the one line nobody may miss, `last` and `open` one line each."""

    alert: str
    last: str
    open: str
    entries: Sequence[Entry]


def tell(facts: Facts, record: Row) -> Story:
    """What the card says about this record; times in the queue's zone."""
    zone, house = zone_of(facts.queue), facts.house
    today = datetime.now(zone).date()
    activities: list[Told] = record["activities"] or []
    entries = [_entry(activity, house, zone, today) for activity in activities]
    tasks = record["tasks"] or []
    return Story(
        alert=" · ".join(filter(None, _alerts(facts, record, tasks, zone, today))),
        last=_last(activities, entries, house),
        open=" · ".join(filter(None, (_open(tasks), _cases(record["cases"] or [])))),
        entries=entries,
    )


def radar(facts: Facts) -> str:
    """ "3rd call in 24 hours", once it is worth saying; of withheld numbers, and of who wrote, none can be counted."""
    calls = facts.calls_today + 1
    return f"{_nth(calls)} call in 24 hours" if calls > 1 and facts.number.key else ""


def _nth(count: int) -> str:
    """2nd, 3rd, 11th, 21st."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{'th' if count % 100 in (11, 12, 13) else ending}"


def _alerts(facts: Facts, record: Row, tasks: list[Row], zone: ZoneInfo, today: date) -> list[str]:
    contact, account = record["contact"] or {}, record["account"] or {}
    promise = next((task for task in tasks if task["is_call_back"] and task["due_at"]), None)
    return [
        "Do not call" if contact.get("do_not_call") else "",
        contact.get("alert") or account.get("alert") or "",
        radar(facts),
        _promise(_local(promise["due_at"], zone), today) if promise else "",
    ]


def stranger(known: Facts, context: CallContext) -> str:
    """What is known of a number nobody has: "4 unlinked calls, last yesterday, promised 14:00"."""
    zone = zone_of(known.queue)
    today = datetime.now(zone).date()
    calls, due = of_nobody(known.number.key, context.call_id)
    if not calls:
        return "never called before"
    said = [
        f"{len(calls)} unlinked call{'s' if len(calls) > 1 else ''}",
        f"last {_day(calls[0].astimezone(zone), today)}",
    ]
    return ", ".join([*said, _promise(due.astimezone(zone), today)] if due else said)


def _promise(due: datetime, today: date) -> str:
    day = "" if due.date() == today else f"{_day(due, today)} "
    is_late = due < datetime.now(due.tzinfo)
    return f"promised {day}{due:%H:%M}{', not done' if is_late else ''}"


def _last(activities: list[Told], entries: Sequence[Entry], house: House) -> str:
    if not entries:
        return ""
    _, heading, text, _, when = entries[0]
    *_, user_id, user_name, _ = activities[0]
    user_name = house.user_names.get(user_id or 0, user_name)
    return f"{when}, {user_name}: {text or heading}" if user_name else f"{when}: {text or heading}"


def _open(tasks: list[Row]) -> str:
    if not tasks:
        return ""
    more = "5 or more tasks" if len(tasks) == 5 else f"{len(tasks)} tasks"
    return tasks[0]["title"] if len(tasks) == 1 else f"{more}, first: {tasks[0]['title']}"


def _cases(titles: list[str]) -> str:
    """ "2 open cases: Wrong invoice, Late delivery"; the statement reads four at most."""
    if not titles:
        return ""
    count = "4 or more open cases" if len(titles) == 4 else f"{len(titles)} open case{'s'[: len(titles) > 1]}"
    return f"{count}: {', '.join(_excerpt(title, 60) for title in titles[:2])}"


def _entry(activity: Told, house: House, zone: ZoneInfo, today: date) -> Entry:
    kind, direction, is_unanswered, time, duration, text, user_id, user_name, outcome_id = activity
    user_name = house.user_names.get(user_id or 0, user_name)
    drawing, heading, has_length = _kind(kind, direction, is_unanswered)
    return (
        drawing,
        f"{heading} · {wording.length(duration)}" if has_length and duration else heading,
        _excerpt(text),
        " · ".join(filter(None, (user_name, house.outcome_titles.get(outcome_id or 0)))),
        _day(datetime.fromtimestamp(time, zone), today),
    )


@lru_cache(maxsize=64)
def _kind(kind: str, direction: Any, is_unanswered: bool) -> tuple[str, str, bool]:
    """Its icon, its heading, and whether that says how long it was."""
    if kind != "CALL":
        return drawing(wording.ICONS[kind]), NAMES[kind], False
    if is_unanswered:
        return drawing("phone-missed"), "Missed call", False
    return drawing(wording.CALL_ICONS.get(direction, "phone")), wording.CALL_TITLES.get(direction, "Call"), True


def _excerpt(text: str, length: int = 140) -> str:
    line = " ".join(text[: length * 2].split())
    return line if len(line) <= length else line[:length].rsplit(" ", 1)[0] + " …"


def _day(then: datetime, today: date) -> str:
    """Today 9:05, yesterday, Tue, 12 Nov, 3 Feb 2025."""
    return f"today {then:%H:%M}" if then.date() == today else _date(then.date(), today)


@lru_cache(maxsize=4096)
def _date(then: date, today: date) -> str:
    days = (today - then).days
    if abs(days) == 1:
        return "yesterday" if days > 0 else "tomorrow"
    if -7 < days < 7:
        return f"{then:%a}"
    return f"{then.day} {then:%b}" if then.year == today.year else f"{then.day} {then:%b %Y}"


def _local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).astimezone(zone)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def zone_of(queue: Row | None) -> ZoneInfo:
    return _zone(queue["time_zone"] if queue else "UTC")
