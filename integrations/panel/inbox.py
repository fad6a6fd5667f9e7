"""Which events came in, what became of each, and can they be taken again? Reading one is looking at personal data."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_POST

from integrations import inbox
from integrations.models import Connection, WebhookEvent
from integrations.panel import audit, page
from integrations.wording import counted

State = WebhookEvent.State
LONGEST = 100_000  # of a body, in letters: a page is for reading
AT_ONCE = 10_000


@require_GET
def show_all(request: HttpRequest, pk: UUID) -> TemplateResponse:
    connection = page.connection_or_404(pk)
    context: dict[str, Any] = {
        "states": page.filters(request, "state", State.choices),
        "subject": request.GET.get("subject", ""),
        "state": request.GET.get("state", ""),
    }
    rows = matching(connection, context["state"], context["subject"]).defer("body", "headers")
    return page.show(request, connection, "inbox", **context, **page.paged(request, rows))


def matching(connection: Connection, state: str, subject: str) -> Any:
    """The events of a connection, narrowed by state and by what they speak of."""
    rows = WebhookEvent.objects.filter(connection=connection)
    if state in State.values:
        rows = rows.filter(state=state)
    return rows.filter(subject__startswith=subject.strip()[:140]) if subject.strip() else rows


@require_GET
def show(request: HttpRequest, pk: UUID, event: int) -> TemplateResponse:
    """The bytes as they came, as text and nothing else; that somebody looked is noted (trap 39)."""
    one = get_object_or_404(WebhookEvent.objects.select_related("connection"), pk=event, connection=pk)
    audit.note(request, one.connection, f"Looked at event {one.pk}.")
    body = bytes(one.body).decode("utf-8", "backslashreplace")
    return page.show(
        request,
        one.connection,
        "inbox",
        template="event",
        title=f"{one.connection.title}: event {one.pk}",
        crumbs=[("Inbox", page.url("inbox", pk))],
        crumb=f"Event {one.pk}",
        event=one,
        body=body[:LONGEST],
        is_cut=len(body) > LONGEST,
    )


@require_POST
def replay(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Takes one event again, or all that the filter shows; the body is a hint, so twice does no harm (contract E8)."""
    connection = page.connection_or_404(pk)
    one = page.number(request.POST.get("event"))
    rows = matching(connection, request.POST.get("state", ""), request.POST.get("subject", ""))
    if "event" in request.POST:
        rows = rows.filter(pk=one)
    keys = list(rows.order_by("-received_at").values_list("pk", flat=True)[:AT_ONCE])
    count = inbox.replay(WebhookEvent.objects.filter(pk__in=keys), page.admin_of(request))
    if count:
        messages.success(request, f"{counted(count, 'event')} to be taken again.")
    else:
        messages.info(request, "Nothing to replay: it is being handled now, or its text is no longer kept.")
    return page.to("event", pk, one) if one and keys else page.to("inbox", pk)
