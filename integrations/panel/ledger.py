"""Is everything that happened over there also here? Day by day and queue by queue; gaps have a button."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_POST

from integrations import calls
from integrations.clock import now
from integrations.models import Connection, Errand
from integrations.panel import page
from integrations.panel.events import receiving_or_404
from integrations.panel.streams import ask

DAYS = 7
MOST_DAYS = 62


@require_GET
def show(request: HttpRequest, pk: UUID) -> TemplateResponse:
    connection = receiving_or_404(pk)
    first, last = period(request, connection)
    rows = list(calls.ledger(connection, first, last))
    return page.show(
        request,
        connection,
        "ledger",
        rows=rows,
        first=first,
        last=last,
        missing=sum(row.missing for row in rows),
        theirs=sum(row.theirs for row in rows),
        repairs=connection.errands.filter(kind=Errand.Kind.REPAIR).exclude(due_at=None),
    )


def period(request: HttpRequest, connection: Connection) -> tuple[date, date]:
    """From and to, both included, in the zone of the connection; seven days when nothing else is asked for."""
    today = now().astimezone(ZoneInfo(connection.time_zone)).date()
    last = day(request.GET.get("to")) or today
    first = day(request.GET.get("from")) or last - timedelta(days=DAYS - 1)
    first, last = min(first, last), max(first, last)
    return max(first, last - timedelta(days=MOST_DAYS)), last


def day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


@require_POST
def repair(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Has a day of a queue read again from the other system, once however often it is asked."""
    connection = receiving_or_404(pk)
    which: Any = day(request.POST.get("day"))
    if which is None:
        messages.error(request, "Choose the day to repair from the list.")
    elif ask(request, connection, Errand.Kind.REPAIR, day=which, queue=request.POST.get("queue", "")[:140]):
        messages.success(request, f"What is missing of {which:%-d %B} is being fetched. Reload in a minute.")
    else:
        messages.info(request, "That day is being repaired already.")
    return page.to("ledger", pk)
