"""Can an address or a form break the widget? Whoever writes a link writes its parameters: thousands of bad ones."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from random import Random
from urllib.parse import quote

import pytest
from django.db import connection, transaction
from django.db.utils import InternalError
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from crm.models import Queue, Team, User
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    ContactFactory,
    CustomFieldFactory,
    OutcomeFactory,
    QueueFactory,
    TaskFactory,
    UserFactory,
)
from tests.naughty import LEAKS, LONG, MARK, STRINGS, TAG, sendable
from widget.urls import pages

ADDRESSES = {"agent": 3_500, "stranger": 1_500}
FORMS = 500  # of each act
LONGEST_SECONDS = 1.5  # of a processor, for any one answer

Fields = Mapping[str, Sequence[str]]
CALL: Fields = {
    "clid": ("773796040", "+420773796040", "00420 773 796 040", "77379604", "", "anonymous", "225", "+48221234567"),
    "direction": ("in", "out", "internal"),
    "callid": ("1WS.58184", ""),
    "activity": ("activities_1", "activities_of_nobody", "activities_of_a_colleague"),
    "calltype": ("inbound", "manual", "preview", "outbound"),
}
BAD = [quote(sendable(text)) for text in STRINGS if text not in LONG]
HUGE = [quote(sendable(text)) for text in LONG]
RAW = (
    *("%ED%A0%80", "%ff%fe", "%c0%ae", "%", "%zz", "%u0041", "%00", "%25%30%30", "%2", "%F0%28%8C%28"),
    *("+", "=", "\xe9\xff", "a;b", "a=b=c", "[]", "%252e%252e"),
)
QUEUES = ("2000", "2001", "nobody", "default", "x" * 50, "x" * 3_000, "-", "_", "0", "00", "2000-")
PATHS = ("2000%00", "..", "%2e%2e%2f", "žluť", "2000/../2001", "{{queue}}", "'", "%ED%A0%80", "2000//", "٣", TAG)
ACTS = [page.name for page in pages if page.name != "card" and str(page.pattern).startswith("widget/<slug:slug>/")]


def value(chance: Random, good: Sequence[str]) -> str:
    """A parameter's value as it stands in an address: often right, else bad, mangled or of any length."""
    kind = chance.random()
    if kind < 0.5:
        return quote(chance.choice(good))
    if kind < 0.75:
        return chance.choice(BAD)
    if kind < 0.83:
        return chance.choice(RAW)
    if kind < 0.9:
        return quote(chance.choice(good)) + chance.choice(BAD)
    if kind < 0.997:
        return quote("".join(chr(chance.choice((chance.randrange(256), chance.randrange(0xD7FF)))) for _ in range(9)))
    return chance.choice(HUGE)


def query(chance: Random, fields: Fields) -> str:
    """Every field may be missing, repeated, an array, or spelled otherwise; rarely there are far too many."""
    parts = []
    for name, good in fields.items():
        for _ in range(chance.choices((0, 1, 2, 7), (10, 86, 3, 1))[0]):
            odd = (f"{name}[]", f"{name}[0]", name.upper(), f"%20{name}", f"{name}%00")
            parts.append(f"{name if chance.random() < 0.95 else chance.choice(odd)}={value(chance, good)}")
    chance.shuffle(parts)
    return chance.choices(("&", "&&", ";"), (96, 2, 2))[0].join(
        parts + ["x=1"] * chance.choices((0, 1_200), (499, 1))[0]
    )


def right(fields: Fields) -> str:
    return "&".join(f"{name}={quote(good[0])}" for name, good in fields.items())


def address(chance: Random) -> str:
    kind = chance.random()
    if kind < 0.08:
        return "/daktela.html"
    return f"/widget/{chance.choice(PATHS if kind < 0.12 else QUEUES[:2] if kind < 0.85 else QUEUES)}/"


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """Thousands of refusals are what is asked for; nobody reads a line for each."""
    caplog.set_level(logging.CRITICAL)


@pytest.fixture
def centre(team: Team, agent: User) -> Fields:
    """A queue, callers whose very names are markup, and an activity of each of two agents. Returns a form's fields."""
    asked = [CustomFieldFactory(record="activity", key=key, title=f"Field {TAG}") for key in ("reason", "amount")]
    outcome = OutcomeFactory(title=f"Solved {TAG}")
    queue = QueueFactory(slug="2000", source="daktela", team=team, outcomes=[outcome], wrapup_fields=asked)
    QueueFactory(slug="2001", source="daktela", title=TAG, own_numbers=["+420225225225"])
    company = AccountFactory(name=f'Acme " {MARK}=', team=team, alert=TAG, numbers=["+48 22 123 45 67"])
    jana = ContactFactory(
        first_name=f"Jana {TAG}", last_name="{{733173|add:733173}}", alert=f"' {MARK}=", account=company, team=team,
        numbers=["773 796 040"], emails=["jana@example.cz"],
    )  # fmt: skip
    same = {"queue": queue, "call__call_id": "1WS.58184", "call__source": "daktela", "team": team, "note": TAG}
    colleague = UserFactory(name=f"Petr {TAG}")
    first = ActivityFactory(activity_id="activities_of_a_colleague", user=colleague, contact=jana, **same)
    ActivityFactory(activity_id="activities_1", user=agent, queue=queue, call=first.call, team=team)
    TaskFactory.create_batch(2, contact=jana, title=f"Call back {TAG}")
    return fields_of_forms((f"contact-{jana.pk}", f"account-{company.pk}"), str(outcome.pk))


