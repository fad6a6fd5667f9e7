"""What is answered to whoever sends us a webhook? Kept: 202, said only when the row is committed (contract E2)."""

from __future__ import annotations

from collections.abc import Callable

from django.core.exceptions import DisallowedHost
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from crm.hosts import is_widget
from integrations.inbox import door
from integrations.inbox.keeping import keep

PREFIX = "/hooks/"
KEPT = b"Kept.\n"
AWAY = "We cannot keep it just now. Send it again."
HEADERS = {f"HTTP_{name.upper().replace('-', '_')}": name for name in door.LOOKED_AT} | {"CONTENT_TYPE": "content-type"}


class HooksMiddleware:
    """Lets a webhook in before sessions, forms and static files are thought of: it needs none of them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX) or not _is_ours(request):
            return self.get_response(request)
        return receive(request, request.path.removeprefix(PREFIX).removesuffix("/"))


def _is_ours(request: HttpRequest) -> bool:
    """Whether it was sent to the office's host: the others have no such page."""
    try:
        return not is_widget(request)
    except DisallowedHost:
        return False


@csrf_exempt
def receive(request: HttpRequest, slug: str) -> HttpResponse:
    """POST /hooks/<slug>/, from another system, with its own secret in a header."""
    try:
        door.check(request.method or "", request.META.get("CONTENT_LENGTH"))
        body = request.body
        headers = {name: request.META[key] for key, name in HEADERS.items() if request.META.get(key)}
        keep(door.admit(door.source_of(slug), headers, body))
    except door.Refusal as refusal:
        return _refused(slug, refusal)
    except DatabaseError:
        return _answer(503, f"{AWAY}\n".encode(), {"Retry-After": "10"})
    return _answer(202, KEPT, {})


def _refused(slug: str, refusal: door.Refusal) -> HttpResponse:
    if refusal.status == 401:
        door.count_refused(slug)
    return _answer(refusal.status, f"{refusal}\n".encode(), refusal.headers)


def _answer(status: int, text: bytes, headers: dict[str, str]) -> HttpResponse:
    length = {"Content-Length": str(len(text))}  # the middleware that would say so is not passed
    return HttpResponse(text, status=status, content_type="text/plain", headers=headers | length)
