"""How is a value changed on its way across? The named changes a mapping may use, each in plain words.

Pure. A change is made once for a mapping (`inward`, `outward`) and then takes one value after another; a value it
cannot read is a ValueError whose text is for the person who maps. There is no language in here: no expressions, no
regular expressions, nothing to stall a worker with (threat 13).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crm import phones

Change = Callable[[Any], Any]
YES = {"1", "true", "yes", "y", "on", "ano", "áno", "tak", "ja", "igen"}
NO = {"0", "false", "no", "n", "off", "ne", "nie", "nein", "nem", ""}
MOST_DIGITS = 30
LONGEST_ADDRESS = 254
BARE_TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Home:
    """What a change falls back on when its argument is empty: where the other system is."""

    country: str = "CZ"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class Transform:
    """`argument` says what the argument is, "" that there is none. `outward` is None where there is no way back."""

    name: str
    label: str
    inward: Callable[[str, Home], Change] | None
    outward: Callable[[str, Home], Change] | None
    argument: str = ""


def change(name: str, argument: str, home: Home, *, is_inward: bool) -> Change:
    """The change of this name, ready for values. ValueError: no such change, not this way, or a bad argument."""
    if name not in TRANSFORMS:
        raise ValueError(f"There is no change called {name[:40]}.")
    transform = TRANSFORMS[name]
    make = transform.inward if is_inward else transform.outward
    if make is None:
        raise ValueError(f"“{transform.label}” works in the other direction only.")
    return make(argument, home)


def text(value: Any) -> str:
    """Any plain value as text; NUL, which PostgreSQL cannot store, is dropped (trap 21)."""
    if isinstance(value, str):
        return value.replace("\0", "") if "\0" in value else value
    if value.__class__ is int:
        return str(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        raise ValueError("A single value is expected here, not a list or a group of values.")
    return str(value)


def boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = text(value).strip().lower()
    if word in YES or word in NO:
        return word in YES
    raise ValueError(f"“{word[:40]}” is neither yes nor no.")


def email(value: Any) -> str:
    address = text(value).strip().lower()
    name, at, host = address.rpartition("@")
    if (address and not (at and name and host)) or " " in address:
        raise ValueError(f"“{address[:60]}” is no e-mail address.")
    if len(address) > LONGEST_ADDRESS:
        raise ValueError(f"An e-mail address has {LONGEST_ADDRESS} letters at most.")
    return address


def _same(one: Callable[[str], str]) -> Callable[[str, Home], Change]:
    """A change of text that is the same whatever its argument is."""
    return lambda argument, home: lambda value: one(text(value))


def _phone(argument: str, home: Home) -> Change:
    country = argument.strip().upper() or home.country
    if len(country) != 2 or not country.isascii() or not country.isalpha():
        raise ValueError("A country has two letters, such as CZ.")

    def read(value: Any) -> str:
        number = phones.parse(text(value), country)
        return f"{number.key} ext. {number.extension}" if number.key and number.extension else number.key

    return read


def _email(argument: str, home: Home) -> Change:
    return email


def _date_in(argument: str, home: Home) -> Change:
    if not argument:
        return lambda value: date.fromisoformat(text(value).strip()[:10]).isoformat() if value else ""
    return lambda value: _read_time(text(value), argument).date().isoformat() if value else ""


def _date_out(argument: str, home: Home) -> Change:
    return lambda value: date.fromisoformat(text(value)[:10]).strftime(argument or "%Y-%m-%d") if value else ""


def _time_in(argument: str, home: Home) -> Change:
    """Their bare time to UTC; in the hour that autumn repeats it is read as the first (contract A6)."""
    zone = _zone(argument, home)

    def read(value: Any) -> str:
        if not value:
            return ""
        moment = datetime.fromisoformat(text(value).strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).isoformat()

    return read


def _time_out(argument: str, home: Home) -> Change:
    zone = _zone(argument, home)
    return lambda value: datetime.fromisoformat(text(value)).astimezone(zone).strftime(BARE_TIME) if value else ""


def _zone(argument: str, home: Home) -> ZoneInfo:
    try:
        return ZoneInfo(argument.strip()) if argument.strip() else home.zone
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("Write a time zone like Europe/Prague.") from error


def _read_time(written: str, form: str) -> datetime:
    return datetime.strptime(written.strip(), form)  # noqa: DTZ007 - a date has no zone


def _number_in(argument: str, home: Home) -> Change:
    sign = argument.strip() or "."
    if sign not in (".", ","):
        raise ValueError("The decimal sign is . or ,")

    def read(value: Any) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        written = "".join(text(value).split()).replace("." if sign == "," else ",", "").replace(sign, ".")
        return _exact(written) if written else ""

    return read


def _exact(written: str) -> int | float:
    try:
        number = Decimal(written)
    except InvalidOperation as error:
        raise ValueError(f"“{written[:40]}” is no number.") from error
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:  # 1e999999999 is short to write only
        raise ValueError(f"“{written[:40]}” is no number.")
    return int(number) if number == number.to_integral_value() and "." not in written else float(number)


def _number_out(argument: str, home: Home) -> Change:
    return lambda value: text(value).replace(".", argument.strip() or ".")


def _words(argument: str) -> tuple[str, str]:
    yes, slash, no = (argument or "true/false").partition("/")
    if not slash:
        raise ValueError("Write both words with a slash between them: Yes/No.")
    return yes.strip(), no.strip()


def _boolean_in(argument: str, home: Home) -> Change:
    yes, no = (word.lower() for word in _words(argument))

    def read(value: Any) -> bool:
        word = text(value).strip().lower()
        return word == yes if word in (yes, no) else boolean(value)

    return read


def _boolean_out(argument: str, home: Home) -> Change:
    if not argument:
        return boolean
    yes, no = _words(argument)
    return lambda value: yes if boolean(value) else no


def _first_name(argument: str, home: Home) -> Change:
    return lambda value: " ".join(text(value).split()[:-1])


def _last_name(argument: str, home: Home) -> Change:
    return lambda value: " ".join(text(value).split()[-1:])


def _join(argument: str, home: Home) -> Change:
    between = argument or ", "
    return lambda value: between.join(text(one) for one in _several(value) if one not in (None, ""))


def _split(argument: str, home: Home) -> Change:
    between = argument.strip() or ","
    return lambda value: [part.strip() for part in text(value).split(between) if part.strip()]


def _first(argument: str, home: Home) -> Change:
    return lambda value: next(iter(_several(value)), None)


def _listed(argument: str, home: Home) -> Change:
    return lambda value: _several(value) if value not in (None, "") else []


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _with_prefix(argument: str, home: Home) -> Change:
    return lambda value: f"{argument}{written}" if (written := text(value)) else ""


def _without_prefix(argument: str, home: Home) -> Change:
    return lambda value: text(value).removeprefix(argument)


ALL = (
    Transform("trim", "Without spaces around it", _same(str.strip), _same(str.strip)),
    Transform("upper", "In capital letters", _same(str.upper), _same(str.upper)),
    Transform("lower", "In small letters", _same(str.lower), _same(str.lower)),
    Transform("title", "With Capital Initials", _same(str.title), _same(str.title)),
    Transform("phone", "Phone number", _phone, _phone, "The country of numbers without a code, such as CZ."),
    Transform("email", "E-mail address", _email, _email),
    Transform("date", "Date", _date_in, _date_out, "How it is written there, such as %d.%m.%Y; empty: 2026-11-20."),
    Transform("time", "Date and time", _time_in, _time_out, "Their time zone, such as Europe/Prague."),
    Transform("number", "Number", _number_in, _number_out, "The decimal sign there: . or ,"),
    Transform("boolean", "Yes or no", _boolean_in, _boolean_out, "Their words, such as Yes/No."),
    Transform("first_name", "First name of a whole name", _first_name, None),
    Transform("last_name", "Last name of a whole name", _last_name, None),
    Transform("join", "A list as one text", _join, _join, "What stands between; empty: a comma."),
    Transform("split", "One text as a list", _split, _split, "What stands between; empty: a comma."),
    Transform("first", "The first of a list", _first, _first),
    Transform("list", "A value as a list", _listed, _listed),
    Transform("prefix", "Put before it", _with_prefix, _with_prefix, "What to put before it."),
    Transform("strip", "Take away from its beginning", _without_prefix, _without_prefix, "What to take away."),
)  # fmt: skip
TRANSFORMS = {one.name: one for one in ALL}
