"""What flows between a system and us, when, and how is it going now? Schedule, dry run, Sync now, and the guard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from integrations import timetable
from integrations.clock import now
from integrations.forms.stream import StreamForm
from integrations.health import with_last_runs
from integrations.models import Connection, Errand, Stream, SyncRun
from integrations.panel import audit, first, page
from integrations.panel.first import named, possible
from integrations.sync import deletions
from integrations.sync.ours import FIELDS
from integrations.wake import wake

LATEST = 5


@require_GET
def show_all(request: HttpRequest, pk: UUID) -> TemplateResponse:
    connection = page.connection_or_404(pk)
    shown = list(flows(connection))
    is_busy = any(flow["doing"] for flow in shown)
    return page.show(request, connection, "streams", flows=shown, is_busy=is_busy, ready=list(ready(connection)))


def ready(connection: Connection) -> Iterator[Stream]:
    """The streams that may run: nobody stopped them, and what needs a mapping has one."""
    for stream in connection.streams.filter(paused_reason=""):
        if not is_mapped(stream) or stream.version:
            yield stream


def flows(connection: Connection) -> Iterator[dict[str, Any]]:
    """What may flow: in the order in which it runs, each with its stream where there is one."""
    streams = with_last_runs(connection.streams.all())
    there = {(stream.entity, stream.direction): stream for stream in streams}
    runs = SyncRun.objects.in_bulk([stream.last_id for stream in there.values() if stream.last_id])
    for entity, direction in {**possible(connection), **dict.fromkeys(there)}:
        stream = there.get((entity, direction))
        yield {
            "name": named(entity, direction),
            "key": f"{entity}-{direction}",
            "stream": stream,
            "last": runs.get(stream.last_id) if stream else None,
            "is_mapped": entity in FIELDS,
            "doing": doing(stream) if stream else "",
        }


def doing(stream: Stream) -> str:
    """What is under way with it; "" for nothing."""
    if stream.leased_until and stream.leased_until > now():
        return "Runs now"
    return "Next" if stream.due_at and stream.due_at <= now() and not stream.paused_reason else ""


@require_POST
def set_up(request: HttpRequest, pk: UUID, key: str) -> HttpResponse:
    """Makes the stream, which does not run before somebody says so; twice makes one."""
    connection = page.connection_or_404(pk)
    entity, _, direction = key.partition("-")
    if (entity, direction) not in possible(connection):
        raise Http404
    stream, is_new = Stream.objects.get_or_create(connection=connection, entity=entity, direction=direction)
    if is_new:
        audit.note(request, connection, f"Set up: {named(entity, direction)}.")
    return page.to("mapping", pk, stream.pk)


@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, pk: UUID, stream: int) -> HttpResponse:
    """One stream; POST saves its timetable."""
    one = page.stream_or_404(pk, stream)
    form = StreamForm(request.POST or None, instance=one)
    if form.is_bound and form.is_valid():
        form.save()
        audit.note(request, one.connection, f"{one}: {', '.join(form.changed_data) or 'nothing'} changed.")
        messages.success(request, "The timetable is saved.")
        if one.due_at:
            wake("run_stream", one.pk)
        return page.to("stream", pk, stream)
    return show_stream(request, one, form, 422 if form.is_bound else 200)


def show_stream(request: HttpRequest, stream: Stream, form: StreamForm, status: int) -> TemplateResponse:
    name = named(stream.entity, stream.direction)
    return page.show(
        request,
        stream.connection,
        "streams",
        template="stream",
        status=status,
        title=f"{stream.connection.title}: {name}",
        crumbs=[("What flows", page.url("streams", stream.connection_id))],
        crumb=name,
        form=form,
        is_mapped=is_mapped(stream),
        first=first.before(stream),
        rows=list(stream.runs.select_related("by")[:LATEST]),
        mapped=stream.mappings.count(),
        suspended=stream.mappings.exclude(suspended_reason="").count(),
        **state(stream),
    )


def state(stream: Stream) -> dict[str, Any]:
    """What is going on with it right now, for its page and for the part that is asked for again and again."""
    running = stream.runs.filter(state=SyncRun.State.RUNNING).first()
    errand = stream.errands.exclude(due_at=None).first()
    latest = stream.runs.first()
    waits = not running and bool(errand or (stream.due_at and stream.due_at <= now() and not stream.paused_reason))
    done = running and max(running.seen, running.created + running.updated + running.unchanged + running.rejected)
    return {
        "stream": stream, "running": running, "done": done, "errand": errand, "latest": latest, "waits": waits,
        "has_its_turn": bool(errand) or not waits or timetable.has_its_turn(stream),
    }  # fmt: skip


@require_GET
def progress(request: HttpRequest, pk: UUID, stream: int) -> TemplateResponse:
    """The part of the page that tells how far a run is; it asks again by itself while there is something to tell."""
    return page.fragment(request, "_progress", is_part=True, **state(page.stream_or_404(pk, stream)))


def is_mapped(stream: Stream) -> bool:
    """Whether an admin says which of its fields flow; calls, activities and tickets come as they are."""
    return stream.entity in FIELDS


def lacks_mapping(request: HttpRequest, stream: Stream) -> bool:
    if not is_mapped(stream) or (stream.version and stream.mappings.exists()):
        return False
    messages.error(request, "No field is mapped yet: map some, publish the mapping, and try again.")
    return True


@require_POST
def sync(request: HttpRequest, pk: UUID, stream: int) -> HttpResponse:
    """Due now; a worker does it. `full`: everything is compared; `first`: so is due what must have run before it."""
    one = page.stream_or_404(pk, stream)
    needed = first.before(one)
    if lacks_mapping(request, one):
        return page.to("mapping", pk, stream)
    if needed and needed.stream and needed.is_mapped and "first" in request.POST:
        make_due(request, needed.stream)
    if "full" in request.POST:
        make_due(request, one, " of everything", is_full_due=True)
    else:
        make_due(request, one)
    return page.to("stream", pk, stream)


@require_POST
def sync_all(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Everything of the connection that is ready is due now; the timetable puts it in its order."""
    connection = page.connection_or_404(pk)
    due = list(ready(connection))
    for stream in due:
        make_due(request, stream)
    if due:
        messages.success(request, "All of it begins in a moment, accounts before the contacts that name them.")
    else:
        messages.info(request, "Nothing can run yet: set something up and map its fields.")
    return page.to("streams", pk)


