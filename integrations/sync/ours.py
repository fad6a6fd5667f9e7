"""Which fields of ours can a mapping name, and what may stand in them? Our end of a sync, in the words of mappings."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.db import models

from crm import phones
from crm.models import Account, Contact, CustomField, PhoneNumber
from integrations.mapping import CUSTOM, PHONE, Rule, Rules
from integrations.models import Connection, Direction, Entity, FieldMapping, Stream
from integrations.sync import belonging
from integrations.transforms import Change, Home, boolean, email, text

RECORDS: dict[str, type[Contact] | type[Account]] = {Entity.CONTACT: Contact, Entity.ACCOUNT: Account}
MOST_LETTERS = 2_000  # of one value in an admin's own field


@dataclass(frozen=True, slots=True)
class Field:
    """`kind` is text, boolean, choice, url, phones, emails, link, team, user or computed (outward only), or a
    CustomField.Kind."""

    name: str
    label: str
    kind: str = "text"
    longest: int | None = None
    choices: tuple[tuple[str, str], ...] = ()
    custom_field_id: int | None = None

    @property
    def is_column(self) -> bool:
        return self.kind in ("text", "boolean", "choice", "url") and not self.name.startswith(CUSTOM)

    @property
    def is_list(self) -> bool:
        return self.kind in ("phones", "emails")

    @property
    def is_writable(self) -> bool:
        return self.kind != "computed"


class Ext(str):
    """A number as it is compared, "+420773796040" or "+420773796040;ext=12"; `written` is how it came."""

    __slots__ = ("written",)
    written: str


def _column(model: type[models.Model], name: str, label: str) -> Field:
    column: Any = model._meta.get_field(name)
    if isinstance(column, models.BooleanField):
        return Field(name, label, "boolean")
    choices = tuple((str(value), str(title)) for value, title in column.choices or ())
    kind = "choice" if choices else "url" if isinstance(column, models.URLField) else "text"
    return Field(name, label, kind, column.max_length, choices)


_NUMBERS = tuple(
    Field(f"{PHONE}{kind}", f"Phone, {label}", "phones")
    for kind, label in sorted(PhoneNumber.Kind.choices, key=lambda choice: choice[0] == "other")
)
_WHOSE = (Field("team", "Team", "team"), Field("owner", "Owner", "user"))
FIELDS: dict[str, tuple[Field, ...]] = {
    Entity.CONTACT: (
        _column(Contact, "first_name", "First name"),
        _column(Contact, "last_name", "Last name"),
        Field("name", "Whole name", "computed"),
        Field("account", "Account", "link"),
        Field("email", "E-mail addresses", "emails", 254),
        *_NUMBERS,
        _column(Contact, "job_title", "Job title"),
        _column(Contact, "stage", "Stage"),
        _column(Contact, "language", "Language"),
        _column(Contact, "is_vip", "VIP"),
        _column(Contact, "do_not_call", "Do not call"),
        _column(Contact, "alert", "Alert"),
        _column(Contact, "address", "Address"),
        _column(Contact, "description", "Description"),
        *_WHOSE,
    ),
    Entity.ACCOUNT: (
        _column(Account, "name", "Name"),
        Field("email", "E-mail addresses", "emails", 254),
        *_NUMBERS,
        _column(Account, "website", "Website"),
        _column(Account, "alert", "Alert"),
        _column(Account, "address", "Address"),
        _column(Account, "description", "Description"),
        *_WHOSE,
    ),
}


def fields(entity: str) -> dict[str, Field]:
    """Ours of an entity by name, with those an admin added. One query."""
    added = CustomField.objects.filter(record=entity)
    own = [
        Field(f"{CUSTOM}{row.key}", row.title, row.kind, MOST_LETTERS, tuple((c, c) for c in row.choices), row.pk)
        for row in added
    ]
    return {field.name: field for field in (*FIELDS[entity], *own)}


def home(connection: Connection) -> Home:
    return Home(str(connection.settings.get("country") or "CZ").upper(), ZoneInfo(connection.time_zone))


def rules(stream: Stream, known: dict[str, Field], rows: Iterable[FieldMapping]) -> Rules:
    """The rows of a mapping, compiled. A row whose field of ours is no more is left out. ValueError: a bad row."""
    is_inward = stream.direction == Direction.INWARD
    there = home(stream.connection)
    made = [
        Rule(row.ours, row.theirs, row.mode, row.transform, row.argument, row.table, row.default,
             keeper(known[row.ours], there.country), known[row.ours].is_list)
        for row in rows
        if row.ours in known and (known[row.ours].is_writable or not is_inward)
    ]  # fmt: skip
    return Rules(made, there, is_inward=is_inward)


def keeper(field: Field, country: str) -> Change:
    """Makes of a value what this field holds; of a list's, what each is. ValueError says what is wrong with it."""
    if field.kind == "phones":
        return _numbers(country)
    if field.kind == "number":
        return lambda value: value if isinstance(value, int | float) and not isinstance(value, bool) else text(value)
    if field.kind == "choice":
        return _choice(field)
    if field.kind in _WHO:
        return _WHO[field.kind]()
    kept = _KEPT.get(field.kind)
    if kept:
        return lambda value: kept(value, field, country)
    return _PLAIN.get(field.kind) or _short(field)


def _short(field: Field) -> Change:
    longest = field.longest
    if longest is None:
        return text

    def kept(value: Any) -> str:
        written = value if value.__class__ is str and "\0" not in value else text(value)
        if len(written) > longest:
            raise ValueError(f"It is longer than {longest} letters.")
        return written

    return kept


def _numbers(country: str) -> Change:
    """Each with how it was written. ValueError where there is no number in it."""
    plain_key = phones.plain_key

    def kept(value: Any) -> Ext:
        written = value if value.__class__ is str else text(value)
        made = Ext(plain_key(written, country) or _careful(written, country))
        made.written = written[:64]
        return made

    return kept


def _careful(written: str, country: str) -> str:
    parsed = phones.parse(text(written), country)
    if not parsed.key:
        raise ValueError(f"“{written[:40]}” is no phone number.")
    return f"{parsed.key};ext={parsed.extension}" if parsed.extension else parsed.key


def _choice(field: Field) -> Change:
    """By its value or by what people call it, in any capitals."""
    known = {label.casefold(): choice for choice, label in field.choices}
    known |= {choice.casefold(): choice for choice, _ in field.choices}

    def kept(value: Any) -> str:
        written = text(value)
        choice = known.get(written) or known.get(written.strip().casefold())
        if choice is None:
            raise ValueError(f"“{written[:40]}” is none of: {', '.join(choice for choice, _ in field.choices)[:120]}.")
        return choice

    return kept


def _url(value: Any, field: Field, country: str) -> str:
    written = text(value)
    if not written:
        return ""
    address = _short(field)(written if "://" in written else f"https://{written}")
    if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname:
        raise ValueError(f"“{written[:60]}” is no web address.")
    return address


def _date(value: Any, field: Field, country: str) -> str:
    return date.fromisoformat(text(value)[:10]).isoformat() if value else ""


def _phone(value: Any, field: Field, country: str) -> str:
    return _numbers(country)(value) if value else ""


_KEPT = {"url": _url, "date": _date, "phone": _phone}
_WHO: dict[str, Callable[[], Change]] = {"team": belonging.team, "user": belonging.owner}
_PLAIN: dict[str, Change] = {"boolean": boolean, "checkbox": boolean, "emails": email, "email": email}
