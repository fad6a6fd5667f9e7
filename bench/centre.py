"""Who works with the crowd? A contact centre: its people, queues, outcomes, fields and the rule of its cards."""

from __future__ import annotations

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.middleware.csrf import CSRF_SESSION_KEY
from django.utils.crypto import get_random_string

from bench import crowd
from bench.crowd import Crowd
from crm.models import CustomField, Outcome, Queue, QueueOutcome, Team, User
from crm.sessions import SessionStore
from integrations.models import Connection
from widget.models import ScreenPopRule

OUTCOMES = ("Solved", "Order", "Complaint", "Call back", "Wrong number")
FIELDS = [
    "company", "job_title", "mobile", "work_number", "home_number", "emails", "language", "stage", "address", "owner",
    "custom:segment", "custom:contract", "custom:tariff", "custom:since", "custom:branch",
]  # fmt: skip


def make(size: Crowd) -> None:
    """A contact centre with one queue that is called, its outcomes, wrap-up fields and a rule that shows 15 fields."""
    Connection.objects.create(slug="daktela", title="Daktela", origin="http://127.0.0.1:8100")
    team = Team.objects.create(name="Czechia", kind=Team.Kind.COUNTRY)
    users = [User.objects.create_user(f"agent{number}", name=f"Petra Agentová {number}") for number in range(1, 151)]
    users[0].teams.add(team)
    queues = [_queue(str(2000 + number), team) for number in range(20)]
    outcomes = [Outcome.objects.create(title=title) for title in OUTCOMES]
    for position, outcome in enumerate(outcomes, start=1):
        QueueOutcome.objects.create(queue=queues[0], outcome=outcome, position=position)
    for position, field in enumerate([*FIELDS[10:], "custom:newsletter"]):
        key = field.removeprefix("custom:")
        CustomField.objects.create(record=CustomField.Of.CONTACT, key=key, title=key.capitalize(), position=position)
    reasons = [_reason(title) for title in ("Reason", "Product")]
    queues[0].wrapup_fields.set(reasons)
    ScreenPopRule.objects.create(queue=queues[0], order=["contact", "account", "lead"], fields=FIELDS)
    crowd.fill(
        size,
        team_id=team.pk,
        queues=[queue.pk for queue in queues],
        users=[user.pk for user in users],
        outcomes=[outcome.pk for outcome in outcomes],
    )


def _queue(slug: str, team: Team) -> Queue:
    return Queue.objects.create(slug=slug, name=slug, title=f"Queue {slug}", source="daktela", team=team)


def _reason(title: str) -> CustomField:
    choices = ["A", "B", "C"]
    of = {"record": CustomField.Of.ACTIVITY, "kind": CustomField.Kind.CHOICE}
    return CustomField.objects.create(key=title.lower(), title=title, choices=choices, **of)


def session_key() -> str:
    """A live session of the first agent."""
    user = User.objects.get(username="agent1")
    session = SessionStore()
    session.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            CSRF_SESSION_KEY: get_random_string(32),
        }
    )
    session.create()
    return str(session.session_key)
