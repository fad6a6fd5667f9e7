"""What does the office show that only an integration knows? A recording, and where a record comes from."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_GET

from crm.models import Account, Activity, Contact
from crm.views.base import EVERYONE, OfficeRequest, opens_to, page, url_of
from integrations import recordings
from integrations.health import GOOD_RUNS
from integrations.models import Connection, Direction, RemoteLink, SyncRun

SIGNED_OUT = "You are signed out. Sign in again, then play it."
NO_RECORDING = "There is no such recording."
ALWAYS = {"Cache-Control": "private, no-store", "Cross-Origin-Resource-Policy": "same-origin"}


@require_GET
def recording(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET /recordings/<activity>/, on both host names: the sound, or in a sentence why there is none.

    A player may ask for a range. Nothing here can be validated later, so with If-Range the whole is sent.
    """
    if not request.user.is_authenticated:
        return said(SIGNED_OUT, 401)
    activity = Activity.objects.visible_to(request.user).filter(pk=pk).first()
    if activity is None or not activity.may_be_heard_by(request.user):
        return said(NO_RECORDING, 404)
    wanted = "" if "If-Range" in request.headers else request.headers.get("Range", "")
    try:
        found = recordings.play(activity, request.user, wanted)
    except recordings.NotPlayed as why:
        return said(str(why), why.status)
    headers = {**found.headers, **ALWAYS, "Content-Disposition": "inline"}
    return StreamingHttpResponse(found.chunks, status=found.status, headers=headers)


def said(text: str, status: int) -> HttpResponse:
    headers: dict[str, Any] = {**ALWAYS, **({"Retry-After": "60"} if status == 503 else {})}
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8", headers=headers)


@opens_to(EVERYONE)
def origin(request: OfficeRequest, model: type[Contact] | type[Account], pk: int) -> HttpResponse:
    """Who is the master of a record, and what it is called elsewhere: a part of its page."""
    record = get_object_or_404(model.objects.visible_to(request.user), pk=pk)
    if not request.htmx:
        return redirect(url_of(record))
    name = str(model._meta.model_name)
    master = Connection.objects.filter(slug=record.master).first() if record.master else None
    runs = SyncRun.objects.filter(stream__connection=master, stream__entity=name, stream__direction=Direction.INWARD)
    context = {
        "master": master,
        "last_run": runs.filter(state__in=GOOD_RUNS).order_by("-started_at").first() if master else None,
        "links": RemoteLink.objects.filter(**{name: record}).select_related("connection").order_by("connection__title"),
    }
    return page(request, "integrations/_origin.html", context)
