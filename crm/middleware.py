"""What happens to every request? Health is answered, the host decides which pages exist, and a policy goes out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence

from django.conf import settings
from django.contrib.messages.middleware import MessageMiddleware
from django.core.exceptions import DisallowedHost
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.http.response import HttpResponseBase
from django_htmx.middleware import HtmxMiddleware
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from crm.hosts import is_widget

NOBODY = "'none'"
Next = Callable[[HttpRequest], HttpResponse]


class HealthMiddleware:
    """/healthz: the process answers. /readyz: it can also reach what it needs. For probes, so under any host name."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path == "/readyz":
            return ready()
        return self.get_response(request)


def ready() -> JsonResponse:
    """The database must be there; the broker may be away (jobs then wait for the sweeper) and is only reported."""
    state = {"database": "ok" if _database_answers() else "away", "broker": "ok" if _broker_answers() else "away"}
    return JsonResponse(state, status=200 if state["database"] == "ok" else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except Error:
        return False
    return True


def _broker_answers() -> bool:
    try:
        with Redis.from_url(
            settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
        ) as broker:
            return bool(broker.ping())
    except RedisError:
        return False


class HostMiddleware:
    """On the widget's host name only the widget's routes exist, on the office's all others."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            if is_widget(request):
                request.urlconf = settings.WIDGET_URLCONF
        except DisallowedHost:
            return HttpResponseBadRequest(
                "This host name is not ours. Whoever runs us sets OFFICE_ORIGIN and WIDGET_ORIGIN.\n",
                content_type="text/plain",
            )
        began = time.perf_counter()
        response = self.get_response(request)
        response["Server-Timing"] = f"app;dur={(time.perf_counter() - began) * 1000:.1f}"
        return response


class OfficeMiddleware(MessageMiddleware):
    """Messages, and what htmx says of a request: the office's pages have both, the widget's neither."""

    def __init__(self, get_response: Next) -> None:
        super().__init__(HtmxMiddleware(get_response))
        self.widget = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.widget(request) if is_widget(request) else super().__call__(request)  # type: ignore[return-value]


class ContentSecurityPolicyMiddleware:
    """Sends the policy of settings.SECURE_CSP; a view may add a nonce and the origins that may frame it.

    A view says `request.csp_nonce` (read it to get one) and `response.frame_ancestors = [...]`; every other page
    cannot be framed at all. X-Frame-Options cannot express a list, so it only stands where nobody may frame (trap 24).
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        nonce = Nonce()
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        response = self.get_response(request)
        ancestors: Sequence[str] = getattr(response, "frame_ancestors", ())
        response["Content-Security-Policy"] = policy(settings.SECURE_CSP, nonce, ancestors)
        if not ancestors:
            response["X-Frame-Options"] = "DENY"
        return response


class Nonce:
    """Made when a template first writes it; a page that does not use it does not send it."""

    value = ""

    def __str__(self) -> str:
        self.value = self.value or os.urandom(16).hex()
        return self.value


def policy(directives: Mapping[str, Sequence[str]], nonce: Nonce, frame_ancestors: Sequence[str]) -> str:
    """The header's text: the settings' directives, the nonce for styles if one was used, and who may frame."""
    parts = [
        f"{name} {' '.join(sources)}" + (f" 'nonce-{nonce}'" if nonce.value and name == "style-src" else "")
        for name, sources in directives.items()
    ]
    return "; ".join([*parts, f"frame-ancestors {' '.join(frame_ancestors) or NOBODY}"])
