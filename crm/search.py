"""What does a person look for? The one search box: names, e-mail addresses and numbers in any spelling.

Every statement goes by one index, stops at a limit and starts from what the user may see: a name by its beginning
(b-tree) and by any three letters in a row of it (trigrams), accents and capitals aside; an address by its beginning; a
number by its key, by its last eight digits, or by any five digits in a row of it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Model, Q, QuerySet, When, prefetch_related_objects
from django.db.models.functions import Lower

from crm import phones
from crm.models import Account, Call, Contact, EmailAddress, PhoneNumber, Queue, User

READ_AT_MOST = 200  # characters
SHOWN = 6  # of each kind, while a person types
LOOKED_AT = 200  # rows that are ranked: where more fit, more letters are needed
WORDS = 5
TRIGRAM = 3  # letters
FRAGMENT = 5  # digits


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found, and the number or address it was found by, or can be told by."""

    record: Any
    why: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    text: str
    contacts: list[Hit] = field(default_factory=list)
    accounts: list[Hit] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.contacts) + len(self.accounts) + len(self.calls)


def find(text: str, user: User, limit: int = SHOWN) -> Results:
    """What `user` may see of what fits `text`, at most `limit` of each kind, best first."""
    text = tidy(text)
    digits = digits_of(text)
    is_number = len(digits) >= FRAGMENT and "@" not in text
    keys = {phones.key(text, country) for country in countries()} if is_number else set()
    contacts: list[Hit] = []
    accounts: list[Hit] = []
    if "@" in text:
        contacts, accounts = _with_address(text, user, limit)
    if is_number:
        contacts, accounts = _with_number(keys, digits, user, limit)
    if text and "@" not in text and (not is_number or any(map(str.isalpha, text))):
        contacts += contacts_named(text, user, limit)
        accounts += accounts_named(text, user, limit)
    return Results(text, _once(contacts, limit), _once(accounts, limit), calls_with(keys, user, limit))


def tidy(text: str) -> str:
    """One line that PostgreSQL takes: without control characters, and without what follows READ_AT_MOST."""
    return " ".join("".join(c if c.isprintable() else " " for c in text[:READ_AT_MOST]).split())


def digits_of(text: str) -> str:
    """The digits in a text, in ASCII."""
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())


def with_digits(digits: str) -> Q:
    """Numbers with these digits in a row; zeros before them may stand for a country or a trunk, which are not kept."""
    without_zeros = digits.lstrip("0")
    found = Q(number__contains=digits)
    return found | Q(number__contains=without_zeros) if len(without_zeros) >= FRAGMENT else found


def countries() -> set[str]:
    """In which countries a number without a code may be meant: those of the queues."""
    return set(Queue.objects.order_by().values_list("country", flat=True).distinct()) or {"CZ"}


def contacts_named(text: str, user: User, limit: int = SHOWN) -> list[Hit]:
    hits = _named(Contact.objects.visible_to(user), "sort_key", text, limit)
    prefetch_related_objects([hit.record for hit in hits], "account")
    return hits


def accounts_named(text: str, user: User, limit: int = SHOWN) -> list[Hit]:
    return _named(Account.objects.visible_to(user), "plain", text, limit)


def calls_with(keys: set[str], user: User, limit: int = SHOWN) -> list[Call]:
    """The newest calls with exactly one of these numbers, also where nobody is known by it."""
    if not keys:
        return []
    calls = Call.objects.visible_to(user).filter(number__in=keys)
    return list(calls.select_related("contact", "account", "queue")[:limit])


def _named(rows: QuerySet[Any], column: str, text: str, limit: int) -> list[Hit]:
    """Names that begin with the text, then those with all its words somewhere in them."""
    plain = _plain(text)
    words = plain.split()[:WORDS]
    found = list(rows.filter(**{f"{column}__startswith": plain}).order_by(column, "pk")[:limit])
    if len(found) < limit and any(len(word) >= TRIGRAM for word in words):
        for word in words:
            rows = rows.filter(plain__contains=word)
        with by_trigrams():
            some = list(rows.order_by()[:LOOKED_AT])
        found += sorted(some, key=lambda row: (f" {words[0]}" not in f" {row.plain}", row.plain))
    return _with_numbers(list(dict.fromkeys(found))[:limit])


@contextmanager
def by_trigrams() -> Iterator[None]:
    """Where many rows fit, PostgreSQL reads a table or another index of it until it has enough: a long way when they
    stand at its end. Without both, the trigrams are what is left."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local enable_seqscan = off; set local enable_indexscan = off")
        yield


def _with_numbers(rows: list[Any]) -> list[Hit]:
    """Each with its first number: namesakes have to be told apart."""
    prefetch_related_objects(rows, "phone_numbers")
    numbers = {row.pk: next(iter(row.phone_numbers.all()), "") for row in rows}
    return [Hit(row, str(numbers[row.pk])) for row in rows]


def _plain(text: str) -> str:
    """Spelled as the database spells names for comparing."""
    with connection.cursor() as cursor:
        cursor.execute("select crm_plain(%s)", [text])
        return cursor.fetchone()[0]


def _with_address(text: str, user: User, limit: int) -> tuple[list[Hit], list[Hit]]:
    addresses = EmailAddress.objects.alias(small=Lower("address")).filter(small__startswith=text.lower())
    return _owners(addresses.order_by(), user, limit)


def _with_number(keys: set[str], digits: str, user: User, limit: int) -> tuple[list[Hit], list[Hit]]:
    """The owners of the number itself; of what ends alike; or else of what has these digits in it."""
    whole = PhoneNumber.objects.filter(suffix__in={phones.suffix(key) for key in keys})
    contacts, accounts = _owners(_exact_first(whole, keys), user, limit)
    if contacts or accounts:
        return contacts, accounts
    return _owners(PhoneNumber.objects.filter(with_digits(digits)).order_by(), user, limit)


def _exact_first(rows: QuerySet[Any], keys: set[str]) -> QuerySet[Any]:
    return rows.order_by(Case(When(number__in=keys, then=0), default=1), "pk")


def _owners(rows: QuerySet[Any], user: User, limit: int) -> tuple[list[Hit], list[Hit]]:
    """The people and the companies that numbers or addresses belong to."""
    people = rows.filter(contact__in=Contact.objects.visible_to(user)).select_related("contact__account")
    companies = rows.filter(account__in=Account.objects.visible_to(user)).select_related("account")
    return (
        [Hit(row.contact, str(row)) for row in people[:limit]],
        [Hit(row.account, str(row)) for row in companies[:limit]],
    )


def _once(hits: Iterable[Hit], limit: int) -> list[Hit]:
    """Each record once, with the first reason."""
    first: dict[Model, Hit] = {}
    for hit in hits:
        first.setdefault(hit.record, hit)
    return list(first.values())[:limit]
