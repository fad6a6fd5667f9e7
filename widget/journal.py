"""How does a call come into our records? Its Call and this agent's Activity, made when the page says it was opened."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from crm import phones
from crm.matching import Status, status_of
from crm.models import Activity, Call, Queue, User
from integrations.live import Live
from integrations.models import Agent
from widget.context import CallContext


class NotNamed(Exception):
    """The address names no activity, so there is nothing to link or to write to."""

    def __init__(self) -> None:
        super().__init__("The iframe's address names no activity, so nothing can be kept. Tell your administrator.")


class NotTheirs(Exception):
    """The activity belongs to another user; `owner` is None where Daktela names somebody we do not know."""

    def __init__(self, owner: User | None) -> None:
        self.owner = owner
        whose = f"to {owner}. Sign in as {owner} or close it." if owner else "to somebody else."
        super().__init__(f"This call belongs {whose}")


def activity_of(queue: Queue, context: CallContext, user: User) -> Activity:
    """This user's activity, made when it is new. NotTheirs when it is somebody else's (trap 25), else NotNamed."""
    if not context.is_usable:
        raise NotNamed
    with transaction.atomic():
        call = _call_of(queue, context)
        activity, _ = Activity.objects.select_related("contact", "account", "outcome").get_or_create(
            source=queue.source, activity_id=context.activity_id, defaults=_new(queue, context, user, call)
        )
    if activity.user_id is None:
        activity.user = user
        activity.save(update_fields=["user", "changed_at"])
    if activity.user_id != user.pk:
        raise NotTheirs(activity.user)
    return activity


def note_state(activity: Activity, live: Live) -> None:
    """Writes down what Daktela says the activity is doing now; what is ours (link, note, outcome) stays."""
    activity.status = live.status
    activity.type = live.type if live.type in Activity.Type.values else Activity.Type.CUSTOM
    activity.time = live.started_at or activity.time
    activity.answered_at, activity.closed_at = live.answered_at, live.closed_at
    activity.duration_seconds = live.duration_seconds
    fields = ["status", "type", "time", "answered_at", "closed_at", "duration_seconds"]
    activity.save(update_fields=[*fields, "changed_at"])
    if activity.call_id:
        _note_call(Call.objects.filter(pk=activity.call_id), live)


def _note_call(call: QuerySet[Call], live: Live) -> None:
    """What one part tells about the whole: the first answer counts, and the end once nobody talks any more."""
    if live.answered_at:
        call.filter(answered_at=None).update(answered_at=live.answered_at)
    if live.is_hung_up:
        call.filter(ended_at=None).update(ended_at=timezone.now())
    if live.closed_at:
        call.filter(ended_at=None).update(ended_at=live.closed_at)


def is_theirs(live: Live, user: User, source: str) -> bool:
    """Whether Daktela's user of this activity is the one who is signed in."""
    return Agent.objects.filter(connection__slug=source, remote_user=live.remote_user, user=user).exists()


def owner_of(live: Live, source: str) -> User | None:
    agent = Agent.objects.filter(connection__slug=source, remote_user=live.remote_user).select_related("user").first()
    return agent.user if agent else None


def _call_of(queue: Queue, context: CallContext) -> Call | None:
    if not context.call_id:
        return None
    defaults = {
        "direction": context.direction,
        "number": key_of(queue, context),
        "queue": queue,
        "team_id": queue.team_id,
        "started_at": timezone.now(),
    }
    return Call.objects.get_or_create(source=queue.source, call_id=context.call_id, defaults=defaults)[0]


def _new(queue: Queue, context: CallContext, user: User, call: Call | None) -> dict[str, object]:
    return {
        "type": Activity.Type.CALL if call else Activity.Type.CUSTOM,
        "status": Activity.Status.RINGING if call else Activity.Status.OPEN,
        "direction": context.direction,
        "number": key_of(queue, context),
        "call": call,
        "queue": queue,
        "team_id": queue.team_id,
        "user": user,
    }


def key_of(queue: Queue, context: CallContext) -> str:
    """The number as records keep it; empty where it can be nobody's."""
    key = phones.key(context.clid, queue.country)
    status = status_of(context.clid, key, context.direction, queue.own_numbers, queue.ignored_numbers)
    return key if status in (Status.NUMBER, Status.IGNORED) else ""
