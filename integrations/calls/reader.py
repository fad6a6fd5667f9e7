"""What does Daktela tell of an activity? The one reading of its JSON, whichever way it came (contract A9).

`told` picks the facts out of a record or a webhook's values, as they were written; `Reading` is what they mean in the
zone of the instance. Webhooks, listings, re-reads and the card all come through here. A field is user input (trap 17).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.connectors.events import Event

Told = dict[str, Any]  # a fact's name and its value: text or a whole number; what was not told is absent

STATUSES = {"OPEN": "open", "POSTPONE": "postponed", "CLOSE": "closed"}  # "" and WAIT: nobody has taken it yet
RANKS = {"WAIT": 1, "OPEN": 2, "POSTPONE": 3, "CLOSE": 4}  # the order of contract A3; 0 is unknown
ENDS = ("caller", "agent", "system")  # who ended a call; a transfer is no end
CHANNELS = ("CALL", "EMAIL", "CHAT", "SMS", "FBM", "IGDM", "WAP", "VBR", "CUSTOM")
DIRECTIONS = ("in", "out", "internal")

# Our fact, and where it stands in an activity, or in the record of its channel (Daktela's `item`).
OF_ACTIVITY = ("type", "action", "title", "description", "time", "time_open", "time_close", "user", "queue", "ticket")
OF_ITEM = ("id_call", "direction", "call_time", "disposition_cause", "context")
NUMBERS = ("clid", "sender", "phone")  # of a call, a text message, a web chat
ADDRESSES = ("address", "email")  # of a mail, a web chat
# What a webhook's template may call it (the templates seen in use), and what its event says by itself.
ALIASES = {
    "activity_type": "type", "activity_action": "action", "caller_number": "clid", "started_at": "time",
    "answered_at": "time_open", "ended_at": "time_close", "call_id": "id_call", "callid": "id_call",
}  # fmt: skip
VERBS = {"create": "WAIT", "answer": "OPEN", "postpone": "POSTPONE", "close": "CLOSE"}
TYPES = {channel.lower(): channel for channel in CHANNELS} | {"web": "CHAT"}  # W6

LENGTHS = {"title": 255, "user": 150, "user_title": 150, "queue": 64, "queue_title": 128, "id_call": 64}
LONGEST = 2000
MOST_SECONDS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Reading:
    """An activity as Daktela tells it; what it does not tell is "" or None.

    Times are UTC. In the hour that autumn repeats Daktela's bare times are ambiguous: they are read as the first that
    keeps their order, and `is_time_ambiguous` says so (contract A6). `is_hung_up`: the call has ended, the agent has
    not: wrap-up. `over_at` is when this part of a call ended on the line.
    """

    activity_id: str
    call_id: str
    remote_user: str
    user_name: str
    remote_contact: str
    queue: str
    queue_title: str
    type: str
    status: str
    direction: str
    number: str
    address: str  # of who wrote, where it was no call
    title: str
    text: str
    call_started_at: datetime | None
    started_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    duration_seconds: int | None
    over_at: datetime | None
    is_hung_up: bool
    is_time_ambiguous: bool

    @property
    def is_call(self) -> bool:
        return self.type == "CALL"

    @property
    def has_recording(self) -> bool:
        """A recording is kept of what was said; whether it is there yet, its player asks."""
        return self.is_call and self.status == "closed" and bool(self.answered_at and self.duration_seconds)


def read(activity: Mapping[str, Any], zone: ZoneInfo) -> Reading:
    """An activity of Daktela's. The item is the call's or the message's own record, where it is expanded."""
    return reading(text_of(activity, "name"), told(activity), zone)


def told(values: Mapping[str, Any]) -> Told:
    """The facts in a record of Daktela's, or in what a webhook says of one; an empty one was not told."""
    item = values["item"] if isinstance(values.get("item"), Mapping) else values
    facts: Told = {key: text_of(values, key) for key in OF_ACTIVITY} | {key: text_of(item, key) for key in OF_ITEM}
    facts |= {f"{key}_title": title_of(values, key) for key in ("user", "queue")}
    facts["contact"] = text_of(values, "contact") or text_of(item, "contact")
    facts["number"] = _first(item, NUMBERS)
    facts["address"] = _first(item, ADDRESSES)
    facts["duration"] = _seconds(values.get("duration"))
    facts["call_duration"] = _seconds(item.get("duration")) if item is not values else None
    return {key: value for key, value in facts.items() if value not in ("", None)}


