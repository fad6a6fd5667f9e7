"""How does a call end? Its state, the note while it is written, the promise to call back, and Done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.utils import timezone

from crm import ids
from crm.models import Activity, CustomField, Queue, Task
from integrations import live
from integrations.models import Connection
from widget import callbacks, facts, frames, journal, stream
from widget.access import AgentRequest, for_agent
from widget.context import CallContext
from widget.models import Draft
from widget.page import baton, work
from widget.status import status_bar
from widget.story import zone_of

NOTE_LENGTH = 20_000
FARTHEST = timedelta(days=730)  # a promise in the year 9999 is a slip of the finger


@for_agent
def state(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """The line on top, asked for sparingly: every 2 s while it rings, every 10 s in the call, never after."""
    trouble = _catch_up(queue, context)
    known = facts.read(context, request.session.session_key)
    return frames.part(
        "widget/_status.html",
        {"bar": status_bar(known, context, trouble), "queue": known.queue, "base": f"/widget/{queue.slug}/"},
    )


def _catch_up(queue: Queue, context: CallContext) -> str:
    """Writes what Daktela says now; returns what to tell the agent when it could not be asked."""
    connection = Connection.objects.serving(queue.source)
    activity = Activity.objects.filter(source=queue.source, activity_id=context.activity_id).first()
    if connection is None or activity is None:
        return ""
    begun = journal.reads_begun(queue, context)
    try:
        journal.note_state(activity, live.activity_now(connection, context.activity_id), begun)
    except live.NotKnown:
        return "Daktela does not know this call any more"
    except live.NotReachable as error:
        since = error.since.astimezone(zone_of({"time_zone": queue.time_zone}))
        return f"Daktela not reachable since {since:%H:%M}"
    return ""


@for_agent
def passed_on(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """What the agents before wrote, fetched anew when one of them has written."""
    known = facts.read(context, request.session.session_key)
    return frames.part("widget/_baton.html", {"baton": baton(known)})


@for_agent
def draft(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """Keeps what is written so far, by activity; a revision older than what is there, or than Done, changes nothing."""
    if not context.is_usable:
        return JsonResponse({"error": "The address names no activity, so no note can be kept."}, status=400)
    with transaction.atomic():
        refusal = _refusal(request, queue, context)
        kept = not refusal and _keep(request, queue, context)
    if kept:
        stream.nudge(queue.source, context.call_id)
    return JsonResponse({"error": refusal} if refusal else {"kept": kept}, status=409 if refusal else 200)


def _refusal(request: AgentRequest, queue: Queue, context: CallContext) -> str:
    """Why this draft is not kept. The row is locked: a draft that is overtaken by Done must not stand after it."""
    rows = Activity.objects.select_for_update().filter(source=queue.source, activity_id=context.activity_id)
    activity = rows.first()
    if activity and activity.user_id not in (None, request.user.pk):
        return str(journal.NotTheirs(activity.user))
    is_over = activity and activity.done_at and not request.POST.get("corrects")
    return "This call is done. Press Correct to change what was written." if is_over else ""


def _keep(request: AgentRequest, queue: Queue, context: CallContext) -> bool:
    return Draft.keep(
        revision=_revision(request),
        user=request.user,
        source=queue.source,
        activity_id=context.activity_id,
        call_id=context.call_id,
        note=clean(request.POST.get("note", ""))[:NOTE_LENGTH],
        outcome_id=_outcome(request, queue),
        fields=_fields(request, queue)[0],
    )


def _revision(request: AgentRequest) -> int:
    return ids.read(request.POST.get("revision")) or 0


def clean(text: str) -> str:
    """What PostgreSQL can keep: no NUL, no half of a surrogate pair (trap 21)."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _outcome(request: AgentRequest, queue: Queue) -> int | None:
    chosen = ids.read(request.POST.get("outcome"))
    return queue.outcomes.filter(pk=chosen).values_list("pk", flat=True).first() if chosen else None


