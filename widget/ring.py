"""How is a ringing call answered at once? Its card, past Django's handler and middlewares; whatever else, by them.

They took a third of the card's time (docs/performance.md). What they check stands here once more: who asks at another
host, by an open line, without a live session or with any doubt goes their way, and a test compares both answers.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, parse_cookie
from django.middleware.security import SecurityMiddleware

from crm.middleware import Nonce, policy
from crm.sessions import WIDGET_COOKIE, form_secret
from crm.tokens import masked
from widget import facts, frames
from widget.context import CallContext, parameters
from widget.page import words
from widget.stencil import fill
from widget.views.card import LOOK_UPS

Environ = dict[str, Any]
Start = Callable[[str, list[tuple[str, str]]], Any]
Pages = Callable[[Environ, Start], Iterable[bytes]]
Headers = list[tuple[str, str]]

log = logging.getLogger(__name__)
ADDRESS = re.compile(r"/widget/([-\w]+)/", re.ASCII).fullmatch  # as in widget.urls


class Ring:
    """A WSGI application before Django's: it answers with the card if it can, else it gives the request on."""

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self.host = settings.WIDGET_HOST
        self.proxy = settings.SECURE_PROXY_SSL_HEADER or ("wsgi.url_scheme", "https")
        self.must_be_secure = settings.SECURE_SSL_REDIRECT
        self.headers = _said_by_django("https" if self.must_be_secure else "http")

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        began = time.perf_counter()
        address = ADDRESS(environ["PATH_INFO"])
        if not address or not self._is_ours(environ):
            return self.pages(environ, start)
        try:
            card = _card(environ, address[1])
        except Exception as error:  # Django's handler meets it too, tells the agent, and logs where it was
            log.warning("A card could not be answered at once: %s", type(error).__name__)
            card = None
        if card is None:
            return self.pages(environ, start)
        body, headers = card
        took = f"app;dur={(time.perf_counter() - began) * 1000:.1f}"
        start("200 OK", [*self.headers, *headers, ("Server-Timing", took)])
        return [body]

    def _is_ours(self, environ: Environ) -> bool:
        """Whether a browser asked our host for a page, by a line that nobody else hears where there has to be one."""
        header, secure = self.proxy
        return (
            environ["REQUEST_METHOD"] == "GET"
            and environ.get("HTTP_HOST") == self.host
            and (environ.get(header) == secure or not self.must_be_secure)
        )


def _said_by_django(scheme: str) -> Headers:
    """What every card says, from Django's own mouth."""
    request = WSGIRequest({"REQUEST_METHOD": "GET", "wsgi.url_scheme": scheme, "wsgi.input": BytesIO()})
    page = frames.sealed(HttpResponse(headers={"Vary": "Cookie"}))
    return list(SecurityMiddleware(lambda _: page).process_response(request, page).items())


def _card(environ: Environ, slug: str) -> tuple[bytes, Headers] | None:
    """The page and what is said with it; None where it is no plain card, or nobody's."""
    key = parse_cookie(environ.get("HTTP_COOKIE", "")).get(WIDGET_COOKIE)
    if not key:
        return None
    context = CallContext.read(parameters(environ["QUERY_STRING"]), slug)
    known = facts.read(context, key)
    secret, origins = form_secret(known.session_data, known.viewer), known.house.origins
    if not secret or not origins or known.queue is None or known.unbacked >= LOOK_UPS:
        return None
    nonce = Nonce()
    body = fill("widget/card.html", {**words(context, known), **frames.frame(nonce, masked(secret))})
    says = policy(settings.SECURE_CSP, nonce, origins)
    return body, [("Content-Length", str(len(body))), ("Content-Security-Policy", says)]
