"""When could we call back? A few good times in the customers' zone, each one click away (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

OPENS = time(9)
HOURS = (time(9), time(11), time(14), time(16))


@dataclass(frozen=True, slots=True)
class Time:
    label: str
    value: str  # ISO 8601 with its offset


def times(now: datetime) -> list[Time]:
    """In half an hour, the rest of today, tomorrow at nine and at two, Monday: in `now`'s zone, never in the past."""
    return [Time(_label(moment, now), moment.isoformat()) for moment in _moments(now)]


def _moments(now: datetime) -> Iterator[datetime]:
    soon = _soon(now)
    if soon.date() == now.date():
        yield soon
        yield from (_at(now, hour) for hour in HOURS if _at(now, hour) > soon + timedelta(minutes=20))
    tomorrow = _next_workday(now)
    yield from (_at(tomorrow, hour) for hour in (OPENS, time(14)))
    yield _at(tomorrow + timedelta(days=7 - tomorrow.weekday()), OPENS)


def _soon(now: datetime) -> datetime:
    """The next quarter after half an hour: of time that passes, also in the hour that autumn repeats."""
    ahead = now.astimezone(UTC) + timedelta(minutes=30)
    quarter = ahead.replace(second=0, microsecond=0) + timedelta(minutes=-ahead.minute % 15)
    return quarter.astimezone(now.tzinfo)


def _at(day: datetime, hour: time) -> datetime:
    """By the wall clock of the zone, also across a change to summer time."""
    return datetime.combine(day.date(), hour, tzinfo=day.tzinfo)


def _next_workday(now: datetime) -> datetime:
    day = now + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def _label(moment: datetime, now: datetime) -> str:
    days = (moment.date() - now.date()).days
    day = {0: "Today", 1: "Tomorrow"}.get(days) or f"{moment:%a} {moment.day} {moment:%b}"
    return f"{day} {moment:%H:%M}"
