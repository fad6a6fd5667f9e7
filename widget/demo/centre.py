"""Who works in the demo's contact centre, and how is it set up? `centre.toml` becomes teams, users, queues, rules."""

from __future__ import annotations

import hashlib
import secrets
import tomllib
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password

from crm import phones
from crm.models import CustomField, Outcome, Queue, QueueOutcome, Team, User
from integrations.models import Agent, Connection
from widget.models import ScreenPopRule

SOURCE = "daktela"
PASSWORD = "demo"  # noqa: S105 on purpose: `make demo` prints it
CENTRE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("centre.toml").read_text(encoding="utf-8"))
ZONES = {"CZ": "Europe/Prague", "SK": "Europe/Bratislava", "PL": "Europe/Warsaw", "DE": "Europe/Berlin"}


def set_up(desk_origin: str) -> None:
    """Writes the centre into an empty database; `desk_origin` is where the simulated Daktela answers."""
    teams = {row["name"]: Team.objects.create(**row) for row in CENTRE["teams"]}
    users = add_users(teams)
    add_fields_and_queues(teams)
    connect(desk_origin, users)
    for row in CENTRE["rules"]:
        queue = Queue.objects.get(slug=row["queue"]) if "queue" in row else None
        ScreenPopRule.objects.create(**{**row, "queue": queue})


def add_users(teams: dict[str, Team]) -> dict[str, User]:
    password = make_password(PASSWORD)
    users = {}
    for row in CENTRE["users"]:
        fields = {key: row[key] for key in ("username", "name", "role", "extension") if key in row}
        user = User.objects.create(password=password, email=f"{row['username']}@centre.example", **fields)
        user.teams.set(teams[name] for name in row.get("teams", ()))
        users[user.username] = user
    return users


def add_fields_and_queues(teams: dict[str, Team]) -> None:
    fields = {
        row["key"]: CustomField.objects.create(position=position, **row)
        for position, row in enumerate(CENTRE["fields"], start=1)
    }
    outcomes = {
        title: Outcome.objects.create(title=title, asks_call_back=title == "Call back", remote_name=status_name(title))
        for title in dict.fromkeys(title for row in CENTRE["queues"] for title in row["outcomes"])
    }
    for row in CENTRE["queues"]:
        queue = add_queue(row, teams)
        queue.wrapup_fields.set(fields[key] for key in row.get("wrapup_fields", ()))
        QueueOutcome.objects.bulk_create(
            QueueOutcome(queue=queue, outcome=outcomes[title], position=digit)
            for digit, title in enumerate(row["outcomes"], start=1)
        )


def add_queue(row: dict[str, Any], teams: dict[str, Team]) -> Queue:
    choices = {key: row[key] for key in ("outcome_is_required", "wrapup_seconds") if key in row}
    lists = {
        key: [phones.key(number, row["country"]) for number in row.get(key, ())]
        for key in ("own_numbers", "ignored_numbers")
    }
    return Queue.objects.create(
        slug=row["slug"],
        name=row["slug"],
        source=SOURCE,
        title=row["title"],
        country=row["country"],
        time_zone=ZONES[row["country"]],
        team=teams.get(row.get("team", "")),
        **lists,
        **choices,
    )


def connect(desk_origin: str, users: dict[str, User]) -> Connection:
    """The connection to the simulated Daktela, with a token made for this installation, and who is who over there."""
    connection = Connection.objects.create(
        slug=SOURCE,
        title="Daktela",
        origin=desk_origin,
        credentials={"token": secrets.token_urlsafe(24)},  # type: ignore[misc]
        settings={"parallel": 8, "rate_per_second": 500},
    )
    Agent.objects.bulk_create(
        Agent(connection=connection, user=users[row["username"]], remote_user=row["username"])
        for row in CENTRE["users"]
        if "queues" in row
    )
    return connection


def move_desk(desk_origin: str) -> None:
    """The simulated Daktela is ours wherever it listens, so its token comes along to another port."""
    connection = Connection.objects.get(slug=SOURCE)
    if connection.origin != desk_origin:
        token = connection.secrets()["token"]
        connection.move_to(desk_origin)
        connection.credentials = {"token": token}  # type: ignore[assignment]
        connection.save(update_fields=["origin", "credentials"])


def accept_events(secret: str) -> None:
    """What comes with this secret opens the inbox; the secrets that an administrator made stay as they are."""
    connection = Connection.objects.get(slug=SOURCE)
    key = hashlib.sha256(secret.encode()).hexdigest()
    if key not in connection.webhook_keys:
        connection.webhook_keys = [*connection.webhook_keys, key]
        connection.save(update_fields=["webhook_keys"])


def status_name(title: str) -> str:
    return "statuses_" + title.lower().replace(" ", "_")
