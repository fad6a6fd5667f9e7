"""Is the card past Django's handler the one Django sends, and does everything that is no plain card go Django's way?"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.utils import timezone

from crm.models import Contact, Queue, Session, User
from crm.sessions import WIDGET_COOKIE
from tests.factories import (
    AccountFactory,
    ActivityFactory,
    CallFactory,
    ConnectionFactory,
    ContactFactory,
    DraftFactory,
    TaskFactory,
)
from tests.widget.conftest import Frame
from widget.models import CardView
from widget.ring import Ring

FrameOf = Callable[..., Frame]
# What is another one in each page: its nonce, its form token, and the times of a call that rings now.
OWN = re.compile(r"\b[0-9a-f]{32}\b|\b[A-Za-z0-9]{64}\b|\d{4}-\d\d-\d\dT\d\d:\d\d:[\d.]+\+00:00")
NEVER_THE_SAME = {"Server-Timing", "Content-Length"}


class Rung:
    """What the ring answers to a frame's request; `is_djangos` when it gave it on."""

    def __init__(self, frame: Frame, **changes: Any) -> None:
        self.status, self.headers, self.is_djangos = "", {}, False
        cookie = frame.client.cookies.get(WIDGET_COOKIE)
        environ = {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": f"/widget/{frame.queue}/",
            "QUERY_STRING": urlencode(frame.call),
            "HTTP_HOST": settings.WIDGET_HOST,
            "HTTP_COOKIE": f"other=1; {WIDGET_COOKIE}={cookie.value if cookie else ''}",
            "wsgi.url_scheme": "http",
        }
        parts = Ring(self.pages)({**environ, **changes}, self.start)
        self.body = b"".join(parts).decode()

    def pages(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        self.is_djangos = True
        return []

    def start(self, status: str, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, dict(headers)
        assert len(self.headers) == len(headers)


@pytest.fixture
def jana(queue: Queue, agent: User) -> Contact:
    """Somebody about whom there is something of every kind to say, and whom two calls are about."""
    ConnectionFactory(origin="https://acme.daktela.com")
    account = AccountFactory(name="Acme & synové")
    jana = ContactFactory(last_name="Nováková", account=account, numbers=["773 796 040"], emails=["jana@acme.cz"])
    ContactFactory(last_name="Nový", numbers=["773 796 041"])
    ContactFactory(last_name="Nová", numbers=["773 796 041"])
    ActivityFactory(contact=jana, user=agent, queue=queue, note="She called before.")
    TaskFactory(contact=jana, title="An offer")
    return jana


@pytest.fixture
def frame(frame: FrameOf, jana: Contact) -> FrameOf:
    """With a form token in its session, as after the first card of a shift: that one is Django's."""

    def of(clid: str = "773796040", **call: Any) -> Frame:
        opened = frame(clid, **call)
        assert Rung(opened).is_djangos
        assert opened.open().status == 200
        return opened

    return of


def like(text: str) -> str:
    return OWN.sub("*", text)


@pytest.mark.parametrize(
    "call",
    [
        {"clid": "773796040"},
        {"clid": "773796041"},
        {"clid": "773796042"},
        {"clid": ""},
        {"clid": "<script>", "callid": "", "activity": "{activity}"},
        {"clid": "jana@acme.cz", "callid": "", "direction": "out"},
        {"clid": "773796040", "activity": "activities_begun", "callid": "1WS.2"},
        {"clid": "773796040", "activity": "activities_next", "callid": "1WS.2"},
    ],
)
def test_it_is_the_card_that_django_sends(
    frame: FrameOf, jana: Contact, agent: User, office: User, call: dict[str, str]
) -> None:
    begun = CallFactory(call_id="1WS.2")
    ActivityFactory(call=begun, contact=jana, user=office, note="Passed on.", answered_at=timezone.now())
    ActivityFactory(activity_id="activities_begun", call=begun, contact=jana, user=agent)
    DraftFactory(user=agent, source="daktela", activity_id="activities_begun", note="Half a note")
    opened = frame(**call)
    page, rung = opened.open(), Rung(opened)
    assert not rung.is_djangos
    assert rung.status == "200 OK"
    assert like(rung.body) == like(page.body)
    said, djangos = (
        {name: like(of[name]) for name in of if name not in NEVER_THE_SAME} for of in (rung.headers, page.headers)
    )
    assert said == djangos
    assert rung.headers["Content-Length"] == str(len(rung.body.encode()))
    assert f'nonce="{rung.headers["Content-Security-Policy"].split("nonce-")[1][:32]}"' in rung.body


@pytest.mark.parametrize(
    "changes",
    [
        {"REQUEST_METHOD": "HEAD"},
        {"REQUEST_METHOD": "POST"},
        {"HTTP_HOST": "evil.example"},
        {"HTTP_HOST": settings.OFFICE_HOST},
        {"HTTP_HOST": settings.WIDGET_HOST.upper()},
        {"HTTP_HOST": f"{settings.WIDGET_HOST},{settings.WIDGET_HOST}"},
        {"HTTP_COOKIE": ""},
        {"HTTP_COOKIE": f"{WIDGET_COOKIE}=of-somebody-else-or-nobody"},
        {"PATH_INFO": "/widget/2000/state/"},
        {"PATH_INFO": "/widget/9999/"},
        {"PATH_INFO": "/sign-in/"},
    ],
)
def test_what_is_no_plain_card_is_djangos(frame: FrameOf, changes: dict[str, Any]) -> None:
    assert Rung(frame(), **changes).is_djangos


def test_an_error_is_djangos_to_tell(frame: FrameOf) -> None:
    assert Rung(frame(), QUERY_STRING=object()).is_djangos


def test_who_was_signed_out_gets_no_card(frame: FrameOf) -> None:
    opened = frame()
    Session.objects.all().delete()
    assert Rung(opened).is_djangos


@pytest.mark.parametrize("change", [{"password": "another"}, {"is_active": False}])
def test_who_was_shut_out_gets_no_card(frame: FrameOf, agent: User, change: dict[str, Any]) -> None:
    opened = frame()
    assert not Rung(opened).is_djangos
    User.objects.filter(pk=agent.pk).update(**change)
    assert Rung(opened).is_djangos


def test_where_nobody_may_frame_the_card_django_says_so(frame: FrameOf) -> None:
    opened = frame()
    ConnectionFactory().delete()
    assert Rung(opened).is_djangos


def test_too_many_look_ups_are_djangos_to_refuse(frame: FrameOf, agent: User, queue: Queue) -> None:
    opened = frame()
    CardView.objects.bulk_create([CardView(user=agent, queue=queue, is_theirs=False) for _ in range(30)])
    assert Rung(opened).is_djangos


def test_by_an_open_line_nothing_is_said_where_there_is_a_closed_one(frame: FrameOf, settings: Any) -> None:
    opened = frame()
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    assert Rung(opened).is_djangos
    assert Rung(opened, **{"wsgi.url_scheme": "https"}).headers["Strict-Transport-Security"].startswith("max-age=60")
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert Rung(opened, **{"wsgi.url_scheme": "https"}).is_djangos
    assert Rung(opened, HTTP_X_FORWARDED_PROTO="http").is_djangos
    assert not Rung(opened, HTTP_X_FORWARDED_PROTO="https").is_djangos
