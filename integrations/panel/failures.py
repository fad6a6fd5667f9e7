"""Which records did not make it, why, and when are they tried again?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_POST

from integrations.clock import now
from integrations.models import Connection, Direction, RecordFailure
from integrations.panel import audit, page
from integrations.sync import records
from integrations.sync.ours import RECORDS
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
    listed = page.paged(request, rows)
    listed["rows"] = with_records(connection, listed["rows"])
    return page.show(request, connection, "failures", states=states, **listed)


def with_records(connection: Connection, failures: Iterable[RecordFailure]) -> list[RecordFailure]:
    """Each with `record`, the contact or account of ours that it is about; None where there is none."""
    found = list(failures)
    for entity, model in RECORDS.items():
        mine = [one for one in found if one.stream.entity == entity]
        inward = [one.key for one in mine if one.stream.direction == Direction.INWARD]
        ids = records.ours(connection, entity, inward)
        rows = model.objects.in_bulk([*ids.values(), *(page.number(one.key) for one in mine)])
        for one in mine:
            key = ids.get(one.key) if one.stream.direction == Direction.INWARD else page.number(one.key)
            one.record = rows.get(key or 0)  # type: ignore[attr-defined]
    return found


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
