"""Whose number is this? Ranked candidates for a caller, each with the reason why we think so.

One statement goes by one key: the number's last eight digits, then the number itself, on one index. What is exact
beats what only ends alike; a person beats the company's switchboard; what an agent confirmed beats what nobody did.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import connection
from django.utils import timezone

from crm import phones
from crm.models import Queue, User

ADDRESS = "e-mail address"  # the kind of what is matched where somebody wrote instead of calling

_NUMBER = (
    "n.id, n.number, n.kind, n.contact_id, n.account_id, n.is_shared, n.confirmed_at, n.rejected_at, n.custom_field_id"
)
# %(number)s is the key, %(suffix)s its end; what is exact comes first.
_NUMBERS = """
    select {number} from crm_phonenumber n where n.suffix = %(suffix)s and n.number = %(number)s
    union all
    select {number} from crm_phonenumber n where n.suffix = %(suffix)s and n.number <> %(number)s
"""
_ADDRESSES = """
    select n.id, lower(n.address) as number, 'e-mail address' as kind, n.contact_id, n.account_id, false as is_shared,
           null::timestamptz as confirmed_at, null::timestamptz as rejected_at, null::bigint as custom_field_id
    from crm_emailaddress n
    where lower(n.address) = %(number)s
"""
# What the user may see: everything, or what is of no team or of one of these.
_EYE = """
select u.role = 'admin' as sees_all, array(select t.team_id from crm_user_teams t where t.user_id = u.id) as teams
from crm_user u
where u.id = %(user)s
"""
# A name that the eye may not see does not leave the database; what was deleted in its master is nobody.
# More rows than these are a switchboard: then the agent searches in it. So few are looked up by the key of each row,
# which no plan can turn round.
_WHO = """
select p.id as phone_id, p.number = %(number)s as is_exact, p.kind, p.is_shared, p.confirmed_at, p.rejected_at,
       (select f.title from crm_customfield f where f.id = p.custom_field_id) as field,
       p.contact_id, p.account_id, c.stage, c.account_id as company_id, seen.it as is_visible,
       case when seen.it then coalesce(trim(c.first_name || ' ' || c.last_name), a.name) end as name,
       case when seen.it and a.hidden_at is null and (a.team_id is null or eye.sees_all or a.team_id = any (eye.teams))
            then a.name end as company
from eye
cross join ({rows}) p
left join crm_contact c on c.id = p.contact_id
left join crm_account a on a.id = coalesce(p.account_id, c.account_id)
cross join lateral (
    select case when p.contact_id is null then a.team_id else c.team_id end as team_id) of
cross join lateral (
    select of.team_id is null or eye.sees_all or of.team_id = any (eye.teams) as it) seen
where c.hidden_at is null and (p.account_id is null or a.hidden_at is null)
limit 12
"""
WHO_CALLS = _WHO.format(rows=_NUMBERS.format(number=_NUMBER))  # a part of a statement that has an `eye`
CANDIDATES = f"with eye as materialized ({_EYE}){WHO_CALLS}"
WRITERS = f"with eye as materialized ({_EYE}){_WHO.format(rows=_ADDRESSES)}"


class Kind(StrEnum):
    CONTACT = "contact"
    ACCOUNT = "account"
    LEAD = "lead"


class Status(StrEnum):
    """Why a number may match nobody at all."""

    NUMBER = "number"
    WITHHELD = "withheld"
    INTERNAL = "internal"
    OWN = "own"
    IGNORED = "ignored"


@dataclass(slots=True)
class Candidate:
    """One record that may be the caller. `name` and `company` are empty where `is_visible` is not true."""

    kind: Kind
    record_id: int
    phone_id: int
    name: str
    company: str
    company_id: int | None
    why: str
    score: int
    is_exact: bool
    is_sure: bool
    is_visible: bool
    is_shared: bool = False
    is_refused: bool = False

    @property
    def is_clear(self) -> bool:
        """Whether nothing speaks against this record but that others may have the number too."""
        return self.is_exact and self.is_visible and not self.is_shared and not self.is_refused

    @property
    def key(self) -> str:
        """How forms and addresses name the record: contact-12 or account-7."""
        return f"{'account' if self.kind is Kind.ACCOUNT else 'contact'}-{self.record_id}"


@dataclass(frozen=True, slots=True)
class Found:
    status: Status
    number: phones.Number
    candidates: tuple[Candidate, ...] = ()

    @property
    def people(self) -> tuple[Candidate, ...]:
        return tuple(one for one in self.candidates if one.kind is not Kind.ACCOUNT)


def who_has(written: str, queue: Queue, user: User, direction: str = "in") -> Found:
    """Whose number is `written`, for a call in this queue, as far as this user may know?"""
    number = phones.parse(written, queue.country)
    status = status_of(written, number.key, direction, queue.own_numbers, queue.ignored_numbers)
    if status is not Status.NUMBER:
        return Found(status, number)
    return Found(status, number, _ask(CANDIDATES, parameters(number.key, user.pk)))


def who_wrote(address: str, user: User) -> tuple[Candidate, ...]:
    """Whose e-mail address is it, as far as this user may know? Best first."""
    return _ask(WRITERS, {"number": address.strip().lower(), "user": user.pk})


def _ask(sql: str, values: Mapping[str, Any]) -> tuple[Candidate, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor]
    return rank(rows, timezone.now())


def parameters(key: str, user_id: int | None) -> dict[str, Any]:
    return {"number": key, "suffix": phones.suffix(key), "user": user_id}


def status_of(written: str, key: str, direction: str, own: Sequence[str], ignored: Sequence[str]) -> Status:
    """Whether this number can be somebody's at all: withheld, internal, own and ignored ones match nobody."""
    caller = phones.kind_of_caller(written)
    if caller is phones.CallerKind.WITHHELD:
        return Status.WITHHELD
    if direction == "internal" or caller is phones.CallerKind.INTERNAL:
        return Status.INTERNAL
    if key in own:
        return Status.OWN
    return Status.IGNORED if key in ignored else Status.NUMBER


