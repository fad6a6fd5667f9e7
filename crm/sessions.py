"""Who is signed in? Sessions in the database with their user in a column, and one cookie for each of two host names.

The office's cookie is Lax. The widget's stands in a foreign frame, where only a partitioned cookie is kept by every
browser that was tried (contract, section 6); being signed in to the one does not sign in to the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from http.cookies import Morsel
from typing import Any, TypeVar

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseForbidden
from django.middleware.csrf import CSRF_SESSION_KEY, CsrfViewMiddleware
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.crypto import constant_time_compare

from crm.hosts import is_widget
from crm.models import Session, User

View = TypeVar("View", bound=Callable[..., HttpResponse])
WIDGET_COOKIE = "__Host-callroom-widget"
EXPIRY = "_session_expiry"  # where Django keeps what set_expiry was told


class SessionStore(DatabaseStore):
    """Ends its hours after signing in, however busy it is: Django's own would live on with every change."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        session: Any = super().create_model_instance(data)
        session.user_id = data.get(SESSION_KEY)
        return session

    def save(self, must_create: bool = False) -> None:
        if SESSION_KEY in self and EXPIRY not in self:
            self.set_expiry(timezone.now() + timedelta(seconds=settings.SESSION_COOKIE_AGE))
        super().save(must_create)


class PartitionedMorsel(Morsel[str]):
    """Python 3.11 does not know the attribute; a test fails on the day it does."""

    _reserved = {**Morsel._reserved, "partitioned": "Partitioned"}  # type: ignore[attr-defined]
    _flags = {*Morsel._flags, "partitioned"}  # type: ignore[attr-defined]


def set_partitioned_cookie(response: HttpResponseBase, name: str, value: str, max_age: int) -> None:
    """A cookie that a foreign frame keeps: `name` begins with __Host-, so it needs Secure, the path / and no domain."""
    response.set_cookie(name, value, max_age=max_age, path="/", secure=True, httponly=True, samesite="None")
    plain = response.cookies[name]
    morsel = PartitionedMorsel()
    morsel.set(plain.key, plain.value, plain.coded_value)
    dict.update(morsel, plain)
    morsel["partitioned"] = True
    dict.__setitem__(response.cookies, name, morsel)


class HostSessionMiddleware(SessionMiddleware):
    """Django's own, with the cookie of the host the request came to. Loading stays lazy: the card loads it itself."""

    def process_request(self, request: HttpRequest) -> None:
        name = WIDGET_COOKIE if is_widget(request) else settings.SESSION_COOKIE_NAME
        request.session = SessionStore(request.COOKIES.get(name))

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        if not is_widget(request):
            return super().process_response(request, response)
        patch_vary_headers(response, ("Cookie",))
        session = request.session
        if WIDGET_COOKIE in request.COOKIES and session.is_empty():
            set_partitioned_cookie(response, WIDGET_COOKIE, "", max_age=0)
        elif session.modified and not session.is_empty() and response.status_code < 500:
            self._save(request, response)
        return response

    def _save(self, request: HttpRequest, response: HttpResponse) -> None:
        try:
            request.session.save()
        except UpdateError as error:
            raise SessionInterrupted("The session was ended elsewhere while this request was under way.") from error
        key = request.session.session_key or ""
        set_partitioned_cookie(response, WIDGET_COOKIE, key, max_age=request.session.get_expiry_age())


class SessionCsrfMiddleware(CsrfViewMiddleware):
    """Django's own, asking the session for its secret once the view is known: the card's statement loads both."""

    def process_request(self, request: HttpRequest) -> None:
        return None

    def process_view(
        self,
        request: HttpRequest,
        callback: Callable[..., HttpResponseBase],
        callback_args: tuple[Any, ...],
        callback_kwargs: dict[str, Any],
    ) -> HttpResponseForbidden | None:
        if not getattr(callback, "opens_session_itself", False):
            super().process_request(request)
        return super().process_view(request, callback, callback_args, callback_kwargs)


