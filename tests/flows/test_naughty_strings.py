"""Can a text break us, wherever it is typed? It is stored as it is or refused beside its field; never executed.

Each of some two hundred strings goes into all texts of a form at once, and into all else; what is refused is tried
again field by field, so that none hides behind the strictness of another.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings as ours
from django.db import models, transaction
from django.test import Client

from crm.models import Account, Activity, Contact, PhoneNumber, Task, Team, User
from crm.sessions import WIDGET_COOKIE
from tests.factories import ContactFactory, CustomFieldFactory, QueueFactory
from tests.naughty import ADDRESSES, LEAKS, NUMBERS, STRINGS, sendable
from widget.models import Draft

Texts = Mapping[str, Any]
THIRDS = [STRINGS[start::3] for start in range(3)]  # for pages that take long: each string meets one of each kind
HALF_RIGHT = {*NUMBERS, *ADDRESSES}
COMPLAINT = re.compile(r'class="error|class="errorlist|role="alert"|aria-invalid="true"')


@dataclass
class Form:
    """`send` answers as a browser sees it. `texts` keep any text, `others` want a number, a date or an address, and
    `choices` one of a list.
    """

    send: Callable[[dict[str, str]], Any]
    texts: Texts
    others: Texts
    newest: Callable[[], Any]
    as_kept: Callable[[str], str] = lambda text: sendable(text).strip()
    read: Callable[[Any, str], Any] = getattr
    choices: Texts = field(default_factory=dict)
    strings: Sequence[str] = STRINGS

    def complaints(self) -> list[str]:
        """What is wrong with what happened to each string; empty where all is well."""
        found = []
        for text in self.strings:
            is_taken, wrong = self.attempt(dict.fromkeys(self.texts, text), is_shown=True) if self.texts else (True, [])
            wrong += (
                self.attempt(dict.fromkeys((*self.others, *self.choices), text))[1]
                if self.others or self.choices
                else []
            )
            alone = () if is_taken else self.texts
            alone = (*alone, *self.others) if text in HALF_RIGHT and len(self.others) + len(self.choices) > 1 else alone
            wrong += [f"{name} {one}" for name in alone for one in self.attempt({name: text})[1]]
            found += [f"{text!r:.60}: {one}" for one in wrong]
        return found

    def attempt(self, naughty: Texts, *, is_shown: bool = False) -> tuple[bool, list[str]]:
        """Whether it was taken, and what is wrong with the answer, or with the page it leads to (`is_shown`)."""
        before = version(self.newest())
        with transaction.atomic():
            answer = self.send({**self.texts, **self.others, **self.choices, **naughty})
            transaction.set_rollback(answer.status_code >= 500)
        wrong = trouble(answer)
        if is_shown and answer.status_code == 302:
            wrong += trouble(answer.client.get(answer["Location"]))
        if wrong or version(self.newest()) == before:
            return False, wrong or ([] if is_told(answer) else [f"is refused without a word ({answer.status_code})"])
        row = self.newest()
        pairs = [
            (name, self.as_kept(text), self.read(row, name)) for name, text in naughty.items() if name in self.texts
        ]
        return True, [f"{name} is kept as {kept!r:.60}" for name, text, kept in pairs if kept != text]


def version(row: Any) -> tuple[Any, Any]:
    return (row.pk, getattr(row, "changed_at", None)) if row else (None, None)


def trouble(answer: Any) -> list[str]:
    if answer.status_code >= 500:
        return [f"is a {answer.status_code}: {answer.exc_info[1]!r:.200}"]
    if not answer["Content-Type"].startswith("text/html"):
        return []
    said = answer.content.decode()
    return [f"lets {leak} through" for leak in LEAKS if leak in said]


def is_told(answer: Any) -> bool:
    """Whether a refusal says what is wrong; signing in rests on a page of its own, and what is there is no news."""
    if answer.status_code == 302:
        return b"saved" in answer.client.get(answer["Location"]).content
    if answer.status_code == 429:
        return b"rests" in answer.content
    if not answer["Content-Type"].startswith("text/html"):
        return answer.status_code >= 400 and len(answer.content) > 10
    return bool(COMPLAINT.search(answer.content.decode()))


def newest(model: type[models.Model]) -> Callable[[], Any]:
    return lambda: model._default_manager.order_by("-pk").first()


def posted(client: Client, path: str, **fixed: str) -> Callable[[dict[str, str]], Any]:
    """As a browser posts a form; half of a character it cannot send."""
    client.raise_request_exception = False

    def send(values: dict[str, str]) -> Any:
        return client.post(path, {**fixed, **{name: sendable(text) for name, text in values.items()}})

    return send


def as_json(client: Client, path: str) -> Callable[[dict[str, str]], Any]:
    client.raise_request_exception = False
    return lambda values: client.post(path, json.dumps(values), content_type="application/json")


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)


@pytest.fixture(autouse=True)
def nickname(db: None) -> None:
    CustomFieldFactory(record="contact", key="nickname", title="Nickname")


@pytest.fixture
def jana(team: Team) -> Contact:
    return ContactFactory(first_name="Jana", last_name="Malá", team=team, numbers=["773 796 040"])


# ── during a call ───────────────────────────────────────────────────────────────────────────────────────────────────

CALL = {"clid": "773796040", "direction": "in", "callid": "1WS.58184", "activity": "activities_1"}


@pytest.fixture
def frame(agent: User, team: Team) -> Client:
    """The agent's iframe, on a queue that asks for a reason."""
    reason = CustomFieldFactory(record="activity", key="reason", title="Reason")
    QueueFactory(slug="2000", source="daktela", team=team, wrapup_fields=[reason])
    client = Client(headers={"host": ours.WIDGET_HOST})
    client.force_login(agent)
    client.cookies[WIDGET_COOKIE] = client.cookies.pop(ours.SESSION_COOKIE_NAME).value
    client.raise_request_exception = False
    return client