def fields_of_forms(records: tuple[str, ...], outcome: str) -> Fields:
    soon = f"{timezone.now() + timedelta(days=2):%Y-%m-%dT%H:%M}"
    return {
        "record": (*records, "contact-1", ""),
        "person": ("", *records, "1"),
        "company": ("", "Acme", "1"),
        "attach": ("1", ""),
        "q": ("jana", "773 796", "@"),
        "name": ("Jana Nováková", "Nováková"),
        "email": ("", "jana@example.cz"),
        "note": ("He asks for the invoice.", ""),
        "revision": ("1", "7", str(2**53)),
        "outcome": (outcome, "7", ""),
        "field-reason": ("yes", ""),
        "field-amount": ("7", ""),
        "due": (soon, "9999-12-31T23:59:59-23:59", "0001-01-01T00:00+14:00", "2031-W05"),
        "due_at": (soon, ""),
        "request_id": ("8c3e4e6e-3bb5-4f6f-9d54-2f4b1c8d9a10", "", "0" * 32),
    }


@pytest.fixture
def only_reading() -> Iterator[Callable[[], None]]:
    """From the call on, PostgreSQL itself refuses to write until the end of the test."""
    with transaction.atomic(), connection.cursor() as cursor:
        yield lambda: cursor.execute("set transaction read only")


def wrong_with(client: Client, ask: Callable[[], HttpResponse], statuses: set[int]) -> list[str]:
    """What is wrong with an answer, in words. One that failed does not make the next one fail."""
    client.raise_request_exception = False
    began = time.thread_time()
    savepoint = transaction.savepoint()
    response = ask()
    statuses.add(response.status_code)
    is_markup = response.headers.get("Content-Type") != "application/json"  # which our scripts show as a text
    said = response.content.decode() if is_markup else ""
    wrong = [f"lets {leak} through" for leak in LEAKS if leak in said]
    if response.status_code >= 500:
        wrong.append(f"is a {response.status_code}: {response.exc_info[1]!r:.300}")
        transaction.savepoint_rollback(savepoint)
    else:
        transaction.savepoint_commit(savepoint)
    spent = time.thread_time() - began
    return wrong if spent < LONGEST_SECONDS else [*wrong, f"takes {spent:.1f} s"]


@pytest.mark.parametrize("who", ADDRESSES)
def test_no_address_breaks_the_card_or_writes_anything(
    who: str, centre: Fields, agent: User, browser: Callable[..., Client], only_reading: Callable[[], None]
) -> None:
    client, chance = browser(agent if who == "agent" else None), Random(who)
    client.get("/widget/2000/")  # keeps the form token in the session, which a real sign-in does by itself
    only_reading()
    failures, statuses = [], set[int]()
    for _ in range(ADDRESSES[who]):
        path, text = address(chance), query(chance, CALL)
        wrong = wrong_with(client, lambda path=path, text=text: client.get(path, QUERY_STRING=text), statuses)
        failures += [f"{path:.80}?{text:.400} {one}" for one in wrong]
    assert not failures, "\n".join(failures[:20])
    assert {200, 404} <= statuses <= {200, 400, 404}


def test_the_database_would_have_refused_to_write(
    centre: Fields, agent: User, browser: Callable[..., Client], only_reading: Callable[[], None]
) -> None:
    client = browser(agent)
    client.get("/widget/2000/")
    only_reading()
    with pytest.raises(InternalError, match="read-only transaction"), transaction.atomic():
        client.post("/widget/2000/draft/", {"activity": "activities_1", "note": "x", "revision": "1"})


@pytest.mark.parametrize("act", ACTS)
def test_no_form_breaks_an_act(act: str, centre: Fields, agent: User, browser: Callable[..., Client]) -> None:
    client, chance = browser(agent), Random(act)
    failures, statuses = [], set[int]()
    for _ in range(FORMS):
        path = f"/widget/{chance.choice(QUEUES[:2] if chance.random() < 0.95 else QUEUES)}/{act}/"
        body = f"{right(CALL) if chance.random() < 0.6 else query(chance, CALL)}&{query(chance, centre)}"
        form = (path, body.encode("latin-1"), "application/x-www-form-urlencoded")
        wrong = wrong_with(client, lambda form=form: client.post(*form), statuses)
        failures += [f"{path:.80} {body:.900} {one}" for one in wrong]
    assert not failures, "\n".join(failures[:20])
    assert {200, 404} <= statuses <= {200, 204, 400, 404, 409, 422, 429}


@pytest.mark.parametrize("act", ACTS)
def test_a_stranger_is_refused_every_act(act: str, centre: Queue, browser: Callable[..., Client]) -> None:
    assert browser(None).post(f"/widget/2000/{act}/", {"activity": "activities_1"}).status_code == 401
