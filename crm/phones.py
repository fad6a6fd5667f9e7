"""Whose spelling is it? One key for a phone number, however people, switchboards and other systems write it.

Pure: no Django, no database, never raises for any text. What the `phonenumbers` library calls possible is kept as
E.164; what it cannot read is kept as bare ASCII digits, and is still compared, raw and by its last eight.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

READ_AT_MOST = 128  # characters: a SIP address with a display name fits; ten kilobytes of digits cost no more than this
KEY_LENGTH = 32  # digits: longer than any real number, so only rubbish is cut
SUFFIX_LENGTH = 8
INTERNAL_LENGTH = 5
SHORTEST_BEFORE_PAUSE = 7  # digits, so that commas between groups start no extension
LOST_PLUS_LENGTH = 11  # digits, with the calling code: shorter ones are too easily something else
NO_COUNTRY = phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY


class CallerKind(StrEnum):
    """What stands in the caller id: only a NUMBER is anybody's."""

    WITHHELD = "withheld"
    INTERNAL = "internal"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Number:
    """A phone number as it was written (`raw`) and as it is compared (`key`).

    `key` is E.164 ("+420773796040") or, where the text cannot be read, its digits ("77379604"); "" without digits.
    `extension` is dialled and shown, never compared.
    """

    key: str
    extension: str
    raw: str

    @property
    def is_international(self) -> bool:
        """Whether the key is E.164, so means the same in every country."""
        return self.key.startswith("+")

    @property
    def is_valid(self) -> bool:
        """Whether the numbering plan of its country has such a number; a new range may be unknown to the library."""
        return self.is_international and _is_valid(_read(self.key, None))


def parse(written: str, country: str = "CZ") -> Number:
    """Any spelling → its number; `country` is the ISO code that a national spelling is read in."""
    if plain := plain_key(written, country):
        return Number(plain, "", written)
    text, extension = _split(_tidy(written[:READ_AT_MOST]))
    return Number(key=plain_key(text, country) or _careful_key(text, country), extension=extension, raw=written)


def key(written: str, country: str) -> str:
    """`parse(written, country).key`, without the rest: for look-ups and bulk work."""
    return plain_key(written, country) or parse(written, country).key


def suffix(key: str) -> str:
    """The digits of a key that are compared when nothing matched it whole."""
    return key.removeprefix("+")[-SUFFIX_LENGTH:]


@lru_cache(maxsize=4096)
def spell(key: str, country: str | None = None) -> str:
    """A key for people: "+420 773 796 040", or "773 796 040" to a reader in the number's own `country`."""
    if country is None and (plain := _IN_THREES(key)):
        return " ".join(plain.groups())
    number = _read(key, None)
    if number is None:
        return key
    at_home = country is not None and number.country_code == phonenumbers.country_code_for_region(country)
    return phonenumbers.format_number(
        number, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL
    )


def country_of(key: str) -> str | None:
    """The ISO code of a key's country; None for bare digits and for numbers of no country, such as +800."""
    number = _read(key, None)
    region = phonenumbers.region_code_for_number(number) if number else None
    return None if region == NO_COUNTRY else region


def kind_of_caller(written: str) -> CallerKind:
    """Whether a caller id is a number at all, or hidden, or a line of our own switchboard."""
    if _BARE(written):
        return CallerKind.NUMBER
    number, _ = _split(_tidy(written[:READ_AT_MOST]))
    digits = _digits(number)
    if not digits.strip("0") or number.strip() == "-1":
        return CallerKind.WITHHELD
    return CallerKind.INTERNAL if len(digits) <= INTERNAL_LENGTH and "+" not in number else CallerKind.NUMBER


# The fast way: plain spellings of the countries our customers work in, where the library is known to agree. Each row
# has the calling code, the zero that may follow it, what a national spelling starts with, and the number itself.
_PLANS = {
    "CZ": ("420", "", "", r"[2-9]\d{8}"),
    "SK": ("421", "0?", "0?", r"[2-9]\d{8}"),
    "PL": ("48", "", "", r"[1-9]\d{8}"),
    "DE": ("49", "0?", "0", r"[1-9]\d{6,10}"),
    "AT": ("43", "0?", "0", r"[1-9]\d{6,10}"),
    "HU": ("36", "", "06", r"[1-9]\d{7,8}"),
    "GB": ("44", "0?", "0", r"[1-9]\d{9}"),
}
_INTERNATIONAL = "|".join(rf"({code}){zero}({number})" for code, zero, _, number in _PLANS.values())
_PLAIN = {
    country: (code, re.compile(rf"(?:\+|00)(?:{_INTERNATIONAL})|(){trunk}({number})", re.ASCII).fullmatch)
    for country, (code, _, trunk, number) in _PLANS.items()
}
# What the library spells in threes: Czech numbers, Slovak and Polish mobile ones.
_IN_THREES = re.compile(
    r"(\+420(?=[2-8]|9[015-7])|\+421(?=9)|\+48(?=45|5[0137]|6[069]|7[2389]|88))(\d{3})(\d{3})(\d{3})", re.ASCII
).fullmatch
_BARE = re.compile(rf"\+?0*[1-9]\d{{{INTERNAL_LENGTH},}}", re.ASCII).fullmatch
_SEPARATORS = {ord(character): None for character in " -./()\N{NO-BREAK SPACE}"}


