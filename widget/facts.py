"""What do we know when the phone rings? All the card shows, read in one statement that also checks the session."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Subquery
from django.db.models.base import ModelState

from crm import matching, phones
from crm.models import Call, Task, User
from crm.wire import Statement
from widget import house as houses
from widget.context import CallContext
from widget.house import House, Row

SQL = Path(__file__).parent / "sql"
LISTS = (SQL / "lists.sql").read_text()
RECORD = (
    (SQL / "record.sql")
    .read_text()
    .format(of_contact=LISTS.format(of="contact_id = c.id"), of_account=LISTS.format(of="account_id = a.id"))
)
CARD = Statement("card", (SQL / "card.sql").read_text().format(candidates=matching.WHO_CALLS.strip(), record=RECORD))
STORY = (SQL / "story.sql").read_text().format(record=RECORD)


@dataclass(slots=True)
class Facts:
    """What the statement found. `viewer` is None unless the session is a live one of an active user."""

    viewer: User | None
    session_data: str
    house: House
    number: phones.Number
    status: matching.Status
    candidates: tuple[matching.Candidate, ...]
    mine: Row | None
    draft: Row | None
    chain: list[Row]
    calls_today: int
    unbacked: int
    record: Row | None

    @property
    def queue(self) -> Row | None:
        return self.house.queue

    @property
    def this_call(self) -> list[int]:
        """The activities that are no history yet."""
        return [part["id"] for part in (self.mine, *self.chain) if part]


def read(context: CallContext, session_key: str | None) -> Facts:
    """One statement in the steady state; what the house has laid down is read too when it was changed since."""
    house = houses.of(context.queue)
    while True:
        number = phones.parse(context.number, house.country)
        row = _ask(context, house.source, number.key, session_key)
        if row["mark"] == house.mark:
            return _facts(context, house, number, row)
        house = houses.read(context.queue)


def story(facts: Facts, *, contact_id: int | None = None, account_id: int | None = None) -> Row | None:
    """The part of the card about one record, for when the agent or a rule chose another than the statement did."""
    if facts.viewer is None:
        return None
    whose = {"user": facts.viewer.pk, "contact": contact_id, "account": account_id, "this_call": facts.this_call}
    with connection.cursor() as cursor:
        cursor.execute(STORY, whose)
        row = cursor.fetchone()
    return _record(orjson.loads(row[0]), facts.house) if row and row[0] else None


def _ask(context: CallContext, source: str, key: str, session_key: str | None) -> Row:
    values = {
        "session": session_key or "",
        "source": source,
        "activity": context.activity_id,
        "call": context.call_id,
        "number": key,
        "suffix": phones.suffix(key),
    }
    row: Row = orjson.loads(CARD.answer(values))
    return row


def _facts(context: CallContext, house: House, number: phones.Number, row: Row) -> Facts:
    queue, viewer = house.queue, row["viewer"] or {}
    session_data = viewer.pop("session_data", "")
    own, ignored = (queue["own"], queue["ignored"]) if queue else ((), ())
    status = matching.status_of(context.clid, number.key, context.direction, own, ignored)
    if context.is_address:
        status = matching.Status.NUMBER
    user = _user(viewer) if viewer else None
    return Facts(
        viewer=user,
        session_data=session_data,
        house=house,
        number=number,
        status=status,
        candidates=_writers(context, row, user) if context.is_address else _candidates(row, status),
        mine=row["mine"],
        draft=row["draft"],
        chain=[_part(part, house) for part in row["chain"]],
        calls_today=row["calls_today"] if context.call_id else 0,  # who writes is in no call
        unbacked=row["unbacked"],
        record=_record(row["record"], house),
    )


def _part(part: Row, house: House) -> Row:
    """With the name of who handled it."""
    part["user_name"] = house.user_names.get(part["user_id"], part["user_name"])
    return part


def _record(record: Row | None, house: House) -> Row | None:
    """With its owner's name."""
    if record and record["contact"]:
        record["contact"]["owner"] = house.user_names.get(record["contact"]["owner_id"])
    return record


def _user(viewer: Row) -> User:
    """What the statement does not tell of him is asked for by whoever needs it.

    As Django's `from_db` makes one, which goes through all columns of the model to find those few.
    """
    user = User.__new__(User)
    user._state = ModelState()
    user._state.db, user._state.adding = DEFAULT_DB_ALIAS, False
    user.__dict__.update(viewer)
    return user


def _candidates(row: Row, status: matching.Status) -> tuple[matching.Candidate, ...]:
    """Who may be calling; not those the agent has refused since the call began."""
    if status is not matching.Status.NUMBER or not row["candidates"]:
        return ()
    began = row["mine"] and moment(row["mine"]["time"])
    refused = row["mine"] and row["mine"]["link"] == "refused"
    for one in row["candidates"]:
        one["confirmed_at"], one["rejected_at"] = moment(one["confirmed_at"]), moment(one["rejected_at"])
    left = [one for one in row["candidates"] if not (refused and one["rejected_at"] and one["rejected_at"] >= began)]
    return matching.rank(left, datetime.now(UTC))


def _writers(context: CallContext, row: Row, user: User | None) -> tuple[matching.Candidate, ...]:
    """Who may have written; nobody once the agent has refused them."""
    refused = row["mine"] and row["mine"]["link"] == "refused"
    return matching.who_wrote(context.clid, user) if user and not refused else ()


def moment(text: str | None) -> datetime | None:
    """A time as PostgreSQL writes it into JSON."""
    return datetime.fromisoformat(text) if text else None


def of_nobody(key: str, call_id: str) -> tuple[list[datetime], datetime | None]:
    """When a number that nobody has has called, newest first, and when it was promised a call back: one statement.

    A hundred calls are as good as more; without any nothing can have been promised.
    """
    promised = Task.objects.open().filter(number=key, contact=None, due_at__isnull=False).order_by("due_at")
    calls = Call.objects.filter(number=key, contact=None).exclude(call_id=call_id).order_by("-started_at")
    rows = calls.values_list("started_at", Subquery(promised.values("due_at")[:1]))[:100] if key else []
    return [started_at for started_at, _ in rows], next((due for _, due in rows), None)
