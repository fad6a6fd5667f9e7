"""Does the frame doctor know what it says, and is it the only page that anybody may frame?"""

from __future__ import annotations

import time

import pytest
from django.conf import settings
from django.test import Client

from crm.models import Session
from tests.factories import ConnectionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def frame() -> Client:
    return Client(enforce_csrf_checks=True, headers={"host": settings.WIDGET_HOST, "origin": settings.WIDGET_ORIGIN})


def test_the_page_may_be_framed_by_anybody_and_shows_nobodys_data(frame: Client) -> None:
    ConnectionFactory(title="Daktela of Acme", origin="https://acme.daktela.com")
    page = frame.get("/doctor/")
    assert page.status_code == 200
    assert "frame-ancestors *" in page["Content-Security-Policy"]
    assert "X-Frame-Options" not in page
    assert "acme" not in page.text.lower()
    assert not page.cookies
    assert not Session.objects.exists()


def test_its_cookie_is_of_the_kind_that_signing_in_sets_and_is_found_again(frame: Client) -> None:
    given = frame.post("/doctor/", {"step": "give"})
    cookie = given.cookies["__Host-callroom-doctor"].OutputString()
    assert all(part in cookie for part in ("Partitioned", "Secure", "SameSite=None", "HttpOnly"))
    value = given.json()["value"]
    assert frame.post("/doctor/", {"step": "look", "value": value}).json()["is_kept"] is True
    assert frame.post("/doctor/", {"step": "look", "value": "of an earlier visit"}).json()["is_kept"] is False
    assert frame.post("/doctor/", {"step": "look"}).json()["is_kept"] is False
    frame.cookies.clear()
    for nothing in ({"value": value}, {"value": ""}, {}):
        assert frame.post("/doctor/", {"step": "look", **nothing}).json()["is_kept"] is False


def test_it_knows_the_enabled_daktelas_and_no_others(frame: Client) -> None:
    ConnectionFactory(slug="on", origin="https://on.daktela.com")
    ConnectionFactory(slug="off", origin="https://off.daktela.com", is_enabled=False)
    for origin, is_ours in (
        ("https://on.daktela.com", True),
        ("https://off.daktela.com", False),
        ("https://on.daktela.com.evil.example", False),
        ("", False),
    ):
        assert frame.post("/doctor/", {"step": "look", "origin": origin}).json()["is_ours"] is is_ours


def test_it_tells_the_time_of_the_server(frame: Client) -> None:
    assert abs(frame.post("/doctor/", {"step": "ping"}).json()["now"] / 1000 - time.time()) < 5


def test_an_unknown_step_and_a_foreign_page_are_refused(frame: Client) -> None:
    assert frame.post("/doctor/", {"step": "operate"}).status_code == 422
    stranger = Client(headers={"host": settings.WIDGET_HOST, "origin": "https://evil.example"})
    assert stranger.post("/doctor/", {"step": "ping"}).status_code == 403