def without_nul(text: str) -> str:
    return sendable(text).replace("\0", "")


def of_wrapup(row: Any, name: str) -> str:
    kept = row.fields if isinstance(row, Draft) else row.custom
    return kept.get("reason", "") if name == "field-reason" else row.note


def test_what_is_written_in_a_call_is_kept_while_it_is_written(frame: Client) -> None:
    def send(values: dict[str, str]) -> Any:
        Draft.objects.all().delete()
        return posted(frame, "/widget/2000/draft/", **CALL)(values)

    texts = {"note": "He asks."}
    form = Form(
        send, texts, {"outcome": "", "revision": "1"}, newest(Draft), lambda text: without_nul(text)[:20_000], of_wrapup
    )
    assert form.complaints() == []


def test_what_is_written_in_a_call_is_kept_with_done_and_shown_on_the_card(frame: Client) -> None:
    def send(values: dict[str, str]) -> Any:
        answer = posted(frame, "/widget/2000/done/", **CALL)(values)
        return frame.get("/widget/2000/", CALL) if answer.status_code == 200 else answer

    form = Form(send, {"note": "x"}, {"outcome": "", "field-reason": "x"}, newest(Activity), kept_note, of_wrapup)
    assert form.complaints() == []


def kept_note(text: str) -> str:
    return without_nul(text)[:20_000].strip()


def test_a_contact_made_in_a_call(frame: Client) -> None:
    def read(contact: Contact, name: str) -> str:
        return str(contact) if name == "name" else str(contact.account or "")

    texts, as_kept = {"name": "Jana Malá", "company": "Acme"}, lambda text: " ".join(sendable(text).split())
    send = posted(frame, "/widget/2000/create/", **CALL)
    assert Form(send, texts, {"email": "jana@example.cz"}, newest(Contact), as_kept, read).complaints() == []
    assert trouble(frame.get("/widget/2000/", CALL)) == []


# ── in the office ───────────────────────────────────────────────────────────────────────────────────────────────────


def of_record(row: Any, name: str) -> str:
    return (row.custom.get("nickname") or "") if "nickname" in name else getattr(row, name)


