"""What does the simulated Daktela know? The same people, queues and customers, and the desk's presets, as JSON."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

from crm.models import Account, Contact, Outcome
from integrations.models import Connection, RemoteLink
from widget.demo.cast import CAST
from widget.demo.centre import CENTRE, PASSWORD, SOURCE, status_name

SAMPLE = 200  # contacts beside the cast: enough to page through
MANY = {"hidden": False, "readonly": False, "multiple": True}
ONE = {"hidden": False, "readonly": False, "multiple": False}
FIELDS = {
    "number": {"type": "PHONE", "title": "Phone", **MANY},
    "email": {"type": "EMAIL", "title": "E-mail", **MANY},
    "crm_state": {"type": "TEXT", "title": "State in the CRM", **ONE},
}
LOYALTY = [{"value": value, "title": value.capitalize()} for value in ("gold", "silver", "bronze")]
OF_CONTACTS = {
    **FIELDS,
    "customer_number": {"type": "TEXT", "title": "Customer number", **ONE},
    "loyalty": {"type": "SELECTBOX", "title": "Loyalty", "items": LOYALTY, **ONE},
}

# What an administrator need not type: a run brings these queues here.
ONLY_THERE = [
    {"name": 2800, "title": "WhatsApp", "type": "wap", "direction": "in"},
    {"name": 2810, "title": "Messenger", "type": "fbm", "direction": "in"},
    {"name": 2820, "title": "Instagram", "type": "igdm", "direction": "in"},
    {"name": 2830, "title": "Viber", "type": "vbr", "direction": "in"},
]


def write(path: Path) -> None:
    """Writes the seed where only its owner can read it: it holds tokens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(seed(), ensure_ascii=False, indent=1), encoding="utf-8")


def seed() -> dict[str, Any]:
    accounts, contacts = sample()
    return {
        "timezone": "Europe/Prague",
        "customFields": {"contacts": OF_CONTACTS, "accounts": FIELDS},
        "crmDatabases": [{"name": "default", "title": "Customers", "default": True}],
        "users": [*map(user, filter(lambda row: "queues" in row, CENTRE["users"])), robot()],
        "queues": [*map(queue, CENTRE["queues"]), *ONLY_THERE],
        "statuses": [status(outcome) for outcome in Outcome.objects.all()],
        "pauses": [{"name": "lunch", "title": "Lunch", "max_duration": 3600, "paid": False}],
        "accounts": [{"name": f"account_{one.pk}", "title": one.name, "database": "default"} for one in accounts],
        "contacts": [contact(one, {account.pk for account in accounts}) for one in contacts],
        "callers": [{"number": "", **caller} for caller in CAST["callers"]],  # none is a withheld number
    }


def sample() -> tuple[list[Account], list[Contact]]:
    """Those whom Daktela knew before anything was synchronised."""
    contacts = Contact.objects.order_by("pk").prefetch_related("phone_numbers", "email_addresses")
    return list(Account.objects.order_by("pk")[:SAMPLE]), list(contacts[:SAMPLE])


def link_sample() -> None:
    """Who is who: so a first run updates these, and makes nobody a second time."""
    connection = Connection.objects.get(slug=SOURCE)
    accounts, contacts = sample()
    of_accounts = [RemoteLink(entity="account", account=one, remote_id=f"account_{one.pk}") for one in accounts]
    of_contacts = [RemoteLink(entity="contact", contact=one, remote_id=f"contact_{one.pk}") for one in contacts]
    for link in (*of_accounts, *of_contacts):
        link.connection = connection
    RemoteLink.objects.bulk_create([*of_accounts, *of_contacts])


def user(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": row["username"],
        "title": row["name"],
        "type": "CC",
        "password": PASSWORD,
        "token": secrets.token_urlsafe(24),
        "rights": "agent",
        "extension": row["extension"],
        "email": f"{row['username']}@centre.example",
        "queues": [int(queue) for queue in row["queues"]],
    }


def robot() -> dict[str, Any]:
    """The user we sign in as over there, with the token our connection keeps."""
    token = Connection.objects.get(slug=SOURCE).secrets()["token"]
    return {"name": "callroom", "title": "Callroom", "type": "BO", "token": token, "rights": "admin", "queues": []}


def queue(row: dict[str, Any]) -> dict[str, Any]:
    own = row.get("own_numbers", [""])[0]
    direction = "out" if row["type"] == "out" else "in"
    options = {"outboundcid": own.replace(" ", "")} if own else {}
    return {
        "name": int(row["slug"]),
        "title": row["title"],
        "type": row["type"],
        "direction": direction,
        "options": options,
    }


def status(outcome: Outcome) -> dict[str, Any]:
    name = outcome.remote_name or status_name(outcome.title)
    return {"name": name, "title": outcome.title, "nextcall": outcome.asks_call_back}


def contact(one: Contact, known: set[int]) -> dict[str, Any]:
    return {
        "name": f"contact_{one.pk}",
        "title": one.name,
        "firstname": one.first_name,
        "lastname": one.last_name,
        "database": "default",
        "account": f"account_{one.account_id}" if one.account_id in known else None,
        "customFields": {
            "number": [phone.number for phone in one.phone_numbers.all()],
            "email": [email.address for email in one.email_addresses.all()],
        },
    }