def opens_session_itself(view: View) -> View:
    """For a view that calls `open_session` with a row it has read anyway."""
    view.opens_session_itself = True  # type: ignore[attr-defined]
    return view


def open_session(request: HttpRequest, session_data: str | None, user: User | None) -> User | None:
    """Signs the request in with rows read elsewhere: the live session's data and its active user, or None.

    Returns the user when the session is really his (its hash follows his password), else None.
    """
    data = _opened(session_data, user)
    request.session._session_cache = dict(data or {})  # type: ignore[attr-defined]
    if data is None or user is None:
        return None
    if CSRF_SESSION_KEY in data:
        request.META["CSRF_COOKIE"] = data[CSRF_SESSION_KEY]
    request.user = user
    request._cached_user = user  # type: ignore[attr-defined]
    return user


def form_secret(session_data: str | None, user: User | None) -> str | None:
    """The secret behind the tokens of this user's forms, of rows as for `open_session`; None where there is none."""
    return (_opened(session_data, user) or {}).get(CSRF_SESSION_KEY)


def _opened(session_data: str | None, user: User | None) -> Mapping[str, Any] | None:
    return _of_user(session_data, user.pk, user.password) if session_data and user else None


@lru_cache(maxsize=1024)
def _of_user(session_data: str, user_id: int, password: str) -> Mapping[str, Any] | None:
    """What the session says, if it is this user's: its signature is ours, and its hash follows his password.

    The same rows have the same answer, so it is kept. The rows are read anew for each request: who was signed out,
    was shut out or has another password is refused at once.
    """
    data: dict[str, Any] = SessionStore().decode(session_data)
    is_his = (
        data.get(SESSION_KEY) == str(user_id)
        and data.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(data.get(HASH_SESSION_KEY, ""), User(password=password).get_session_auth_hash())
    )
    return data if is_his else None


def attempted_username(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Whose password was tried, for the count of wrong ones: spelling a name in capitals does not start a new count."""
    name = (credentials or request.POST).get("username") or ""
    return str(name).strip().lower()[:150]  # no name is longer, and the count's column has an end


@dataclass(frozen=True, slots=True)
class Open:
    """A live session somebody holds a stream open with. The mark changes with his password and tells nothing of it."""

    key: str
    user_id: int
    mark: str


def live(key: str) -> Open | None:
    """The live session with this key; None when it is nobody's any more."""
    row = Session.objects.filter(session_key=key, user__is_active=True, expire_date__gt=Now()).select_related("user")
    session = row.first()
    if (
        session is None
        or session.user is None
        or not _of_user(session.session_data, session.user_id, session.user.password)
    ):
        return None
    marked = f"{session.user.pk} {session.user.password}".encode()
    return Open(key, session.user.pk, hashlib.sha256(marked).hexdigest()[:16])


ENDED = """
with was as (
    select split_part(one, ' ', 1) as key, split_part(one, ' ', 2) as mark from unnest(string_to_array(%s, ',')) as one)
select key from was
where not exists (
    select from crm_session session join crm_user on crm_user.id = session.user_id
    where session.session_key = was.key and session.expire_date > now() and crm_user.is_active
      and left(encode(sha256(convert_to(crm_user.id || ' ' || crm_user.password, 'UTF8')), 'hex'), 16) = was.mark)
"""


def ended(sessions: Collection[Open]) -> set[Open]:
    """Those that are over: signed out, expired, or of somebody who may not come in any more.

    One statement and one text however many there are, and it answers with the few that ended: it is asked twice a
    second.
    """
    with connection.cursor() as cursor:
        cursor.execute(ENDED, [",".join([f"{one.key} {one.mark}" for one in sessions])])
        over = {key for (key,) in cursor.fetchall()}
    return {one for one in sessions if one.key in over} if over else set()
