"""Who has a story of his own in the demo, and who can ring on the desk? Reads `cast.toml` into the book."""

from __future__ import annotations

import tomllib
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from crm import phones
from crm.models import Account, Contact, CustomField, EmailAddress, PhoneNumber
from widget.demo.book import Book, Row
from widget.demo.customers import TEAMS
from widget.demo.diary import CHANNELS, Customer, Diary, Staff
from widget.demo.people import NAMES
from widget.demo.story import INCOMING, OUTGOING

CAST: dict[str, Any] = tomllib.loads(Path(__file__).with_name("cast.toml").read_text(encoding="utf-8"))


def numbers() -> set[str]:
    """The keys that belong to the cast or to a preset, so that nobody else gets them."""
    written = [(one["written"], row["country"]) for row in everybody() for one in row["numbers"]]
    written += [(caller["number"], "CZ") for caller in CAST["callers"] if "number" in caller]
    return {phones.key(number, country) for number, country in written}


def everybody() -> list[Row]:
    return [*CAST["companies"], *CAST["people"]]


class Cast:
    def __init__(self, book: Book, staff: Staff, diary: Diary, now: datetime) -> None:
        self.book, self.staff, self.diary, self.now = book, staff, diary, now
        self.today = datetime.combine(timezone.localdate(now), time(), now.tzinfo)
        self.phone_fields = dict(CustomField.objects.filter(kind="phone").values_list("key", "id"))

    def enter(self) -> None:
        companies = {row["name"]: self.company(row) for row in CAST["companies"]}
        for row in CAST["people"]:
            self.live(self.person(row, companies.get(row.get("company", ""))), row)
        for row in CAST["strangers"]:
            self.live(Customer(phones.key(row["number"], "CZ")), row)
        self.fill_switchboard(companies)

    def company(self, row: Row) -> Row:
        plain = {key: row[key] for key in ("name", "website", "address", "description", "custom") if key in row}
        account = self.book.add(Account, team_id=self.team(row), **plain)
        self.reach(row, account_id=account["id"])
        return account

    def person(self, row: Row, account: Row | None) -> Customer:
        plain = {key: value for key, value in row.items() if key in self.book.blanks[Contact]}
        contact = self.book.add(
            Contact,
            account_id=account["id"] if account else None,
            team_id=self.team(row),
            language=NAMES[row["country"]]["language"],
            **plain,
        )
        phone = self.reach(row, contact_id=contact["id"])
        return Customer(phone["number"], row.get("email", ""), contact, phone, row["country"])

    def reach(self, row: Row, **owner: int) -> Row:
        """Adds the numbers and the address of a person or a company; returns the first number."""
        for key, written in row.get("custom", {}).items():
            if key in self.phone_fields:
                self.phone({"written": written}, row["country"], custom_field_id=self.phone_fields[key], **owner)
        if "email" in row:
            self.book.add(EmailAddress, address=row["email"], **owner)
        rows = [self.phone(one, row["country"], **owner) for one in row["numbers"]]
        return rows[0]

    def phone(self, one: Row, country: str, **values: Any) -> Row:
        number = phones.parse(one["written"], country)
        return self.book.add(
            PhoneNumber,
            number=number.key,
            extension=number.extension,
            written=one["written"],
            kind=one.get("kind", "other"),
            is_shared=one.get("is_shared", False),
            confirmed_at=self.now - timedelta(days=one["confirmed"]) if "confirmed" in one else None,
            **values,
        )

    def team(self, row: Row) -> int | None:
        return self.staff.teams.get(row.get("team", TEAMS[row["country"]]))

    def live(self, customer: Customer, row: Row) -> None:
        for event in row.get("history", ()):
            self.happen(customer, event)
        for promise in row.get("tasks", ()):
            is_call_back = promise.get("is_call_back", False)
            queue = {"queue_id": self.staff.queues[INCOMING[customer.country]].pk, "is_call_back": is_call_back}
            self.diary.task(customer, promise["title"], self.due_at(promise), by=promise["by"], **queue)

    def happen(self, customer: Customer, event: Row) -> None:
        at, by = self.when(event), event.get("by", "")
        said: Row = {key: event[key] for key in ("note", "text", "title") if key in event}
        if "outcome" in event:
            said["outcome_id"] = self.staff.outcomes[event["outcome"]]
        if event["what"] in CHANNELS:
            self.diary.message(event["what"], customer, event.get("direction", "in"), at, by=by, **said)
            return
        queue = (INCOMING if event["what"] == "in" else OUTGOING)[customer.country]
        seconds = event.get("minutes_long", 0) * 60 + 7 if by else 0
        self.diary.call(customer, event["what"], at, by=by, queue=queue, seconds=seconds, **said)

    def when(self, event: Row) -> datetime:
        """So many minutes ago, but today also just after midnight; or some days ago in the middle of the day."""
        if "minutes" in event:
            share = (self.now - self.today) * (1 - event["minutes"] / 240)
            return max(self.now - timedelta(minutes=event["minutes"]), self.today + share)
        return self.today - timedelta(days=event["days"]) + timedelta(hours=10, minutes=event["days"] * 7 % 300)

    def due_at(self, promise: Row) -> datetime:
        clock = time.fromisoformat(promise.get("at", "10:00"))
        return datetime.combine(self.today.date() + timedelta(days=promise.get("in_days", 0)), clock, self.now.tzinfo)

    def fill_switchboard(self, companies: dict[str, Row]) -> None:
        """More people than a card can list, all calling from one number."""
        board = CAST["switchboard"]
        for extension, text in enumerate(board["people"], start=11):
            name, _, job_title = text.partition(", ")
            first_name, last_name = name.split()
            number = {"written": f"{board['number']} l. {extension}", "kind": "work"}
            row = {"first_name": first_name, "last_name": last_name, "job_title": job_title, "country": "CZ"}
            self.person({**row, "numbers": [number]}, companies[board["company"]])
