"""Who is signed in? Sessions in the database with their user in a column, and one cookie for each of two host names.

The office's cookie is Lax. The widget's stands in a foreign frame, where only a partitioned cookie is kept by every
browser that was tried (contract, section 6); being signed in to the one does not sign in to the other.
"""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import Morsel
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CSRF_SESSION_KEY, CsrfViewMiddleware
from django.utils.crypto import constant_time_compare

from crm.models import Session, User

View = TypeVar("View", bound=Callable[..., HttpResponse])
WIDGET_COOKIE = "__Host-callroom-widget"


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session = super().create_model_instance(data)
        session.user_id = data.get(SESSION_KEY)
        return session


class PartitionedMorsel(Morsel[str]):
    """Python 3.11 does not know the attribute; a test fails on the day it does."""

    _reserved = {**Morsel._reserved, "partitioned": "Partitioned"}  # type: ignore[attr-defined]
    _flags = {*Morsel._flags, "partitioned"}  # type: ignore[attr-defined]


def partition(response: HttpResponse, name: str) -> None:
    """Puts `Partitioned` on a cookie the response already sets."""
    plain = response.cookies[name]
    morsel = PartitionedMorsel()
    morsel.set(plain.key, plain.value, plain.coded_value)
    dict.update(morsel, plain)
    morsel["partitioned"] = True
    dict.__setitem__(response.cookies, name, morsel)


class HostSessionMiddleware(SessionMiddleware):
    """Django's own, with the cookie of the host the request came to. Loading stays lazy: the card loads it itself."""

    def process_request(self, request: HttpRequest) -> None:
        name = WIDGET_COOKIE if request.is_widget else settings.SESSION_COOKIE_NAME
        request.session = SessionStore(request.COOKIES.get(name))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not request.is_widget:
            return super().process_response(request, response)
        session = request.session
        if session.is_empty() and WIDGET_COOKIE in request.COOKIES:
            self._set_widget_cookie(response, "", max_age=0)
        elif session.modified and not session.is_empty() and response.status_code < 500:
            session.save()
            self._set_widget_cookie(response, session.session_key or "", max_age=session.get_expiry_age())
        return response

    def _set_widget_cookie(self, response: HttpResponse, value: str, max_age: int) -> None:
        response.set_cookie(
            WIDGET_COOKIE, value, max_age=max_age, path="/", secure=True, httponly=True, samesite="None"
        )
        partition(response, WIDGET_COOKIE)


class SessionCsrfMiddleware(CsrfViewMiddleware):
    """Django's own, asking the session for its secret only once the view is known: the card's one statement loads both."""

    def process_request(self, request: HttpRequest) -> None:
        return None

    def process_view(
        self, request: HttpRequest, callback: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if not getattr(callback, "opens_session_itself", False):
            super().process_request(request)
        return super().process_view(request, callback, args, kwargs)


def opens_session_itself(view: View) -> View:
    """For a view that calls `open_session` with a row it has read anyway."""
    view.opens_session_itself = True  # type: ignore[attr-defined]
    return view


def open_session(request: HttpRequest, session_data: str | None, user: User | None) -> User | None:
    """Signs the request in with rows read elsewhere: the live session's data and its active user, or None.

    Returns the user when the session is really his (its hash follows his password), else None.
    """
    store = request.session
    data = store.decode(session_data) if session_data and user else {}
    if user and not _belongs_to(data, user):
        user, data = None, {}
    store._session_cache = data
    if CSRF_SESSION_KEY in data:
        request.META["CSRF_COOKIE"] = data[CSRF_SESSION_KEY]
    if user:
        request.user = request._cached_user = user
    return user


def _belongs_to(data: dict[str, Any], user: User) -> bool:
    return (
        data.get(SESSION_KEY) == str(user.pk)
        and data.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    )


def ended(keys: list[str]) -> set[str]:
    """Which of these sessions are over: signed out, expired, or of somebody who may not come in any more."""
    live = Session.objects.filter(session_key__in=keys, user__is_active=True, expire_date__gt=Now())
    return set(keys) - set(live.values_list("session_key", flat=True))
