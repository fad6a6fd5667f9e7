"""Which fields can a card show? The names a screen-pop rule may list, their titles, and how each is read (pure).

A record is what widget/sql/record.sql answers: `contact` and `account` (either may be null), `numbers` and `emails`.
Name, alert and VIP are always on the card. A field the record does not have is not shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any

from crm import phones

CUSTOM = "custom:"  # before the key of a custom field
DEFAULT_FIELDS = ("company", "job_title", "numbers", "emails", "language", "stage", "owner")
STAGES = {"lead": "Lead", "customer": "Customer", "former": "Former customer", "partner": "Partner"}
LANGUAGES = {
    "cs": "Czech", "sk": "Slovak", "pl": "Polish", "de": "German", "en": "English", "hu": "Hungarian",
    "uk": "Ukrainian", "ru": "Russian", "fr": "French", "it": "Italian", "es": "Spanish", "ro": "Romanian",
}  # fmt: skip

Record = Mapping[str, Any]
Read = Callable[[Record], str]


@dataclass(frozen=True, slots=True)
class Field:
    """A title for people, and what to write beside it: "" where the record says nothing."""

    title: str
    read: Read


LINE = ("title", "value")  # one of a card


def known(names: Iterable[str], custom_titles: Mapping[str, str]) -> tuple[Field, ...]:
    """The fields of these names, in their order; `custom_titles` is key → title of the custom fields.

    Names that are no longer known (a custom field was deleted) are passed over.
    """
    fields = (FIELDS.get(name) or _custom(name, custom_titles) for name in names)
    return tuple(filter(None, fields))


def shown(fields: Iterable[Field], record: Record) -> list[tuple[str, str]]:
    """The lines of a card; fields without a value are passed over."""
    return [(field.title, value) for field in fields if (value := field.read(record))]


def choices(custom_titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Every name a rule may list, with its title: for forms."""
    own = [(name, field.title) for name, field in FIELDS.items()]
    return own + [(CUSTOM + key, title) for key, title in custom_titles.items()]


def _own(column: str, words: Mapping[str, str] = MappingProxyType({})) -> Read:
    """A column of the person, or of the company where the card is a company's."""

    def read(record: Record) -> str:
        text = _written((record.get("contact") or record.get("account") or {}).get(column))
        return words.get(text, text)

    return read


def _company(column: str) -> Read:
    """A column of the person's company."""
    return lambda record: _written((record.get("account") or {}).get(column)) if record.get("contact") else ""


def _numbers(*kinds: str) -> Read:
    def read(record: Record) -> str:
        numbers = record.get("numbers") or ()
        return ", ".join([_number(one) for one in numbers if not kinds or one["kind"] in kinds])

    return read


def _number(one: Mapping[str, Any]) -> str:
    return phones.spell(one["number"]) + (f" ext. {one['extension']}" if one.get("extension") else "")


def _custom(name: str, titles: Mapping[str, str]) -> Field | None:
    key = name.removeprefix(CUSTOM)
    if not name.startswith(CUSTOM) or key not in titles:
        return None
    return Field(titles[key], partial(_custom_value, key))


def _custom_value(key: str, record: Record) -> str:
    """The person's own, or else the company's."""
    for owner in (record.get("contact"), record.get("account")):
        if owner and (text := _written((owner.get("custom") or {}).get(key))):
            return text
    return ""


def _written(value: Any) -> str:
    """Any JSON value for people: yes and no for checkboxes, a list with commas."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return ", ".join(map(_written, value)) if isinstance(value, list) else str(value)


FIELDS: Mapping[str, Field] = {
    "company": Field("Account", _company("name")),
    "job_title": Field("Job title", _own("job_title")),
    "numbers": Field("Numbers", _numbers()),
    "mobile": Field("Mobile", _numbers("mobile")),
    "work_number": Field("Work number", _numbers("work", "switchboard")),
    "home_number": Field("Home number", _numbers("home")),
    "emails": Field("E-mail", lambda record: ", ".join(record.get("emails") or ())),
    "language": Field("Language", _own("language", LANGUAGES)),
    "stage": Field("Stage", _own("stage", STAGES)),
    "do_not_call": Field("Do not call", _own("do_not_call")),
    "address": Field("Address", _own("address")),
    "website": Field("Website", lambda record: _written((record.get("account") or {}).get("website"))),
    "company_address": Field("Account's address", _company("address")),
    "company_alert": Field("Account's alert", _company("alert")),
    "description": Field("Description", _own("description")),
    "owner": Field("Owner", _own("owner")),
}
