"""How does an admin map the fields of a stream? Rows with a preview, published as a version one can go back to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from integrations import mapping_file
from integrations.connectors.base import RemoteField
from integrations.connectors.errors import ConnectorError
from integrations.fields import KeyIsMissing
from integrations.forms.mapping import Row, Rows, Sides, as_row, moved, written
from integrations.models import Stream
from integrations.panel import audit, first, page, usual
from integrations.panel.first import named
from integrations.panel.preview import Preview

DEADLINE_SECONDS = 5.0
OLD_VERSIONS = 20


def asked_fields(stream: Stream) -> tuple[list[RemoteField] | None, str]:
    """The live list of their fields; None and why, when they cannot be asked."""
    try:
        with stream.connection.open(deadline_seconds=DEADLINE_SECONDS) as connector:
            return connector.fields(stream.entity), ""
    except KeyIsMissing:
        return None, "The kept credentials cannot be read: enter them again under Settings."
    except ConnectorError as error:
        return None, str(error)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: UUID, stream: int) -> HttpResponse:
    """POST with `do`: a small button that changes the form alone, a preview, or `publish`."""
    one = page.mapped_or_404(pk, stream)
    theirs, why = asked_fields(one)
    sides = Sides.of(one, theirs)
    if request.method == "GET":
        return _page(request, one, Rows.kept(sides, one), why)
    order = request.POST.get("do", "publish")
    if order == "publish":
        return _publish(request, one, Rows.sent(sides, request.POST), why)
    if order in ("preview", "preview-other"):
        return _preview(request, one, Rows.sent(sides, request.POST), why, is_other=order == "preview-other")
    rows = usual.rows(one) if order == "usual" else moved(written(request.POST), order)
    return _page(request, one, Rows(sides, rows), why)


def _publish(request: HttpRequest, stream: Stream, rows: Rows, why: str) -> HttpResponse:
    if not rows.is_valid():
        return _page(request, stream, rows, why, status=422)
    publish(request, stream, rows.rows)
    return page.to("stream", stream.connection_id, stream.pk)


def publish(request: HttpRequest, stream: Stream, rows: list[Row]) -> None:
    before = stream.version
    version = stream.publish(rows, page.admin_of(request))
    if version.number == before:
        messages.info(request, f"Nothing is different from version {before}.")
        return
    audit.note(request, stream.connection, f"{stream}: mapping version {version.number} published.")
    messages.success(request, f"Version {version.number} is published. The next run compares every record with it.")


def _preview(request: HttpRequest, stream: Stream, rows: Rows, why: str, *, is_other: bool) -> TemplateResponse:
    rows.is_valid()
    preview = Preview.of(stream, rows, request.POST.get("sample", ""), is_other=is_other)
    return _page(request, stream, rows, why, preview=preview)


def _page(
    request: HttpRequest, stream: Stream, rows: Rows, why: str, *, status: int = 200, **more: Any
) -> TemplateResponse:
    name = named(stream.entity, stream.direction)
    return page.show(
        request,
        stream.connection,
        "streams",
        template="mapping",
        status=status,
        title=f"{stream.connection.title}: {name}, mapping",
        crumbs=[
            ("What flows", page.url("streams", stream.connection_id)),
            (name, page.url("stream", stream.connection_id, stream.pk)),
        ],
        crumb="Mapping",
        stream=stream,
        first=first.before(stream),
        rows=rows,
        why_no_fields=why,
        versions=stream.versions.select_related("by")[:OLD_VERSIONS],
        usual=bool(usual.rows(stream)),
        sample=request.POST.get("sample", ""),
        **more,
    )


@require_POST
def restore(request: HttpRequest, pk: UUID, stream: int, number: int) -> HttpResponse:
    """An older version, published anew under the next number."""
    one = page.mapped_or_404(pk, stream)
    publish(request, one, get_object_or_404(one.versions, number=number).rows)
    return page.to("mapping", pk, stream)


@require_POST
def resume(request: HttpRequest, pk: UUID, stream: int, mapping: int) -> HttpResponse:
    """A suspended row goes on; if its field is still wrong, the next run suspends it again and says so."""
    one = page.mapped_or_404(pk, stream)
    if one.mappings.filter(pk=mapping).exclude(suspended_reason="").update(suspended_reason=""):
        Stream.objects.filter(pk=one.pk).update(is_full_due=True)
        audit.note(request, one.connection, f"{one}: a suspended row of the mapping resumed.")
        messages.success(request, "The field flows again from the next run on.")
    return page.to("mapping", pk, stream)


@require_GET
def export(request: HttpRequest, pk: UUID, stream: int) -> HttpResponse:
    one = page.mapped_or_404(pk, stream)
    about = {"connector": one.connection.connector, "entity": one.entity, "direction": one.direction}
    rows = [{**as_row(row), "table": row.table} for row in one.mappings.all()]
    name = f"{one.connection.slug}-{one.entity}-{one.direction}.yaml"
    return HttpResponse(
        mapping_file.written(rows, **about),
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
def take(request: HttpRequest, pk: UUID, stream: int) -> HttpResponse:
    """Reads a file into the form: nothing is kept before it is published."""
    one = page.mapped_or_404(pk, stream)
    theirs, why = asked_fields(one)
    sides = Sides.of(one, theirs)
    file = request.FILES.get("file")
    try:
        if not file:
            raise mapping_file.BadFile("Choose a file first.")
        rows = mapping_file.read(file.read(mapping_file.LARGEST + 1))
    except mapping_file.BadFile as error:
        kept = Rows.kept(sides, one)
        return _page(request, one, kept, why, status=422, file_problems=error.problems)
    messages.info(request, f"{len(rows)} rows are read from the file. Look at them, then publish.")
    return _page(request, one, Rows(sides, [as_row(row) for row in rows]), why)