def plain_key(written: str, country: str) -> str:
    """The key of a plain spelling, or "" where only the library can tell."""
    plan = _PLAIN.get(country)
    if plan is None or len(written) > READ_AT_MOST:
        return ""
    code, fullmatch = plan
    match = fullmatch(written.replace(" ", "")) or fullmatch(written.translate(_SEPARATORS))  # most have spaces only
    if match is None or (last := match.lastindex) is None:
        return ""
    return f"+{match[last - 1] or code}{match[last]}"


def _careful_key(text: str, country: str) -> str:
    """The key of a text without its extension, by the library."""
    run = _longest_run(text)
    if not run:
        return ""
    readings = [_read(run, country)]
    if run != text:
        readings.append(_read(text, country))  # with its letters: 1-800-FLOWERS
    number = _first(_is_valid, readings) or _repaired(run, readings[0]) or _first(_is_possible, readings)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164) if number else _digits(text)[:KEY_LENGTH]


def _repaired(run: str, number: PhoneNumber | None) -> PhoneNumber | None:
    """A valid number where the first reading is none: without a zero too many, or with the plus that got lost."""
    if number and number.italian_leading_zero:
        without_zero = PhoneNumber(country_code=number.country_code, national_number=number.national_number)
        if _is_valid(without_zero):
            return without_zero
    digits = _digits(run).removeprefix("00")
    abroad = _read("+" + digits, None) if "+" not in run and len(digits) >= LOST_PLUS_LENGTH else None
    return abroad if _is_valid(abroad) else None


def _read(text: str, country: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(text, country)
    except NumberParseException:
        return None


def _first(accepts: Callable[[PhoneNumber | None], bool], readings: Iterable[PhoneNumber | None]) -> PhoneNumber | None:
    return next(filter(accepts, readings), None)


def _is_possible(number: PhoneNumber | None) -> bool:
    """Whether it has a length its country uses, and with the area code: half a number is nobody's."""
    return number is not None and (phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE)


def _is_valid(number: PhoneNumber | None) -> bool:
    return number is not None and phonenumbers.is_valid_number(number)


# Reading the text: what surrounds a number goes first, then its extension.
_WORDS = (
    "extension|extn|ext|x|klapka|kl|linka|l|durchwahl|durchw|dw|apparat|app|nebenstelle|nst|klappe"
    "|wewn[ęe]trzny|wewn|wew|w|mell[ée]k|mell|poste|interno|int|anexo|ramal|доб|p"
)
_EXTENSION = re.compile(
    rf"\d[\s).,;(/-]*(?P<sign>{_WORDS}|[,;#])[\s.:=#),;-]*(?P<extension>\d{{1,7}})[\s)#]*\Z", re.IGNORECASE
)
_CONTEXT = re.compile(r"(?P<number>.*);phone-context=(?P<prefix>\+[\d.-]+)", re.IGNORECASE)
_RUN = re.compile(r"(?:\+[\W_]*)?\d[\W\d_]*")


def _tidy(written: str) -> str:
    """A text in ASCII digits, without bidi marks, and without the address and display name of a SIP or tel URI."""
    text = written if written.isascii() else "".join(map(_plain_character, written))
    text = text.partition("<")[2] or text
    text = re.sub(r"^\s*(?:sips?|tel|callto):", "", text, flags=re.IGNORECASE)
    text = text.partition("@")[0].partition(">")[0]
    return _CONTEXT.sub(r"\g<prefix>\g<number>", text)


def _plain_character(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd":
        return "-"
    if character == "\N{FULLWIDTH PLUS SIGN}":
        return "+"
    if category in ("Zs", "Cc"):
        return " "
    return "" if category in ("Cf", "Cs", "Mn") else character


def _split(text: str) -> tuple[str, str]:
    """The number, and the digits of its extension."""
    match = _EXTENSION.search(text)
    if match is None:
        return text, ""
    number = text[: match.start() + 1]
    only_groups = match["sign"] in ",;#" and len(_digits(number)) < SHORTEST_BEFORE_PAUSE  # 773,796,040
    return (text, "") if only_groups else (number, match["extension"])


def _longest_run(text: str) -> str:
    """What stands between the words: "mobil 773 796 040 Jana" is not spelled on a keypad."""
    return max(_RUN.findall(text), key=len, default="")


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)
