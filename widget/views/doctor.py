"""Why does the frame not work? A page that tests itself inside Daktela and says in plain words what to do.

It may be framed by anybody, the only page that may: one that a browser refuses to show cannot say why it was refused.
So it shows no data, knows no user and takes no action. What it says about an origin, each card's own policy says too.
"""

from __future__ import annotations

import secrets
import time

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.templatetags.static import static
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_http_methods

from crm.sessions import set_partitioned_cookie
from integrations.models import Connection
from widget import frames
from widget.origin import posted_by_our_page

COOKIE = "__Host-callroom-doctor"
ANYBODY = ["*"]


@require_http_methods(["GET", "POST"])
@posted_by_our_page
def examine(request: HttpRequest) -> HttpResponse:
    """GET is the page; its script POSTs `step`: give (a cookie), look (for it, and at the framing `origin`), ping."""
    if request.method == "GET":
        return frames.page(request, "widget/doctor.html", {"doctor": static("js/doctor.js")}, ANYBODY)
    steps = {"give": _give_cookie, "look": _look, "ping": _ping}
    step = steps.get(request.POST.get("step", ""))
    return frames.sealed(step(request) if step else JsonResponse({"error": "There is no such step."}, status=422))


def _give_cookie(request: HttpRequest) -> HttpResponse:
    """One of the very kind that signing in sets."""
    value = secrets.token_urlsafe(8)
    response = JsonResponse({"value": value})
    set_partitioned_cookie(response, COOKIE, value, max_age=60)
    return response


def _look(request: HttpRequest) -> HttpResponse:
    is_kept = constant_time_compare(request.COOKIES.get(COOKIE, ""), request.POST.get("value", "") or "none")
    is_ours = request.POST.get("origin", "") in Connection.objects.framing_origins()
    return JsonResponse({"is_kept": is_kept, "is_ours": is_ours})


def _ping(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"now": round(time.time() * 1000)})
