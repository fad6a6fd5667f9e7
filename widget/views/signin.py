"""Who is sitting here? Signing in and out inside the frame, and signing in again in the middle of a call.

Nothing is written before somebody signs in: the form needs no session, its Origin header stands for a token.
"""

from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.models import User
from integrations.models import Connection
from widget import frames
from widget.origin import posted_by_our_page

FORM = "widget/_sign_in_form.html"
MISSING = "Enter your user name and your password."
WRONG = "This user name and password do not go together. Check both: capital letters matter in the password."
LOCKED = (
    "The password was wrong too many times in a row, so signing in rests for ten minutes. "
    "Wait, or ask your administrator for a new password."
)
SWITCHED_OFF = "Your log-in is switched off. Your administrator can switch it on again."


class Refused(Exception):
    """Why somebody is not signed in, in words for the form."""


@require_http_methods(["GET", "POST"])
@posted_by_our_page
def sign_in(request: HttpRequest) -> HttpResponse:
    """GET is the page, with `again` the form alone. POST answers a fragment.

    Signed in for the first time, the fragment looks whether the cookie was kept and then reloads the page. With
    `again`, in a card that is open, the header X-CSRF-Token holds what the card needs to go on without a reload.
    `expected_user` is the user name the card belongs to.
    """
    if request.method == "GET":
        return _form(request)
    try:
        user = _who(request)
    except Refused as why:
        words = {"error": str(why), "username": request.POST.get("username", "")[:150], **_kept(request)}
        return frames.part(FORM, words, status=422)
    request.session.flush()
    login(request, user)
    if not request.POST.get("again"):
        return frames.part("widget/_signing_in.html", {})
    response = frames.part("widget/_signed_in.html", {"viewer": user})
    response["X-CSRF-Token"] = get_token(request)
    return response


def _form(request: HttpRequest) -> HttpResponse:
    if request.GET.get("again"):
        return frames.part(FORM, {"again": True})
    words = {"viewer": request.user} if request.user.is_authenticated else {}
    return frames.page(request, "widget/sign_in.html", words, Connection.objects.framing_origins())


def _kept(request: HttpRequest) -> dict[str, object]:
    expected = request.POST.get("expected_user", "")
    return {"again": bool(request.POST.get("again")), "expected_user": expected}


def _who(request: HttpRequest) -> User:
    """The user of this name and password, if he may come in and the card is his. Raises Refused."""
    username, password = request.POST.get("username", "").strip().lower(), request.POST.get("password", "")
    if not username or not password or "\0" in username + password:
        raise Refused(MISSING)
    user = authenticate(request, username=username[:150], password=password[:1000])
    if getattr(request, "axes_locked_out", False):
        raise Refused(LOCKED)
    if not isinstance(user, User):
        raise Refused(SWITCHED_OFF if _is_switched_off(username, password) else WRONG)
    expected = request.POST.get("expected_user", "")
    if expected and expected != user.username:
        raise Refused(_belongs_to(expected))
    return user


def _is_switched_off(username: str, password: str) -> bool:
    """Told only to who knows the password."""
    user = User.objects.filter(username=username, is_active=False).first()
    return user is not None and user.check_password(password[:1000])


def _belongs_to(username: str) -> str:
    owner = User.objects.filter(username=username[:150].replace("\0", "")).first()
    name = str(owner) if owner else "somebody else"
    return f"This card belongs to {name}. Sign in as {name}, or close it and open your own call in Daktela."


@require_GET
def signed_in(request: HttpRequest) -> HttpResponse:
    """Asked right after signing in: reloads the page, or says that the browser dropped the cookie."""
    if not request.user.is_authenticated:
        return frames.part("widget/_cookie_dropped.html", {})
    return _reload()


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return _reload()


def _reload() -> HttpResponse:
    return frames.sealed(HttpResponse(status=204, headers={"HX-Refresh": "true"}))