def make_due(request: HttpRequest, stream: Stream, what: str = "", **values: Any) -> None:
    """Has the timetable run it now, on behalf of whoever asked."""
    Stream.objects.filter(pk=stream.pk).update(due_at=now(), asked_by=page.admin_of(request), **values)
    audit.note(request, stream.connection, f"{stream}: Sync now{what}.")
    if stream.leased_until and stream.leased_until > now():
        messages.info(
            request, f"{named(stream.entity, stream.direction)}: it is running, and runs once more after that."
        )
    wake("run_stream", stream.pk)


@require_POST
def answer(request: HttpRequest, pk: UUID, stream: int) -> HttpResponse:
    """To the question that a stream waits with: `delete` or `keep` what is gone over there, or `go` on."""
    one = page.stream_or_404(pk, stream)
    order = request.POST.get("do", "")
    if one.paused_reason and order in ANSWERS:
        ANSWERS[order](one)
        audit.note(request, one.connection, f"{one}: “{one.paused_reason}” answered with: {order}."[:500])
        messages.success(request, "It goes on.")
        wake("run_stream", one.pk)
    return page.to("stream", pk, stream)


def go_on(stream: Stream) -> None:
    Stream.objects.filter(pk=stream.pk).update(paused_reason="", attempts=0, due_at=now())


ANSWERS: dict[str, Callable[[Stream], None]] = {"delete": deletions.approve, "keep": deletions.keep, "go": go_on}


@require_POST
def dry(request: HttpRequest, pk: UUID, stream: int) -> HttpResponse:
    """Asks for a dry run."""
    one = page.mapped_or_404(pk, stream)
    if lacks_mapping(request, one):
        return page.to("mapping", pk, stream)
    ask(request, one.connection, Errand.Kind.DRY, stream=one)
    return page.to("stream", pk, stream)


def ask(request: HttpRequest, connection: Connection, kind: Errand.Kind, **what: Any) -> bool:
    """Has a worker do it, once however often it is asked. Whether it is new."""
    try:
        with transaction.atomic():
            errand = Errand.objects.create(
                connection=connection, kind=kind, due_at=now(), by=page.admin_of(request), **what
            )
    except IntegrityError:
        return False
    audit.note(request, connection, capfirst(f"{errand.get_kind_display()} asked for."))
    wake("do_errand", errand.pk)
    return True
