"""What does the iframe show? The card: who is calling, why we think so, what happened last. A GET writes nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from crm.models import Queue
from crm.sessions import open_session, opens_session_itself
from widget import facts, frames
from widget.context import CallContext, parameters
from widget.facts import Facts
from widget.page import words
from widget.stencil import fill

LOOK_UPS = 30  # cards an hour that no activity backs: enough for a mistake, too few to walk through a customer base
TOO_MANY = (
    "Too many cards without a call of yours behind them; they open again within the hour. If the calls were yours, "
    "ask your administrator to look at Card views, and at which Daktela user your log-in is joined to."
)


@require_safe
@opens_session_itself
def show(request: HttpRequest, slug: str) -> HttpResponse:
    """The page Daktela opens for an activity. Not signed in: the sign-in form, at this very address."""
    context = CallContext.read(parameters(request.META["QUERY_STRING"]), slug)
    known = facts.read(context, request.session.session_key)
    if known.queue is None:
        return _missing(
            request, known, f"There is no queue “{slug}” here. Correct the iframe's address in Daktela.", 404
        )
    if open_session(request, known.session_data, known.viewer) is None:
        return frames.page(request, "widget/sign_in.html", {"queue": known.queue}, known.house.origins)
    if known.unbacked >= LOOK_UPS:
        return _missing(request, known, TOO_MANY, 429)
    return frames.page(request, "widget/card.html", words(context, known), known.house.origins, write=fill)


@require_safe
@opens_session_itself
def show_default(request: HttpRequest) -> HttpResponse:
    """The white paper's own address, /daktela.html (seed 000): the queue named by `queue`, else the first there is."""
    slug = request.GET.get("queue") or Queue.objects.order_by("pk").values_list("slug", flat=True).first() or ""
    return show(request, slug[:50])


def _missing(request: HttpRequest, known: Facts, text: str, status: int) -> HttpResponse:
    return frames.page(request, "widget/problem.html", {"text": text}, known.house.origins, status)
