"""What does somebody see who has never used it? A contact centre of four countries with six months behind it."""

from __future__ import annotations

from datetime import datetime
from random import Random

from django.db import connection, transaction
from django.utils import timezone

from crm.models import Queue
from crm.phones import key
from widget.demo import centre
from widget.demo.book import Book
from widget.demo.cast import Cast, numbers
from widget.demo.customers import Customers
from widget.demo.diary import Diary, Staff
from widget.demo.story import Story

SEED = 2000
STRANGERS = 400


def is_there() -> bool:
    return Queue.objects.filter(source=centre.SOURCE, slug="2000").exists()


def fill(desk_origin: str, now: datetime | None = None) -> None:
    """Writes the whole demo in one transaction; the same moment gives the same people, and the same six months."""
    moment = timezone.localtime(now)
    random = Random(SEED)  # noqa: S311 nothing here is a secret
    with transaction.atomic():
        centre.set_up(desk_origin)
        book, staff = Book(moment), Staff.load()
        diary = Diary(book, staff, random)
        Cast(book, staff, diary, moment).enter()
        customers = Customers(book, staff, random, moment, numbers())
        story = Story(diary, random, moment)
        story.of(list(customers.all()))
        story.strangers(key(customers.people.number("CZ", "mobiles"), "CZ") for _ in range(STRANGERS))
        book.write()
    with connection.cursor() as cursor:
        cursor.execute("analyze")
