"""What was lost, what is there twice, and what was wrongly deleted? Sets compared by key, in all three systems.

A person is known by his e-mail address, an activity by Daktela's name for it, a call by its id. A value that differs is
a loss like a record that is missing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from crm.models import Activity, Call, Contact, User
from faults.worlds import Person, Worlds
from integrations.models import Connection

RETIRED = "retired"
ZONE = ZoneInfo("Europe/Prague")


@dataclass
class Verdict:
    """Each a list of keys, so that who reads it can look them up."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrongly_deleted: list[str] = field(default_factory=list)

    def is_clean(self) -> bool:
        return not (self.lost or self.doubled or self.wrongly_deleted)

    def __str__(self) -> str:
        return f"lost {self.lost[:5]}, doubled {self.doubled[:5]}, wrongly deleted {self.wrongly_deleted[:5]}"


def verdict(worlds: Worlds, daktela: Connection) -> Verdict:
    """Everything of ours is read in one snapshot, whatever is written meanwhile."""
    found = Verdict()
    with worlds.daktela.world.lock:
        theirs = [dict(row) for row in worlds.daktela.world.rows("activities")]
        pushed = [dict(row) for row in worlds.daktela.world.rows("contacts")]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set transaction isolation level repeatable read")
        judge_people(found, worlds.people, pushed)
        judge_activities(found, theirs, daktela)
    return found


def judge_people(found: Verdict, people: Mapping[str, Person], pushed: Iterable[Mapping[str, Any]]) -> None:
    """The master's people against ours, and against those in Daktela."""
    ours = [(email, person, is_hidden) for email, person, is_hidden in our_people()]
    there = [(email_of(row), person_of(row), is_retired(row)) for row in pushed]
    for where, rows in (("here", ours), ("Daktela", there)):
        seen = Counter(email for email, *_ in rows)
        found.doubled += [f"{email} {where}" for email, count in seen.items() if count > 1]
        alive = {email: person for email, person, is_gone in rows if not is_gone}
        found.wrongly_deleted += [f"{email} {where}" for email in people.keys() & (seen.keys() - alive.keys())]
        found.lost += [f"{email} {where}" for email in people if email not in seen]
        found.lost += [
            f"{email} {where}: {alive[email]}" for email in people if alive.get(email, people[email]) != people[email]
        ]
        found.lost += [f"deletion of {email} {where}" for email in alive.keys() - people.keys()]


def our_people() -> list[tuple[str, Person, bool]]:
    rows = Contact.objects.filter(email_addresses__address__endswith="@drill.example").distinct()
    return [
        (
            contact.email_addresses.all()[0].address,
            Person(contact.first_name, contact.last_name, "".join(one.number for one in contact.phone_numbers.all())),
            contact.hidden_at is not None,
        )
        for contact in rows.prefetch_related("email_addresses", "phone_numbers")
    ]


def email_of(row: Mapping[str, Any]) -> str:
    return "".join(row["customFields"].get("email", []))


def person_of(row: Mapping[str, Any]) -> Person:
    number = "".join(row["customFields"].get("number", []))
    return Person(row["firstname"] or "", row["lastname"] or "", number)


def is_retired(row: Mapping[str, Any]) -> bool:
    return RETIRED in row["customFields"].get("crm_state", [])


def judge_activities(found: Verdict, theirs: Iterable[Mapping[str, Any]], daktela: Connection) -> None:
    """Every activity of Daktela's is one of ours, and says the same; every call is one call."""
    told = {str(row["name"]): facts_of(row) for row in theirs}
    ours = Activity.objects.filter(source=daktela.slug).select_related("call", "user")
    kept = Counter(row.activity_id for row in ours)
    found.lost += [f"activity {name}" for name in told.keys() - kept.keys()]
    found.doubled += [f"activity {name}" for name, count in kept.items() if count > 1 or name not in told]
    for row in ours:
        if told.get(row.activity_id, facts(row)) != facts(row):
            found.lost.append(f"activity {row.activity_id}: {facts(row)} is not {told[row.activity_id]}")
    calls = Counter(Call.objects.filter(source=daktela.slug).values_list("call_id", flat=True))
    of_activities = {call for _, _, call, *_ in told.values() if call}
    found.lost += [f"call {call}" for call in of_activities - calls.keys()]
    found.doubled += [f"call {call}" for call, count in calls.items() if count > 1 or call not in of_activities]


Facts = tuple[str, str, str, datetime | None, datetime | None]  # status, user, call, begun, closed


def facts_of(row: Mapping[str, Any]) -> Facts:
    status = {"CLOSE": "closed", "OPEN": "open", "POSTPONE": "postponed"}.get(str(row["action"]), "ringing")
    call = str(row["item"]) if row["type"] == "CALL" else ""
    closed = row["time_close"] if status == "closed" else None
    return status, str(row["user"]), call, moment(row["time"]), moment(closed)


def facts(row: Activity) -> Facts:
    user: User | None = row.user
    name = user.username if user else row.user_name
    call = row.call.call_id if row.call else ""
    return row.status, name, str(call), unambiguous(row.time), unambiguous(row.closed_at)


def moment(written: str | None) -> datetime | None:
    if not written:
        return None
    there = datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=ZONE)
    return unambiguous(there.astimezone(UTC))


def unambiguous(at: datetime | None) -> datetime | None:
    """In the hour that autumn repeats a bare time is two moments: here they are the later one."""
    if at is None:
        return None
    there = at.astimezone(ZONE)
    return there.replace(fold=1).astimezone(UTC).replace(microsecond=0)
