"""Was this sent by a page of ours? For the few forms that work before there is a session to hold a token."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.views.decorators.csrf import csrf_exempt

View = Callable[..., HttpResponse]
FOREIGN = "This form was not sent by our own page. Reload the page and try again.\n"


def posted_by_our_page(view: View) -> View:
    """Instead of a CSRF token: a browser says on every POST which origin it comes from, and no page can forge that."""

    @csrf_exempt
    @wraps(view)
    def checked(request: HttpRequest, *values: object, **named: object) -> HttpResponse:
        if request.method == "POST" and request.headers.get("Origin") != settings.WIDGET_ORIGIN:
            return HttpResponseForbidden(FOREIGN, content_type="text/plain")
        return view(request, *values, **named)

    return checked
