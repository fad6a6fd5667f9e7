"""What happened in the demo's contact centre? Calls, messages, notes and promises, written into a book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from crm.models import Activity, Call, Outcome, Queue, Task, Team, User
from widget.demo.book import Book, Row
from widget.demo.centre import SOURCE

CHANNELS = {"email": "EMAIL", "chat": "CHAT", "sms": "SMS", "whatsapp": "WAP", "note": "NOTE"}
QUEUES = {"email": "2500", "chat": "2600", "sms": "2700", "whatsapp": "2600"}


@dataclass(frozen=True)
class Staff:
    """The centre's rows, by the names the demo's texts use."""

    queues: dict[str, Queue]
    users: dict[str, User]
    outcomes: dict[str, int]
    teams: dict[str, int]

    @classmethod
    def load(cls) -> Staff:
        return cls(
            queues={queue.slug: queue for queue in Queue.objects.all()},
            users={user.username: user for user in User.objects.all()},
            outcomes=dict(Outcome.objects.values_list("title", "id")),
            teams=dict(Team.objects.values_list("name", "id")),
        )


@dataclass(frozen=True)
class Customer:
    """Whom something happened with: a person with the phone number he uses, or only a number."""

    number: str
    address: str = ""
    contact: Row | None = None
    phone: Row | None = None
    country: str = "CZ"

    @property
    def links(self) -> dict[str, Any]:
        if self.contact is None:
            return {"contact_id": None, "account_id": None, "link": "none"}
        return {"contact_id": self.contact["id"], "account_id": self.contact["account_id"]}


class Diary:
    def __init__(self, book: Book, staff: Staff, random: Random) -> None:
        self.book, self.staff, self.random = book, staff, random
        self.calls = 10_000

    def call(
        self, customer: Customer, direction: str, at: datetime, *, by: str = "", queue: str, seconds: int, **said: Any
    ) -> Row:
        """A call and its first activity; without `by` nobody answered. `said` is the activity's note and outcome."""
        self.calls += 1
        waited = timedelta(seconds=self.random.randint(4, 40))
        answered_at = at + waited if by else None
        ended_at = at + waited + timedelta(seconds=seconds)
        line = self.staff.queues[queue]
        common = {
            "source": SOURCE,
            "direction": direction,
            "number": customer.number,
            "queue_id": line.pk,
            "team_id": self.team_of(customer, line),
            "answered_at": answered_at,
            "duration_seconds": seconds if by else 0,
            "created_at": at,
            "changed_at": ended_at,
        }
        links = customer.links
        call = self.book.add(
            Call,
            call_id=f"1WS.{self.calls}",
            started_at=at,
            ended_at=ended_at,
            contact_id=links["contact_id"],
            account_id=links["account_id"],
            **common,
        )
        activity = self.activity("CALL", customer, at, by, call_id=call["id"], closed_at=ended_at, **common | said)
        if by and customer.phone:
            customer.phone["confirmed_at"] = max(customer.phone["confirmed_at"] or at, at)
        return activity

    def transfer(self, activity: Row, to: str, **said: Any) -> Row:
        """The same call, now with a second agent; the first one's part ends where the second one's begins."""
        seconds = activity["duration_seconds"] // 3
        at = activity["answered_at"] + timedelta(seconds=seconds)
        second = activity | {"answered_at": at, "duration_seconds": activity["duration_seconds"] - seconds, **said}
        activity |= {"closed_at": at, "duration_seconds": seconds, "done_at": at, "outcome_id": None}
        second |= {"activity_id": self.name(), "time": at, **self.who(to)}
        del second["id"]
        return self.book.add(Activity, **second)

    def message(self, channel: str, customer: Customer, direction: str, at: datetime, *, by: str, **said: Any) -> Row:
        """An e-mail, chat, SMS, WhatsApp message or note, closed some minutes after it came."""
        queue = self.staff.queues[QUEUES[channel]] if channel in QUEUES else None
        closed_at = at + timedelta(minutes=self.random.randint(2, 25))
        values = {
            "queue_id": queue.pk if queue else None,
            "team_id": self.team_of(customer, queue),
            "number": customer.number if channel in ("sms", "whatsapp") else "",
            "direction": direction if queue else "",
            "answered_at": at,
            "closed_at": closed_at,
            "source": SOURCE if queue else "",
            "created_at": at,
            "changed_at": closed_at,
        }
        activity = self.activity(CHANNELS[channel], customer, at, by, **values | said)
        if not queue:
            activity["activity_id"] = None
        return activity

    def activity(self, kind: str, customer: Customer, at: datetime, by: str, **values: Any) -> Row:
        link = {"link": self.random.choice(["auto", "auto", "manual"])} | customer.links
        ours = {"activity_id": self.name(), "type": kind, "status": "closed", "time": at}
        done = {"done_at": values["closed_at"] if by else None}
        return self.book.add(Activity, **ours | self.who(by) | link | done | values)

    def task(self, customer: Customer, title: str, due_at: datetime, *, by: str, **values: Any) -> Row:
        links = {key: value for key, value in customer.links.items() if key != "link"}
        user = self.staff.users[by].pk
        values = {"title": title, "due_at": due_at, "user_id": user, "created_by_id": user, **values}
        team_id = customer.contact["team_id"] if customer.contact else None
        return self.book.add(Task, number=customer.number, team_id=team_id, **links, **values)

    def who(self, by: str) -> Row:
        """A user of ours by his log-in; any other text is a desk telephone nobody signs in at."""
        user = self.staff.users.get(by)
        return {"user_id": user.pk if user else None, "user_name": "" if user else by}

    def team_of(self, customer: Customer, queue: Queue | None) -> int | None:
        if customer.contact:
            return customer.contact["team_id"]
        return queue.team_id if queue else None

    def name(self) -> str:
        return f"activities_{self.random.getrandbits(80):020x}"
