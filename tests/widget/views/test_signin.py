"""Can somebody sign in where it is hard: in a foreign frame, in the middle of a call, at a shared desk?"""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from crm.models import Session, User
from crm.sessions import WIDGET_COOKIE
from tests.factories import PASSWORD, UserFactory


@pytest.fixture
def petr(db: None) -> User:
    return UserFactory(username="petr", name="Petr Novák")


@pytest.fixture
def frame() -> Client:
    """A browser in the frame: it says on every POST where it comes from."""
    return Client(enforce_csrf_checks=True, headers={"host": settings.WIDGET_HOST, "origin": settings.WIDGET_ORIGIN})


def submit(frame: Client, username: str = "petr", password: str = PASSWORD, **more: str):  # noqa: ANN201
    return frame.post("/sign-in/", {"username": username, "password": password, **more})


def test_the_form_is_read_without_a_session_and_without_a_query_for_anybody(frame: Client, db: None) -> None:
    for address in ("/sign-in/", "/sign-in/?again=1"):
        answer = frame.get(address)
        assert answer.status_code == 200
        assert 'name="password"' in answer.text
        assert not answer.cookies
        assert answer["Cache-Control"] == "no-store"
    assert not Session.objects.exists()


def test_signing_in_sets_the_partitioned_cookie_and_then_reloads(frame: Client, petr: User) -> None:
    answer = submit(frame)
    assert answer.status_code == 200
    assert "/sign-in/kept/" in answer.text
    cookie = answer.cookies[WIDGET_COOKIE].OutputString()
    assert all(part in cookie for part in ("Partitioned", "Secure", "HttpOnly", "SameSite=None", "Path=/"))
    assert "Domain" not in cookie
    assert Session.objects.get().user == petr
    kept = frame.get("/sign-in/kept/")
    assert (kept.status_code, kept["HX-Refresh"]) == (204, "true")


def test_a_browser_that_dropped_the_cookie_is_told_and_given_a_way_out(frame: Client, petr: User) -> None:
    submit(frame)
    frame.cookies.clear()
    answer = frame.get("/sign-in/kept/")
    assert answer.status_code == 200
    assert "did not keep our cookie" in answer.text
    assert "/doctor/" in answer.text
    assert "data-own-tab" in answer.text


def test_signing_in_again_in_mid_call_brings_a_token_that_works_without_a_reload(frame: Client, petr: User) -> None:
    answer = submit(frame, again="1", expected_user="petr")
    assert answer.status_code == 200
    assert "HX-Refresh" not in answer
    assert frame.post("/sign-out/").status_code == 403 or not settings.CSRF_USE_SESSIONS
    signed_out = frame.post("/sign-out/", headers={"X-CSRFToken": answer["X-CSRF-Token"]})
    assert signed_out.status_code == 204
    assert not Session.objects.exists()


def test_a_card_takes_only_its_own_agent_back(frame: Client, petr: User) -> None:
    UserFactory(username="jana")
    answer = submit(frame, username="jana", again="1", expected_user="petr")
    assert answer.status_code == 422
    assert "This card belongs to Petr Novák. Sign in as Petr Novák" in answer.text
    assert WIDGET_COOKIE not in answer.cookies
    assert not Session.objects.exists()
    assert 'name="expected_user" value="petr"' in answer.text  # and the next try is for him as well
    assert "somebody else" in submit(frame, username="jana", again="1", expected_user="nobody").text


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", settings.OFFICE_ORIGIN, "http://127.0.0.1:8100"])
def test_a_form_from_another_page_is_refused(petr: User, origin: str) -> None:
    stranger = Client(headers={"host": settings.WIDGET_HOST, "origin": origin})
    answer = submit(stranger)
    assert answer.status_code == 403
    assert "not sent by our own page" in answer.text
    assert not Session.objects.exists()


def test_a_form_without_an_origin_is_refused(petr: User) -> None:
    assert submit(Client(headers={"host": settings.WIDGET_HOST})).status_code == 403


@pytest.mark.parametrize(
    ("username", "password", "words"),
    [
        ("petr", "wrong", "do not go together"),
        ("nobody", PASSWORD, "do not go together"),
        ("", "", "Enter your user name"),
        ("petr", "", "Enter your user name"),
        ("pe\0tr", PASSWORD, "Enter your user name"),
        ("petr", "x" * 100_000, "do not go together"),
        ("<script>alert(1)</script>", "wrong", "do not go together"),
        ("switched-off", PASSWORD, "switched off"),
        ("switched-off", "wrong", "do not go together"),
    ],
)
def test_whoever_is_not_signed_in_reads_why(
    frame: Client, petr: User, username: str, password: str, words: str
) -> None:
    UserFactory(username="switched-off", is_active=False)
    answer = submit(frame, username, password)
    assert answer.status_code == 422
    assert words in answer.text
    assert "<script>alert" not in answer.text
    assert password not in answer.text or not password
    assert not Session.objects.exists()


def test_a_user_name_is_the_same_in_capitals_and_with_spaces(frame: Client, petr: User) -> None:
    assert submit(frame, username=" Petr ").status_code == 200


def test_too_many_wrong_passwords_lock_even_the_right_one_in_any_spelling(frame: Client, petr: User) -> None:
    UserFactory(username="jana")
    for count in range(settings.AXES_FAILURE_LIMIT):
        submit(frame, username=["petr", "Petr", "PETR"][count % 3], password="wrong")
    answer = submit(frame)
    assert answer.status_code == 422
    assert "rests for ten minutes" in answer.text
    assert submit(frame, username="jana").status_code == 200  # nobody else is affected


def test_signing_in_always_makes_a_new_session(frame: Client, petr: User) -> None:
    first = submit(frame).cookies[WIDGET_COOKIE].value
    second = submit(frame).cookies[WIDGET_COOKIE].value
    assert first != second
    assert Session.objects.get().session_key == second


def test_a_session_that_was_planted_is_not_taken_over(frame: Client, petr: User) -> None:
    frame.cookies[WIDGET_COOKIE] = "planted-by-somebody-else-32-chars"
    assert submit(frame).cookies[WIDGET_COOKIE].value != "planted-by-somebody-else-32-chars"


def test_signing_out_needs_a_token_and_drops_the_cookie(frame: Client, petr: User) -> None:
    token = submit(frame, again="1")["X-CSRF-Token"]
    assert frame.post("/sign-out/").status_code in (401, 403)
    answer = frame.post("/sign-out/", headers={"X-CSRFToken": token})
    cookie = answer.cookies[WIDGET_COOKIE]
    assert (cookie.value, cookie["max-age"]) == ("", 0)
    assert "Partitioned" in cookie.OutputString()  # else the browser would look for another cookie


def test_who_is_signed_in_can_sign_out_on_the_page(frame: Client, petr: User) -> None:
    submit(frame)
    assert "signed in as Petr Novák" in frame.get("/sign-in/").text
