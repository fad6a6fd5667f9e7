"""Who is signed in, where, and for how long?"""

from __future__ import annotations

from datetime import timedelta
from http.cookies import Morsel

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from crm.models import Session, User
from crm.sessions import WIDGET_COOKIE, SessionStore, ended, live, open_session, set_partitioned_cookie
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> SessionStore:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session


def test_python_does_not_know_partitioned_yet() -> None:
    """When this fails, PartitionedMorsel has had its day: take it out and say `morsel["partitioned"] = True`."""
    assert "partitioned" not in Morsel._reserved  # type: ignore[attr-defined]


def test_a_partitioned_cookie_is_written_as_browsers_want_it() -> None:
    response = HttpResponse()
    response.set_cookie("other", "x")
    set_partitioned_cookie(response, "__Host-name", "value", max_age=60)
    written = response.cookies["__Host-name"].OutputString()
    assert set(written.split("; ")[1:]) >= {
        "Partitioned",
        "Secure",
        "HttpOnly",
        "SameSite=None",
        "Path=/",
        "Max-Age=60",
    }
    assert written.startswith("__Host-name=value; ")
    assert "Partitioned" not in response.cookies["other"].OutputString()
    assert response.cookies.output().count("Partitioned") == 1


def test_the_office_cookie_is_lax_and_not_for_frames(agent: User) -> None:
    client = Client(headers={"host": settings.OFFICE_HOST})
    answer = client.post("/sign-in/", {"username": agent.username, "password": PASSWORD})
    cookie = answer.cookies[settings.SESSION_COOKIE_NAME].OutputString()
    assert "SameSite=Lax" in cookie
    assert "HttpOnly" in cookie
    assert "Partitioned" not in cookie
    assert WIDGET_COOKIE not in answer.cookies


def test_being_signed_in_to_the_one_does_not_sign_in_to_the_other(agent: User) -> None:
    key = signed_in(agent).session_key
    for host, cookie, counts in (
        (settings.WIDGET_HOST, WIDGET_COOKIE, True),
        (settings.WIDGET_HOST, settings.SESSION_COOKIE_NAME, False),
    ):
        client = Client(headers={"host": host})
        client.cookies[cookie] = key
        assert ("signed in as" in client.get("/sign-in/").text) is counts
    client = Client(headers={"host": settings.OFFICE_HOST})
    client.cookies[WIDGET_COOKIE] = key
    assert client.get("/").status_code == 302


def test_a_session_ends_its_hours_after_signing_in_however_busy_it_is(agent: User) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        session = signed_in(agent)
        hours = timedelta(seconds=settings.SESSION_COOKIE_AGE)
        end = Session.objects.get().expire_date
        assert end == timezone.now() + hours
        clock.shift(hours / 2)
        session["seen"] = 1
        session.save()
        assert Session.objects.get().expire_date == end
        assert session.get_expiry_age() == hours.total_seconds() / 2


def test_the_row_says_whose_session_it_is(agent: User) -> None:
    signed_in(agent)
    assert Session.objects.get().user == agent


def opened(session_data: str | None, user: User | None) -> User | None:
    request = RequestFactory().get("/")
    request.session = SessionStore()
    return open_session(request, session_data, user)


def test_a_session_opened_from_its_row_is_its_users_and_nobody_elses(agent: User, office: User) -> None:
    signed_in(agent)
    data = Session.objects.get().session_data
    assert opened(data, agent) == agent
    assert opened(data, office) is None
    assert opened(data, None) is None
    assert opened(None, agent) is None
    assert opened("forged:data", agent) is None
    agent.set_password("another")
    assert opened(data, agent) is None


def test_a_live_session_is_known_by_its_key(agent: User) -> None:
    key = signed_in(agent).session_key
    found = live(key)
    assert found
    assert found.user_id == agent.pk
    assert agent.password not in repr(found)
    assert live("nobody") is None


def test_the_ended_are_those_of_whoever_left(agent: User, office: User, admin: User) -> None:
    keys = [signed_in(user).session_key for user in (agent, office, admin)]
    open_ones = [live(key) for key in keys]
    assert ended(open_ones) == set()
    User.objects.filter(pk=agent.pk).update(is_active=False)
    Session.objects.filter(session_key=keys[1]).update(expire_date=timezone.now() - timedelta(seconds=1))
    assert {one.key for one in ended(open_ones)} == set(keys[:2])
    admin.set_password("another")
    admin.save()
    assert {one.key for one in ended(open_ones)} == set(keys)
    assert ended([]) == set()


def test_one_statement_tells_of_five_thousand(agent: User, django_assert_num_queries) -> None:  # noqa: ANN001
    one = live(signed_in(agent).session_key)
    many = [one, *(type(one)(f"gone{number}", agent.pk, one.mark) for number in range(5000))]
    with django_assert_num_queries(1):
        assert len(ended(many)) == 5000


def test_a_request_of_a_session_ended_elsewhere_does_not_bring_it_back(agent: User) -> None:
    session = signed_in(agent)
    SessionStore(session.session_key).flush()
    session["seen"] = 1
    with pytest.raises(UpdateError):
        session.save()
    assert not Session.objects.exists()


@pytest.mark.parametrize("path", ["/sign-in/", "/admin/login/"])
def test_wrong_passwords_are_counted_by_person_not_by_spelling(agent: User, path: str) -> None:
    client = Client(headers={"host": settings.OFFICE_HOST})
    for count in range(settings.AXES_FAILURE_LIMIT):
        client.post(path, {"username": ["agent", "Agent", " AGENT "][count % 3], "password": "wrong"})
    answer = client.post(path, {"username": "agent", "password": PASSWORD})
    assert answer.status_code != 302
    assert not Session.objects.filter(user=agent).exists()
