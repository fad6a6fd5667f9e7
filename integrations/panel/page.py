"""What has every page of the panel? The connection it is about, its tabs, and the frame of the admin around it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from crm.models import User
from integrations import connectors
from integrations.connectors.base import Connector, Receiver
from integrations.models import Connection, Stream
from integrations.sync.ours import FIELDS

TABS = {
    "change": "Settings",
    "check": "Check",
    "streams": "What flows",
    "runs": "Runs",
    "failures": "Failures",
    "duplicates": "Duplicates",
    "inbox": "Inbox",
    "events": "Events",
    "ledger": "Ledger",
}
OF_RECEIVERS = {"inbox", "events", "ledger"}
ROWS = 50


def url(name: str, *arguments: object) -> str:
    """The address of a page of the panel, by the name its route has."""
    name = f"integrations_connection_{name}" if name in ("change", "changelist", "add") else f"integrations_{name}"
    return reverse(f"admin:{name}", args=arguments)


def connector_of(connection: Connection) -> type[Connector] | None:
    """Its class; None when this version has none of that name any more."""
    return next((one for one in connectors.CONNECTORS if one.slug == connection.connector), None)


def tabs(connection: Connection, current: str) -> list[dict[str, Any]]:
    connector = connector_of(connection)
    receives = connector is not None and issubclass(connector, Receiver)
    return [
        {"label": label, "url": url(name, connection.pk), "is_current": name == current}
        for name, label in TABS.items()
        if receives or name not in OF_RECEIVERS
    ]


def frame(request: HttpRequest, connection: Connection, tab: str) -> dict[str, Any]:
    """What the template of a connection's page needs, whatever it shows."""
    return {
        "connection": connection,
        "tabs": tabs(connection, tab),
        "tab": TABS.get(tab, ""),
        "title": connection.title,
        "opts": Connection._meta,
    }


def show(
    request: HttpRequest, connection: Connection, tab: str, *, status: int = 200, template: str = "", **context: Any
) -> TemplateResponse:
    values = admin.site.each_context(request) | frame(request, connection, tab) | context
    return TemplateResponse(request, f"admin/integrations/{template or tab}.html", values, status=status)


def fragment(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> TemplateResponse:
    """A part of a page, for htmx."""
    return TemplateResponse(request, f"admin/integrations/{template}.html", context, status=status)


def connection_or_404(pk: UUID) -> Connection:
    return get_object_or_404(Connection, pk=pk)


def mapped_or_404(pk: UUID, stream: int) -> Stream:
    """A stream whose fields an admin maps."""
    found = stream_or_404(pk, stream)
    if found.entity not in FIELDS:
        raise Http404
    return found


def stream_or_404(pk: UUID, stream: int) -> Stream:
    return get_object_or_404(Stream.objects.select_related("connection"), pk=stream, connection=pk)


def number(text: str | None) -> int:
    """An id as it was sent; 0, which nothing has, for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0


def to(name: str, *arguments: object) -> HttpResponseRedirect:
    return HttpResponseRedirect(url(name, *arguments))


def admin_of(request: HttpRequest) -> User:
    return cast(User, request.user)


class CappedPaginator(Paginator):
    """Counts no further than to where nobody pages any more."""

    MOST = 10_000

    @property
    def count(self) -> int:
        rows = cast("Any", self.object_list)
        return rows.order_by()[: self.MOST].values("pk").count()


def paged(request: HttpRequest, rows: Any, size: int = ROWS) -> dict[str, Any]:
    """A page of rows and its links, which keep the filters of the address."""
    page = CappedPaginator(rows, size).get_page(request.GET.get("page"))
    count = page.paginator.count
    total = f"more than {count:,}" if count == CappedPaginator.MOST else f"{count:,}"
    return {
        "rows": page.object_list,
        "count": count,
        "summary": f"{page.start_index():,}–{page.end_index():,} of {total}" if count else "",
        "previous_url": _link(request, page.previous_page_number()) if page.has_previous() else "",
        "next_url": _link(request, page.next_page_number()) if page.has_next() else "",
    }


def _link(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"?{query.urlencode()}"


def filters(request: HttpRequest, name: str, choices: Any, first: str = "All") -> Iterator[dict[str, Any]]:
    """Links that narrow a list by one parameter; the first shows what is shown without it."""
    current = request.GET.get(name, "")
    for value, label in [("", first), *choices]:
        query = request.GET.copy()
        query.pop("page", None)
        query[name] = value
        yield {"label": label, "url": f"?{query.urlencode()}", "is_current": current == value}