def claimed(event: Event) -> Told:
    """The facts that a webhook claims, by whatever names an admin gave them in its template."""
    claims = {ALIASES.get(key, key): value for key, value in event.values.items()}
    head = str(claims.pop("event", "")).partition("_")[0].lower()
    claims.setdefault("action", VERBS.get(event.verb, ""))
    claims.setdefault("type", TYPES.get(head, ""))
    return told({key: value.upper() if key in ("action", "type") else value for key, value in claims.items()})


def reading(name: str, facts: Told, zone: ZoneInfo) -> Reading:
    """What the facts of this activity mean."""
    say = facts.get
    status = STATUSES.get(say("action", ""), "ringing")
    is_closed = status == "closed"
    bare = [say("call_time"), say("time"), say("time_open"), say("time_close") if is_closed else None]
    (called, started, answered, closed), is_ambiguous = in_order(bare, zone)
    duration = say("duration", 0) if is_closed and "duration" in facts else None
    is_hung_up = not is_closed and say("disposition_cause") in ENDS
    return Reading(
        activity_id=name,
        call_id=say("id_call", ""),
        remote_user=say("user", ""),
        user_name=say("user_title", "") or say("user", ""),
        remote_contact=say("contact", ""),
        queue=say("queue", ""),
        queue_title=say("queue_title", ""),
        type=say("type", ""),
        status=status,
        direction=say("direction", "").lower() if say("direction", "").lower() in DIRECTIONS else "",
        number=say("number", "") or (say("title", "") if say("type") == "CALL" else ""),
        address=say("address", ""),
        title="" if say("type") == "CALL" else say("title", ""),
        text=say("description", "") or say("context", ""),
        call_started_at=called,
        started_at=started,
        answered_at=answered,
        closed_at=closed,
        duration_seconds=None if duration is None or duration < 0 else duration,
        over_at=_over(answered, closed, duration if is_closed else say("call_duration"), is_closed or is_hung_up),
        is_hung_up=is_hung_up,
        is_time_ambiguous=is_ambiguous,
    )


def rank_of(facts: Told) -> int:
    """How far the activity has come, by the order of contract A3."""
    return RANKS.get(facts.get("action", ""), 0)


def oddities(facts: Told) -> list[str]:
    """What cannot be as it was told, in words (contract A6)."""
    return [f"{key} is {facts[key]} seconds" for key in ("duration", "call_duration") if facts.get(key, 0) < 0]


def _over(answered: datetime | None, closed: datetime | None, seconds: int | None, has_ended: bool) -> datetime | None:
    """When a part ended on the line: so long after the answer; what nobody answered ended when it was closed."""
    if not has_ended:
        return None
    if answered and seconds is not None and seconds >= 0:
        end = answered + timedelta(seconds=seconds)
        return min(end, closed) if closed else end
    return closed


def in_order(texts: Sequence[Any], zone: ZoneInfo) -> tuple[list[datetime | None], bool]:
    """Bare times that follow each other, as UTC, and whether one of them could have been an hour later as well."""
    moments: list[datetime | None] = []
    is_ambiguous, latest = False, datetime.min.replace(tzinfo=UTC)
    for text in texts:
        first, second = (_moment(text, zone, fold) for fold in (0, 1))
        if first and second and second > first:
            is_ambiguous = True
            first = second if first < latest else first
        latest = max(latest, first or latest)
        moments.append(first)
    return moments, is_ambiguous


def _moment(text: Any, zone: ZoneInfo, fold: int) -> datetime | None:
    try:
        return datetime.strptime(str(text), "%Y-%m-%d %H:%M:%S").replace(tzinfo=zone, fold=fold).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def text_of(record: Mapping[str, Any], key: str) -> str:
    """A value, or the name of the object that stands there; what is neither is "" (trap 17)."""
    value = record.get(key)
    return _clean(value.get("name") if isinstance(value, Mapping) else value, LENGTHS.get(key, LONGEST))


def title_of(record: Mapping[str, Any], key: str) -> str:
    """What people call the object that stands there."""
    value = record.get(key)
    text = value.get("title") if isinstance(value, Mapping) else record.get(f"{key}_title")
    return _clean(text, LENGTHS.get(f"{key}_title", LONGEST))


def _clean(value: Any, length: int) -> str:
    """Text that a database takes: no NUL, no half of a surrogate pair (trap 21)."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).replace("\0", "").encode(errors="ignore").decode()[:length]


def _first(record: Mapping[str, Any], keys: Sequence[str]) -> str:
    return next((value for key in keys if (value := text_of(record, key))), "")


def _seconds(value: Any) -> int | None:
    """Whole seconds, written as a number or, by a webhook's template, as text."""
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii() and len(value) < 11:
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and abs(value) <= MOST_SECONDS else None