def test_a_contact_in_the_office(office_client: Client) -> None:
    names = ("first_name", "last_name", "job_title", "alert", "address", "description", "custom_nickname")
    others = {"numbers-0-value": "773 796 040", "emails-0-value": "jana@example.cz"}
    choices = {"numbers-0-kind": "mobile", "account": "", "language": "", "stage": "customer", "owner": "", "team": ""}
    counts = {"numbers-TOTAL_FORMS": "1", "emails-TOTAL_FORMS": "1"}
    send = posted(office_client, "/contacts/new/", **{f"{of}-INITIAL_FORMS": "0" for of in ("numbers", "emails")})
    texts = dict.fromkeys(names, "x")
    form = Form(send, texts, others, newest(Contact), read=of_record, choices=choices | counts, strings=THIRDS[0])
    assert form.complaints() == []
    assert [path for path in ("/", "/contacts/", "/accounts/") if trouble(office_client.get(path))] == []


def test_an_account_in_the_office(office_client: Client) -> None:
    rows = {f"{of}-{name}_FORMS": "0" for of in ("numbers", "emails") for name in ("TOTAL", "INITIAL")}
    texts = dict.fromkeys(("name", "alert", "address", "description"), "x")
    send, others = posted(office_client, "/accounts/new/", **rows), {"website": "https://example.org"}
    form = Form(
        send, texts, others, newest(Account), choices={"owner": "", "team": "", "seen_at": ""}, strings=THIRDS[1]
    )
    assert form.complaints() == []


def test_a_note_on_a_record(agent_client: Client, jana: Contact) -> None:
    send = posted(agent_client, f"/contacts/{jana.pk}/notes/")
    assert Form(send, {"note": "x"}, {}, newest(Activity), strings=THIRDS[2]).complaints() == []


def test_a_task_on_a_record(agent_client: Client, jana: Contact) -> None:
    send = posted(agent_client, f"/contacts/{jana.pk}/tasks/")
    choices = {"user": "", "request_id": ""}
    form = Form(
        send,
        {"title": "x", "text": "x"},
        {"due_at": "2031-01-31T14:00"},
        newest(Task),
        choices=choices,
        strings=THIRDS[0],
    )
    assert form.complaints() == []
    assert [path for path in ("/", "/tasks/") if trouble(agent_client.get(path))] == []


def test_where_a_page_of_the_timeline_begins(agent_client: Client, jana: Contact) -> None:
    agent_client.raise_request_exception = False
    places = [
        *STRINGS,
        *(f"2026-11-20T09:00:00+00:00~{text}" for text in THIRDS[0]),
        *(f"{text}~activity~1" for text in NUMBERS),
    ]
    places += [f"2026-11-20T09:00:00+00:00~activity~{text}" for text in NUMBERS]
    pages = ((text, agent_client.get(f"/contacts/{jana.pk}/timeline/", {"older": sendable(text)})) for text in places)
    assert [f"{text!r:.60} {one}" for text, page in pages for one in trouble(page)] == []


@pytest.mark.parametrize("path", ["/contacts/new/", "/tasks/new/", "/accounts/new/"])
def test_from_where_a_new_record_is_made(path: str, agent_client: Client) -> None:
    agent_client.raise_request_exception = False
    for text in NUMBERS:
        for name in ("account", "contact", "activity", "call"):
            assert trouble(agent_client.get(path, {name: sendable(text)})) == [], f"{name}={text!r:.60}"


def test_a_number_on_a_record(agent_client: Client, jana: Contact) -> None:
    send = posted(agent_client, f"/contacts/{jana.pk}/numbers/")
    form = Form(send, {}, {"value": "601 000 001"}, newest(PhoneNumber), choices={"kind": "mobile"})
    assert form.complaints() == []


# ── by programs and by administrators ───────────────────────────────────────────────────────────────────────────────


def api_kept(text: str) -> str:
    return text.strip()


def test_a_contact_by_the_api(office_client: Client) -> None:
    texts = dict.fromkeys(("first_name", "last_name", "job_title", "alert", "address", "description"), "x")
    choices = {"account": None, "language": "", "stage": "customer", "owner": None, "team": None}
    choices |= {"numbers": [], "emails": [], "custom": {}}
    send = as_json(office_client, "/api/contacts/")
    assert Form(send, texts, {}, newest(Contact), api_kept, choices=choices).complaints() == []
    assert [path for path in ("/contacts/", "/api/contacts/") if trouble(office_client.get(path))] == []


