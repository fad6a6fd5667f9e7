"""What is answered to whoever sends us a webhook? Kept: 202, said only when the row is committed (contract E2)."""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from integrations.inbox import door
from integrations.inbox.keeping import keep

KEPT = b"Kept.\n"
AWAY = "We cannot keep it just now. Send it again."


@csrf_exempt
def receive(request: HttpRequest, slug: str) -> HttpResponse:
    """POST /hooks/<slug>/, from another system: no session, no form token, its own secret in a header."""
    try:
        door.check(request.method or "", request.META.get("CONTENT_LENGTH"))
        body = request.body
        headers = {name.lower(): value for name, value in request.headers.items()}
        keep(door.admit(door.source_of(slug), headers, body))
    except door.Refusal as refusal:
        return _refused(slug, refusal)
    except DatabaseError:
        return HttpResponse(AWAY + "\n", status=503, content_type="text/plain", headers={"Retry-After": "10"})
    return HttpResponse(KEPT, status=202, content_type="text/plain")


def _refused(slug: str, refusal: door.Refusal) -> HttpResponse:
    if refusal.status == 401:
        door.count_refused(slug)
    return HttpResponse(f"{refusal}\n", status=refusal.status, content_type="text/plain", headers=refusal.headers)
