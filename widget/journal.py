"""How does a call come into our records? Its Call and this agent's Activity, made when the page says it was opened."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from crm import phones
from crm.matching import Status, status_of
from crm.models import Activity, Call, Queue, User
from integrations import live
from integrations.live import Live
from integrations.models import ActivityCopy, Agent, Connection
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


class NotJoined(Exception):
    """The user is no Daktela user, so no activity of Daktela's can be theirs."""

    def __init__(self) -> None:
        super().__init__(
            "Your log-in is joined to no Daktela user, so no call can be yours. "
            "Ask your administrator to add you to the connection's agents."
        )


def activity_of(queue: Queue, context: CallContext, user: User) -> Activity:
    """This user's activity. Where we do not know it as his, Daktela is asked: NotTheirs when it is not (trap 25)."""
    if not context.is_usable:
        raise NotNamed
    is_verified = False
    if not Activity.objects.filter(source=queue.source, activity_id=context.activity_id, user=user).exists():
        now = ask(queue, context)
        check_joined(now, user, queue.source)
        theirs = is_theirs(now, context, user, queue.source)
        if theirs is False:
            raise NotTheirs(owner_of(now, queue.source))
        is_verified = bool(theirs)
    return opened(queue, context, user, is_verified=is_verified)


def opened(queue: Queue, context: CallContext, user: User, *, is_verified: bool = False) -> Activity:
    """The same for one that Daktela has just been asked about; if it said yes, it is the user's from now on."""
    if not context.is_usable:
        raise NotNamed
    with transaction.atomic():
        call = _call_of(queue, context)
        activity, _ = Activity.objects.select_related("contact", "account", "outcome").get_or_create(
            source=queue.source, activity_id=context.activity_id, defaults=_new(queue, context, user, call)
        )
    if activity.user_id is None or (is_verified and activity.user_id != user.pk):
        activity.user = user
        activity.save(update_fields=["user", "changed_at"])
    if activity.user_id != user.pk:
        raise NotTheirs(activity.user)
    return activity


def ask(queue: Queue, context: CallContext) -> Live | bool | None:
    """What Daktela says of the activity; False when it has none of that name, None when nobody could be asked."""
    connection = Connection.objects.serving(queue.source)
    if connection is None:
        return None
    try:
        return live.activity_now(connection, context.activity_id)
    except live.NotKnown:
        return False
    except live.NotReachable:
        return None


def reads_begun(queue: Queue, context: CallContext) -> int:
    """How often the inbox has set out to read this activity; taken before the card itself asks about it."""
    return sum(_copies(queue.source, context.activity_id).values_list("asked", flat=True))


@transaction.atomic
def note_state(activity: Activity, now: Live, begun: int) -> None:
    """Writes down what Daktela said the activity was doing; what is ours (link, note, outcome) stays.

    `begun` is `reads_begun` of before it was asked: an answer that a later read has overtaken is dropped (contract A2).
    """
    copies = _copies(activity.source, activity.activity_id).select_for_update(no_key=True)
    if any(copy.applied > begun for copy in copies):
        return
    activity.status = now.status
    activity.type = now.type if now.type in Activity.Type.values else Activity.Type.CUSTOM
    activity.time = now.started_at or activity.time
    activity.answered_at, activity.closed_at = now.answered_at, now.closed_at
    activity.duration_seconds = now.duration_seconds
    fields = ["status", "type", "time", "answered_at", "closed_at", "duration_seconds"]
    activity.save(update_fields=[*fields, "changed_at"])
    if activity.call_id:
        _note_call(Call.objects.filter(pk=activity.call_id), now)


def _copies(source: str, activity_id: str | None) -> QuerySet[ActivityCopy]:
    """The inbox's knowledge of an activity: one row, or none yet."""
    return ActivityCopy.objects.filter(connection__in=Connection.objects.filter(slug=source), name=activity_id)


def _note_call(call: QuerySet[Call], now: Live) -> None:
    """What one part tells about the whole: the first answer counts, and the end once nobody talks any more."""
    if now.answered_at:
        call.filter(answered_at=None).update(answered_at=now.answered_at)
    if now.is_hung_up:
        call.filter(ended_at=None).update(ended_at=timezone.now())
    if now.closed_at:
        call.filter(ended_at=None).update(ended_at=now.closed_at)


def check_joined(now: Live | bool | None, user: User, source: str) -> None:
    """Raises NotJoined where Daktela names an owner and the user is nobody there."""
    if (
        isinstance(now, Live)
        and now.remote_user
        and not Agent.objects.filter(connection__slug=source, user=user).exists()
    ):
        raise NotJoined


def is_theirs(now: Live | bool | None, context: CallContext, user: User, source: str) -> bool | None:
    """Whether Daktela's user of this activity is signed in here, and the address names the activity's own call.

    None where nobody could be asked, or it rings and is nobody's yet.
    """
    if not isinstance(now, Live):
        return now
    if not now.remote_user:
        return None
    call_id = now.call_id or (context.call_id if now.type == Activity.Type.CALL else "")
    is_of_call = context.call_id in ("", call_id)
    return is_of_call and Agent.objects.filter(connection__slug=source, remote_user=now.remote_user, user=user).exists()


def is_about_another(now: Live | bool | None, queue: Queue, context: CallContext) -> bool:
    """Whether the address tells a caller that Daktela does not: somebody looks a number up by a call of his own."""
    if not isinstance(now, Live) or not context.clid:
        return False
    if context.is_address:
        return now.address.lower() not in ("", context.clid.lower())
    said, told = (phones.suffix(phones.key(text, queue.country)) for text in (now.number, context.clid))
    return told != said != ""


def owner_of(now: Live | bool | None, source: str) -> User | None:
    """Whose activity it is in Daktela; None where that is nobody of ours."""
    remote_user = now.remote_user if isinstance(now, Live) else ""
    agent = Agent.objects.filter(connection__slug=source, remote_user=remote_user).select_related("user").first()
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
    key = phones.key(context.number, queue.country)
    status = status_of(context.number, key, context.direction, queue.own_numbers, queue.ignored_numbers)
    return key if status in (Status.NUMBER, Status.IGNORED) else ""
