"""What does somebody see who has never used it? A contact centre of four countries with six months behind it."""

from __future__ import annotations

from datetime import datetime
from random import Random

from django.db import connection, transaction
from django.utils import timezone

from crm.models import Queue, User
from crm.phones import key
from widget.demo import centre
from widget.demo.book import Book
from widget.demo.cast import CAST, Cast, numbers
from widget.demo.customers import Customers
from widget.demo.diary import Diary, Staff
from widget.demo.seed import link_sample
from widget.demo.story import Story
from widget.models import CallType, ExampleCall
from widget.rulebench import what_happens

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
        link_sample()
        add_examples()
    with connection.cursor() as cursor:
        cursor.execute("analyze")


def add_examples() -> None:
    """Each preset of the desk is an example call of the rule bench: it must go on doing what it does now."""
    admin = User.objects.get(username="admin")
    for caller in CAST["callers"]:
        queue = Queue.objects.get(slug=caller.get("queue", "2000"))
        direction, number = caller.get("direction", "in"), caller.get("number", "")
        call_type = CallType.OUTBOUND if direction == "out" else CallType.INBOUND
        trial = what_happens(number, queue, call_type, direction, admin)
        expected = trial.decision.sentence
        ExampleCall.objects.create(
            title=caller["label"], queue=queue, number=number, call_type=call_type, expected=expected
        )