def rank(rows: Iterable[Mapping[str, Any]], now: datetime) -> tuple[Candidate, ...]:
    """Best first, each record once; sure is only the one person (or else company) who has exactly this number."""
    best: dict[tuple[bool, int], Candidate] = {}
    for candidate in sorted((_judge(row, now) for row in rows), key=lambda one: -one.score):
        best.setdefault((candidate.kind is Kind.ACCOUNT, candidate.record_id), candidate)
    return _only_one_is_sure(tuple(best.values()))


def _only_one_is_sure(candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    exact = [one for one in candidates if one.is_exact]
    rivals = [one for one in exact if one.kind is not Kind.ACCOUNT] or exact
    alone = len(rivals) == 1
    return tuple(
        one if not one.is_sure or (alone and one is rivals[0]) else replace(one, is_sure=False) for one in candidates
    )


def _judge(row: Mapping[str, Any], now: datetime) -> Candidate:
    is_account = row["contact_id"] is None
    kind = Kind.ACCOUNT if is_account else Kind.LEAD if row["stage"] == "lead" else Kind.CONTACT
    is_refused = bool(row["rejected_at"]) and (not row["confirmed_at"] or row["rejected_at"] > row["confirmed_at"])
    return Candidate(
        kind=kind,
        record_id=row["account_id"] if is_account else row["contact_id"],
        phone_id=row["phone_id"],
        name=row["name"] or "",
        company=(row["company"] or "") if not is_account else "",
        company_id=row["account_id"] if is_account else row["company_id"],
        why=_why(row, is_account, is_refused, now),
        score=_score(row, is_account, is_refused),
        is_exact=row["is_exact"],
        is_sure=row["is_exact"] and not row["is_shared"] and not is_refused and row["is_visible"],
        is_visible=row["is_visible"],
        is_shared=row["is_shared"],
        is_refused=is_refused,
    )


def _score(row: Mapping[str, Any], is_account: bool, is_refused: bool) -> int:
    """Exact 100 > company 60 > the same ending 20; a confirmation adds, a refusal takes away."""
    base = 20 if not row["is_exact"] else 60 if is_account else 100
    return base + (10 if row["confirmed_at"] else 0) - (15 if is_refused else 0) - (5 if row["is_shared"] else 0)


def _why(row: Mapping[str, Any], is_account: bool, is_refused: bool, now: datetime) -> str:
    """The line under the name: "mobile, confirmed 12 days ago"."""
    is_switchboard = is_account and row["kind"] != ADDRESS
    kind = row["field"] or ("company switchboard" if is_switchboard else "" if row["kind"] == "other" else row["kind"])
    if not row["is_exact"]:
        return f"{kind}, same last {phones.SUFFIX_LENGTH} digits".lstrip(", ")
    parts = [kind or "number on record"]
    if row["is_shared"]:
        parts.append("shared number")
    if is_refused:
        parts.append("last time it was somebody else")
    elif row["confirmed_at"]:
        parts.append(f"confirmed {ago(row['confirmed_at'], now)}")
    return ", ".join(parts)


def ago(then: datetime, now: datetime) -> str:
    """How long ago, in the words of a card: today, yesterday, 12 days ago, 3 months ago."""
    zone = timezone.get_default_timezone()
    days = (now.astimezone(zone).date() - then.astimezone(zone).date()).days
    if days < 2:
        return "yesterday" if days == 1 else "today"
    if days < 60:
        return f"{days} days ago"
    return f"{days // 30} months ago" if days < 730 else f"{days // 365} years ago"