def test_a_task_by_the_api(agent_client: Client) -> None:
    send, choices = as_json(agent_client, "/api/tasks/"), {"request_id": None, "contact": None, "queue": None}
    others = {"due_at": "2031-01-31T14:00:00Z", "number": ""}
    form = Form(send, {"title": "x", "text": "x"}, others, newest(Task), api_kept, choices=choices)
    assert form.complaints() == []


def test_a_contact_in_the_admin(admin_client: Client) -> None:
    rows = {f"{of}-{name}_FORMS": "0" for of in ("phone_numbers", "email_addresses") for name in ("TOTAL", "INITIAL")}
    texts = dict.fromkeys(("first_name", "last_name", "job_title", "alert", "address", "description"), "x")
    choices = {"account": "", "stage": "customer", "language": "", "owner": "", "team": ""}
    send = posted(admin_client, "/admin/crm/contact/add/", _continue="1", **rows)
    assert Form(send, texts, {}, newest(Contact), choices=choices, strings=THIRDS[1]).complaints() == []
    assert trouble(admin_client.get("/admin/crm/contact/")) == []


# ── where nothing is kept ───────────────────────────────────────────────────────────────────────────────────────────


def test_whatever_is_searched_for(frame: Client, agent_client: Client, admin_client: Client, jana: Contact) -> None:
    ways: dict[str, Callable[[str], Any]] = {
        "widget": lambda text: posted(frame, "/widget/2000/search/", **CALL)({"q": text}),
        "company": lambda text: posted(frame, "/widget/2000/search/", **CALL, company="1")({"q": text}),
        "whose company": lambda text: posted(frame, "/widget/2000/search/", **CALL, q="jana")({"company": text}),
        "office": lambda text: agent_client.get("/search/", {"q": sendable(text)}),
        "as typed": lambda text: posted(agent_client, "/search/live/")({"q": text}),
        "accounts": lambda text: posted(agent_client, "/accounts/choices/")({"account_search": text}),
        "admin": lambda text: admin_client.get("/admin/crm/contact/", {"q": sendable(text)}),
        "admin's calls": lambda text: admin_client.get("/admin/crm/call/", {"q": sendable(text)}),
    }
    agent_client.raise_request_exception = admin_client.raise_request_exception = False
    found = []
    for count, text in enumerate(STRINGS):
        for way, ask in list(ways.items())[count % 2 :: 2]:
            with transaction.atomic():
                answer = ask(text)
                transaction.set_rollback(answer.status_code >= 500)
            found += [f"{way} {text!r:.60} {one}" for one in trouble(answer)]
    assert found == []


@pytest.mark.parametrize(
    "path",
    ["/contacts/", "/accounts/", "/calls/", "/activities/", "/tasks/", "/api/contacts/", "/api/calls/", "/api/tasks/"],
)
def test_whatever_stands_in_the_address_of_a_list(path: str, agent_client: Client) -> None:
    names = (
        "q",
        "sort",
        "after",
        "before",
        "team",
        "queue",
        "user",
        "type",
        "from",
        "to",
        "outcome",
        "number",
        "limit",
    )
    names += ("ordering", "cursor", "contact", "changed_since", "stage", "direction", "fields", "next")
    agent_client.raise_request_exception = False
    found = []
    for text in THIRDS[len(path) % 3]:
        alone = [{name: text} for name in names[len(text) % 4 :: 4]] if text in NUMBERS else []
        for one in (dict.fromkeys(names, text), *alone):
            with transaction.atomic():
                answer = agent_client.get(path, {name: sendable(value) for name, value in one.items()})
                transaction.set_rollback(answer.status_code >= 500)
            found += [f"{text!r:.60} {one}" for one in trouble(answer)]
    assert found == []


@pytest.mark.parametrize("name", ["username", "password", "next"])
def test_whoever_signs_in(name: str, agent: User, client_of: Callable[[User | None], Client], settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # a good one is slow on purpose
    client, found = client_of(None), []
    send = posted(client, "/sign-in/", username="agent", password="wrong")
    for text in STRINGS:
        answer = send({name: text})
        found += [f"{text!r:.60} {one}" for one in trouble(answer)]
        assert is_told(answer), f"{text!r:.60} is refused without a word"
    assert found == []