def _fields(request: AgentRequest, queue: Queue) -> tuple[dict[str, str], dict[str, str]]:
    """The wrap-up fields' values, and what is wrong with them, both by key."""
    values, errors = {}, {}
    for field in queue.wrapup_fields.all():
        value = clean(request.POST.get(f"field-{field.key}", "")).strip()[:255]
        values[field.key] = value
        if not value and field.is_required:
            errors[field.key] = f"{field.title} is needed before Done."
        elif value and field.kind == CustomField.Kind.CHOICE and value not in field.choices:
            errors[field.key] = f"{field.title}: choose one of the list."
    return values, errors


@for_agent
def done(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """Note, outcome and fields become the activity's, or the answer says what is missing. Safe to repeat."""
    activity = journal.activity_of(queue, context, request.user)
    values, errors = _fields(request, queue)
    outcome_id = _outcome(request, queue)
    missing = "Choose an outcome, then Done." if queue.outcome_is_required and outcome_id is None else ""
    if missing or errors:
        return _work(request, context, missing=missing or "Something is missing, see below.", errors=errors, status=422)
    note = clean(request.POST.get("note", ""))[:NOTE_LENGTH].strip()
    with transaction.atomic():
        activity.conclude(note=note, outcome_id=outcome_id, custom=values, by=request.user)
        Draft.objects.filter(source=queue.source, activity_id=context.activity_id, user=request.user).delete()
    stream.nudge(queue.source, context.call_id)
    return _work(request, context)


@for_agent
def correct(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """Opens the finished part again; another outcome then leaves a line in the timeline."""
    known = facts.read(context, request.session.session_key)
    return frames.part("widget/_work.html", {"base": f"/widget/{queue.slug}/", "queue": known.queue, **work(known)})


def _work(
    request: AgentRequest,
    context: CallContext,
    *,
    missing: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    known = facts.read(context, request.session.session_key)
    words = {"base": f"/widget/{context.queue}/", "queue": known.queue, "missing": missing, **work(known)}
    if status == 200:
        bar = status_bar(known, context)
        return frames.part("widget/_done_now.html", {**words, "bar": bar, "is_fragment": True})
    typed = {"note": request.POST.get("note", ""), "outcome_id": ids.read(request.POST.get("outcome"))}
    words["draft"] = {**words["draft"], **typed, "revision": _revision(request)}
    for field in words["wrapup_fields"]:
        field["value"], field["error"] = (
            request.POST.get(f"field-{field['key']}", ""),
            (errors or {}).get(field["key"], ""),
        )
    return frames.part("widget/_work.html", words, status=status)


@for_agent
def promise(request: AgentRequest, queue: Queue, context: CallContext) -> HttpResponse:
    """A call back at a time: a task for this agent, shown to whoever takes the next call. One click, one task."""
    activity = journal.activity_of(queue, context, request.user)
    zone = zone_of({"time_zone": queue.time_zone})
    due = _due(request, zone)
    words: dict[str, Any] = {"times": callbacks.times(datetime.now(zone)), "base": f"/widget/{queue.slug}/"}
    if due is None or not timezone.now() < due < timezone.now() + FARTHEST:
        words["task_error"] = "Choose a time that is still to come. Two years ahead is the farthest."
        return frames.part("widget/_call_back_form.html", words, status=422)
    Task.objects.get_or_create(request_id=_request_id(request), defaults=_task(activity, queue, request.user, due))
    return frames.part("widget/_call_back_form.html", {**words, "task": f"{due.astimezone(zone):%A %d %B, %H:%M}"})


def _due(request: AgentRequest, zone: Any) -> datetime | None:
    text = request.POST.get("due") or request.POST.get("due_at") or ""
    try:
        due = datetime.fromisoformat(text)
        return due if due.tzinfo else due.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        return None


def _request_id(request: AgentRequest) -> UUID:
    """The click's own id, made by the page; without one each request is a click of its own."""
    try:
        return UUID(request.POST.get("request_id", ""))
    except ValueError:
        return uuid4()


def _task(activity: Activity, queue: Queue, user: Any, due: datetime) -> dict[str, Any]:
    whom = activity.contact or activity.account or activity.number or "the caller"
    return {
        "title": f"Call back {whom}"[:255],
        "due_at": due,
        "is_call_back": True,
        "contact": activity.contact,
        "account": activity.account,
        "activity": activity,
        "queue": queue,
        "team_id": queue.team_id,
        "number": activity.number,
        "user": user,
        "created_by": user,
    }
