"""Is it the right answer? The same questions answered the naive way, and the pages compared with that.

Naive: every number in the database is read and compared in Python, each caller is read by the library alone, and the
rest comes from the plainest queries of the ORM. Slow, and easy to believe.
"""

from __future__ import annotations

import html
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import phonenumbers
from phonenumbers import PhoneNumberFormat

from bench.calls import FORMS, Calls, exact
from bench.load import answer_to
from crm.models import Activity, Contact, PhoneNumber
from tests.crm.test_phones_library import library_key

ORDER = re.compile(r"Order (\d+):")
OFFICE_CONTACT = re.compile(r'href="[^"]*/contacts/(\d+)/"')
SAMPLE = 200


@dataclass
class Book:
    """Who has which of the wanted numbers, by reading all there are: persons by number, and by its last eight."""

    whole: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    ending: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, keys: set[str]) -> Book:
        book, endings = cls(), {one[-8:] for one in keys}
        rows = PhoneNumber.objects.exclude(contact=None).values_list("number", "contact_id")
        for number, contact_id in rows.iterator(chunk_size=20_000):
            if number in keys:
                book.whole[number].add(contact_id)
            if number[-8:] in endings:
                book.ending[number[-8:]].add(contact_id)
        return book

    def persons(self, number: str) -> set[int]:
        return self.whole.get(number) or self.ending.get(number[-8:]) or set()


def sample(calls: Calls) -> list[str]:
    """Numbers as they ring: known ones in every form, some that five share, and some that nobody has."""
    crowd, draw, forms = calls.crowd, random.Random(7), [exact, *FORMS.values()]
    mobiles = [crowd.mobile(draw.randint(1, crowd.contacts)) for _ in range(SAMPLE - 40)]
    known = [forms[index % len(forms)](mobile) for index, mobile in enumerate(mobiles)]
    shared = [crowd.home(draw.randrange(crowd.groups)) for _ in range(20)]
    return known + shared + [f"+42037{draw.randrange(10**7):07}" for _ in range(20)]


def disagreements(calls: Calls) -> list[str]:
    """What is wrong on the pages of a random sample: nothing, it is hoped."""
    rings = sample(calls)
    book = Book.of({library_key(written, "CZ") for written in rings})
    return [text for index, written in enumerate(rings) for text in _wrong(calls, book, written, f"check{index}")]


def _wrong(calls: Calls, book: Book, written: str, call: str) -> Iterator[str]:
    page = html.unescape(answer_to(calls.port, calls.ring(written, call)).decode())
    number = library_key(written, "CZ")
    exactly, persons = book.whole.get(number, set()), book.persons(number)
    if len(exactly) == 1:
        expected = _card(Contact.objects.select_related("account").get(pk=next(iter(exactly))))
        yield from (f"{written}: {what} is not there" for what in expected if what not in page)
        if (found := _orders(page)) != (wanted := _last_ten(next(iter(exactly)))):
            yield f"{written}: history {found} instead of {wanted}"
    elif persons:
        names = [contact.name for contact in Contact.objects.filter(pk__in=persons)]
        yield from (f"{written}: {name} is not offered" for name in names if name not in page)
    if len(exactly) != 1 and OFFICE_CONTACT.search(page):
        yield f"{written}: somebody's card is open"


def _card(contact: Contact) -> Sequence[str]:
    """What must stand on it: the name and its address in the office, the company, all numbers."""
    numbers = [phonenumbers.parse(row.number) for row in contact.phone_numbers.all()]
    spelled = [phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL) for number in numbers]
    company = [contact.account.name] if contact.account else []
    return [contact.name, f"/contacts/{contact.pk}/", *company, *spelled]


def _last_ten(contact_id: int) -> list[int]:
    rows = Activity.objects.filter(contact_id=contact_id).order_by("-time", "-pk")[:10]
    return [_order(row.note or row.title) for row in rows]


def _orders(page: str) -> list[int]:
    """The orders that the page names, each once, as they come."""
    return list(dict.fromkeys(int(number) for number in ORDER.findall(page)))


def _order(text: str) -> int:
    found = ORDER.search(text)
    return int(found[1]) if found else 0
