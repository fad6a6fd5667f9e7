"""What happened in the runs of a connection, record by record, and can one be undone?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.views.decorators.http import require_GET, require_http_methods

from crm.wording import length
from integrations.models import Direction, Errand, RecordChange, SyncRun
from integrations.panel import page
from integrations.panel.first import named
from integrations.panel.streams import ask
from integrations.sync.ours import RECORDS, fields
from integrations.wording import shown

UNDONE = (SyncRun.Kind.CHANGES, SyncRun.Kind.FULL, SyncRun.Kind.IDS)
Action = RecordChange.Action


@require_GET
def show_all(request: HttpRequest, pk: UUID) -> TemplateResponse:
    connection = page.connection_or_404(pk)
    runs = SyncRun.objects.filter(stream__connection=connection).select_related("stream", "by")
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    if state in SyncRun.State.values:
        runs = runs.filter(state=state)
    if kind in SyncRun.Kind.values:
        runs = runs.filter(kind=kind)
    context: dict[str, Any] = {
        "states": page.filters(request, "state", SyncRun.State.choices),
        "kinds": page.filters(request, "kind", SyncRun.Kind.choices),
    }
    return page.show(request, connection, "runs", **context, **page.paged(request, runs))


def run_or_404(pk: UUID, run: int) -> SyncRun:
    rows = SyncRun.objects.select_related("stream__connection", "by", "undone_by")
    return get_object_or_404(rows, pk=run, stream__connection=pk)


@require_GET
def show(request: HttpRequest, pk: UUID, run: int) -> TemplateResponse:
    """One run: its figures, and each record it changed with the fields before and after."""
    one = run_or_404(pk, run)
    changes = one.changes.order_by("pk")
    counts = dict(changes.order_by().values_list("action").annotate(Count("pk")))
    action = request.GET.get("action", "")
    if action in Action.values:
        changes = changes.filter(action=action)
    choices = [
        (value, f"{label.capitalize()}: {counts[value]:,}") for value, label in Action.choices if value in counts
    ]
    listed = page.paged(request, changes, 25)
    names = names_of(one.stream.entity, [change.record_id for change in listed["rows"]])
    labels = labels_of(one)
    listed["rows"] = [told(change, names, labels) for change in listed["rows"]]
    return page.show(
        request,
        one.stream.connection,
        "runs",
        template="run",
        title=f"{one.stream.connection.title}: {called(one)}",
        crumbs=[("Runs", page.url("runs", pk))],
        crumb=called(one),
        run=one,
        name=named(one.stream.entity, one.stream.direction),
        actions=list(page.filters(request, "action", choices)),
        may_be_undone=may_be_undone(one),
        may_be_here_twice=one.created and one.kind in UNDONE and one.stream.direction == Direction.INWARD,
        failures=one.failures.exclude(state="settled").count(),
        kept=sum(counts.values()),
        is_cut=sum(counts.values()) < one.created + one.updated,
        took=took(one),
        **listed,
    )


@require_GET
def progress(request: HttpRequest, pk: UUID, run: int) -> TemplateResponse:
    return page.fragment(request, "_figures", run=run_or_404(pk, run))


def called(run: SyncRun) -> str:
    return f"{run.get_kind_display()}, {date_format(localtime(run.started_at), 'j M Y H:i')}"


def took(run: SyncRun) -> str:
    """How long; "" while it goes on."""
    seconds = (run.ended_at - run.started_at).total_seconds() if run.ended_at else 0.0
    return length(int(seconds)) if seconds >= 1 else "less than a second" * bool(run.ended_at)


def names_of(entity: str, ids: Iterable[int | None]) -> dict[int, str]:
    """What our records are called now; those that are gone are left out."""
    if entity not in RECORDS:
        return {}
    return {key: str(record) for key, record in RECORDS[entity].objects.in_bulk([one for one in ids if one]).items()}


def labels_of(run: SyncRun) -> dict[str, str]:
    """What our fields are called; theirs, which a run outward writes, bear the names they have there."""
    if run.stream.direction == Direction.OUTWARD or run.stream.entity not in RECORDS:
        return {}
    return {name: field.label for name, field in fields(run.stream.entity).items()}


def told(change: RecordChange, names: dict[int, str], labels: dict[str, str]) -> dict[str, Any]:
    """A change as the page lists it: whom it is about, and its fields: before, "" where nobody knows, and after."""
    keys = dict.fromkeys([*change.before, *change.after])
    before = {key: shown(value) for key, value in change.before.items()}
    values = [(labels.get(key, key), before.get(key, ""), shown(change.after.get(key))) for key in keys]
    different = [field for field in values if field[1] != field[2]]
    return {"change": change, "name": names.get(change.record_id or 0, ""), "fields": different}


def may_be_undone(run: SyncRun) -> bool:
    """Records here are put back as they were; what was sent to the other system is not taken back by us."""
    return (
        run.kind in UNDONE
        and run.state != SyncRun.State.RUNNING
        and not run.is_undone
        and run.stream.direction == Direction.INWARD
        and run.changes.exists()
    )


@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, pk: UUID, run: int) -> HttpResponse:
    """Says what rolling back will do; POST has it done."""
    one = run_or_404(pk, run)
    if not may_be_undone(one):
        messages.warning(
            request, "This run cannot be rolled back: it is still going, was undone, or changed nothing here."
        )
        return page.to("run", pk, run)
    if request.method == "POST":
        if ask(request, one.stream.connection, Errand.Kind.ROLLBACK, stream=one.stream, run=one):
            messages.success(request, "The run is being rolled back. This page of the stream says when it is done.")
        return page.to("stream", pk, one.stream_id)
    counts = dict(one.changes.order_by().values_list("action").annotate(Count("pk")))
    return page.show(
        request,
        one.stream.connection,
        "runs",
        template="undo",
        title="Roll back this run?",
        crumbs=[("Runs", page.url("runs", pk)), (called(one), page.url("run", pk, run))],
        crumb="Roll back",
        run=one,
        counts={action: counts.get(action.value, 0) for action in Action},
    )
