"""Which records did not make it, why, and when are they tried again?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_POST

from integrations.clock import now
from integrations.models import Connection, RecordFailure
from integrations.panel import audit, page
from integrations.wake import wake
from integrations.wording import counted

State = RecordFailure.State
OPEN = (State.WAITING, State.DEAD)


@require_GET
def show(request: HttpRequest, pk: UUID) -> TemplateResponse:
    connection = page.connection_or_404(pk)
    state = request.GET.get("state", "")
    rows = of(connection)
    rows = rows.filter(state=state) if state in State.values else rows.filter(state__in=OPEN)
    states = page.filters(request, "state", State.choices, first="Open")
    return page.show(request, connection, "failures", states=states, **page.paged(request, rows))


def of(connection: Connection) -> Any:
    return RecordFailure.objects.filter(stream__connection=connection).select_related("stream", "run")


@require_POST
def retry(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Has one (`failure`) or all of them tried again at once, also those that were given up. Twice does no more."""
    connection = page.connection_or_404(pk)
    rows = of(connection).filter(state__in=OPEN)
    if request.POST.get("failure"):
        rows = rows.filter(pk=page.number(request.POST["failure"]))
    streams = set(rows.values_list("stream", flat=True))
    count = rows.select_related(None).update(state=State.WAITING, next_try_at=now())
    if count:
        audit.note(request, connection, f"Retry of {counted(count, 'record')}.")
        messages.success(request, f"{counted(count, 'record')} to be tried again now. Those that work leave this list.")
    else:
        messages.info(request, "There is nothing left to try again.")
    for stream in streams:
        wake("retry", stream)
    return page.to("failures", pk)
