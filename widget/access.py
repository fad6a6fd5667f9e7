"""Who may act on a call? A signed-in user, on an activity that is his, told by the parameters of its own iframe."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from crm.models import Erased, Owned, Queue, User
from widget import frames
from widget.context import CallContext
from widget.journal import NotJoined, NotNamed, NotTheirs


class AgentRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


Act = Callable[[AgentRequest, Queue, CallContext], HttpResponse]


def for_agent(view: Act) -> Callable[..., HttpResponse]:
    """POST only. 401 when the session is over (the page then keeps the note and asks to sign in again)."""

    @require_POST
    @wraps(view)
    def wrapped(request: AgentRequest, slug: str, **_: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return frames.sealed(HttpResponse("You are signed out.", status=401, content_type="text/plain"))
        queue = get_object_or_404(Queue, slug=slug)
        context = CallContext.read({name: request.POST.getlist(name) for name in request.POST}, slug)
        try:
            return view(request, queue, context)
        except (Erased, Owned, NotJoined, NotNamed, NotTheirs) as error:
            words = {"text": str(error), "is_somebodys": isinstance(error, NotTheirs)}
            return frames.part("widget/_refused.html", words, status=409)

    return wrapped
