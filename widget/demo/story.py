"""What happened in the last six months? Every customer's cases, on working days, in working hours, up to now."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.utils import timezone

from widget.demo.centre import CENTRE
from widget.demo.diary import CHANNELS, Customer, Diary

TOPICS: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("topics.toml").read_text(encoding="utf-8"))[
    "topics"
]
DAYS = 182
LATELY = timedelta(minutes=70)  # the longest call is over by then
CURRENCIES = {"CZ": (100, "Kč"), "SK": (4, "€"), "PL": (20, "zł"), "DE": (4, "€")}
OPENS, CLOSES = 8 * 60, 17 * 60 + 30
INCOMING = {"CZ": "2000", "SK": "2100", "PL": "2200", "DE": "2300"}
OUTGOING = {"CZ": "2010", "SK": "2100", "PL": "2200", "DE": "2300"}
DESK_TELEPHONES = ("Warehouse (ext. 214)", "Dispatch (ext. 215)", "Reception (ext. 200)")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


class Story:
    def __init__(self, diary: Diary, random: Random, now: datetime) -> None:
        self.diary, self.random, self.now = diary, random, now
        self.agents = {queue: people_in(queue) for queue in diary.staff.queues}
        self.working_days = [day for day in days_before(now, DAYS) if day.weekday() < 5]

    def of(self, customers: Iterable[Customer]) -> None:
        """One customer in three has been quiet; the others have one case, or a few, or many."""
        for customer in customers:
            while self.random.random() < 0.66:
                self.case(customer, self.random.choice(TOPICS))
            if customer.contact and self.random.random() < 0.12:
                self.promise(customer)

    def strangers(self, numbers: Iterable[str]) -> None:
        """Calls from numbers nobody has, about half of them lost."""
        for number in numbers:
            for _ in range(self.random.randint(1, 3)):
                at = min(self.moment(self.random.choice(self.working_days)), self.now - LATELY)
                by = "" if self.random.random() < 0.5 else self.random.choice(self.agents["2000"])
                note = {"note": "Wrong number, apologised.", **self.outcome("Wrong number")} if by else {}
                self.call(Customer(number), "in", at, by, **note)

    def case(self, customer: Customer, topic: dict[str, Any]) -> None:
        """The first steps of a topic, some days apart; what would be in the future has not happened."""
        words = self.words(customer.country)
        title = topic["title"][customer.country].format(**words)
        at = self.moment(self.random.choice(self.working_days))
        for step in topic["steps"][: self.random.randint(1, len(topic["steps"]))]:
            if at > self.now - LATELY:
                return
            self.step(customer, step, title, topic["reason"], at, words)
            at = self.moment(next_working_day(at, self.random.choice([0, 1, 1, 2, 3, 7])), after=at)

    def step(
        self, customer: Customer, step: dict[str, Any], title: str, reason: str, at: datetime, words: dict[str, str]
    ) -> None:
        channel = step["channel"]
        said: dict[str, Any] = {key: step[key].format(**words) for key in ("note", "text") if key in step}
        if channel in CHANNELS:
            by = self.random.choice(self.agents[INCOMING[customer.country]])
            self.diary.message(channel, customer, step.get("direction", ""), at, by=by, title=title, **said)
            return
        if not customer.number:
            return
        if channel == "in" and self.random.random() < 0.12:
            self.call(customer, "in", at - timedelta(minutes=self.random.randint(3, 55)), "")
        said |= self.outcome(step["outcome"]) | {"custom": {"reason": reason} if self.random.random() < 0.5 else {}}
        self.call(customer, channel, at, self.who(customer, channel), **said)

    def call(self, customer: Customer, direction: str, at: datetime, by: str, **said: Any) -> None:
        seconds = min(int(self.random.lognormvariate(5, 0.8)), 3600) if by else 0
        queue = self.queue(customer, direction)
        activity = self.diary.call(customer, direction, at, by=by, queue=queue, seconds=seconds, **said)
        others = [name for name in self.agents[queue] if name != by]
        if by in self.diary.staff.users and others and self.random.random() < 0.05:
            note = activity["note"]
            activity["note"] = "Passed on to a colleague who knows the case."
            self.diary.transfer(activity, self.random.choice(others), note=note)

    def promise(self, customer: Customer) -> None:
        """A task between two months ago and the week after next; most of the past ones are done."""
        due_at = self.moment(next_working_day(self.now - timedelta(days=60), self.random.randint(0, 74)))
        is_done = due_at < self.now and self.random.random() < 0.9
        is_call_back = self.random.random() < 0.5
        title = self.random.choice(
            ["Call back", "Call back with the answer"]
            if is_call_back
            else ["Send the contract", "Check the payment", "Ask accounting about the invoice", "Send the offer"]
        )
        by = self.random.choice(self.agents[INCOMING[customer.country]])
        queue_id = self.diary.staff.queues[INCOMING[customer.country]].pk
        values = {"is_call_back": is_call_back, "queue_id": queue_id, "done_at": due_at if is_done else None}
        self.diary.task(customer, title, due_at, by=by, **values)

    def who(self, customer: Customer, direction: str) -> str:
        if self.random.random() < 0.03:
            return self.random.choice(["karel", "dagmar", *DESK_TELEPHONES])
        return self.random.choice(self.agents[self.queue(customer, direction)])

    def queue(self, customer: Customer, direction: str) -> str:
        return (INCOMING if direction == "in" else OUTGOING)[customer.country]

    def outcome(self, title: str) -> dict[str, int]:
        return {"outcome_id": self.diary.staff.outcomes[title]}

    def moment(self, day: datetime, after: datetime | None = None) -> datetime:
        """A time in the working hours of a day, later than `after`; not checked against now."""
        opened = datetime.combine(timezone.localdate(day), time(), day.tzinfo)
        earliest = OPENS
        if after and timezone.localdate(after) == timezone.localdate(day):
            earliest = min(CLOSES - 1, int((after - opened).total_seconds()) // 60 + 20)
        return opened + timedelta(minutes=self.random.randrange(earliest, CLOSES), seconds=self.random.randrange(60))

    def words(self, country: str) -> dict[str, str]:
        least, currency = CURRENCIES[country]
        return {
            "invoice": f"{self.now.year}-{self.random.randrange(10_000):04d}",
            "order": str(self.random.randrange(80_000, 99_999)),
            "amount": f"{self.random.randrange(4, 250) * least:,} {currency}",
            "day": self.random.choice(WEEKDAYS),
        }


def people_in(queue: str) -> list[str]:
    return [user["username"] for user in CENTRE["users"] if queue in user.get("queues", ())]


def days_before(now: datetime, count: int) -> list[datetime]:
    return [now - timedelta(days=day) for day in range(count)]


def next_working_day(day: datetime, count: int) -> datetime:
    """So many working days later; a weekend's first is Monday."""
    later = day + timedelta(days=count)
    return later + timedelta(days=max(0, 7 - later.weekday()) if later.weekday() > 4 else 0)
