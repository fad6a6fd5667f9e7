"""What does an event of Daktela's say? Which object it is about: everything else is read from the API (contract E4).

The body is whatever an admin pasted into the event, so nothing in it is relied on: a null, a number for a text, a
placeholder that stayed unfilled, an object where a name should be, other keys than ours (E10, threat 3).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from integrations.connectors.events import Event

CHANNELS = ("call", "email", "web", "chat", "sms", "fbm", "igdm", "wap", "vbr", "custom", "activity")
ENTITIES = dict.fromkeys(CHANNELS, "activity") | {name: name for name in ("contact", "account", "ticket")}
VERBS = {
    "create": "create",
    "created": "create",
    "wait": "create",
    "answer": "answer",
    "open": "answer",
    "postpone": "postpone",
    "close": "close",
    "closed": "close",
    "update": "update",
    "updated": "update",
    "edit": "update",
    "delete": "delete",
    "deleted": "delete",
}
NAMES = ("name", "object_name", "activity_id", "activity", "contact_id", "account_id", "ticket_id")
OF_KEYS = {f"{entity}_id": entity for entity in ("activity", "contact", "account", "ticket")} | {"activity": "activity"}
OF_NAMES = {"activities": "activity", "contact": "contact", "account": "account"}
UNFILLED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
LONGEST_NAME = 128
MOST_EVENTS = 1000
TEMPLATE = """{
  "event": "%s",
  "name": "{{name}}",
  "action": "{{action}}",
  "stage": "{{stage}}"
}"""
STAGES = ("OPEN", "WAIT", "CLOSE", "ARCHIVE")  # of a ticket, whose name is a mere number


def read(body: bytes) -> list[Event]:
    """The events of a body: one object, or a list of them. Raises ValueError for what is not JSON of that shape."""
    found = orjson.loads(body)
    bodies = found if isinstance(found, list) else [found]
    if len(bodies) > MOST_EVENTS or not all(isinstance(one, dict) for one in bodies):
        raise ValueError("An event is a JSON object, or a list of them.")
    return [event for one in bodies if (event := event_of(one))]


def event_of(body: Mapping[str, Any]) -> Event | None:
    """None for what names no object of ours."""
    label = text(body.get("event") or body.get("event_name")).lower()
    head, _, tail = label.partition("_")
    key, name = next(((key, found) for key in NAMES if (found := text(body.get(key)))), ("", ""))
    entity = ENTITIES.get(head) or OF_KEYS.get(key) or OF_NAMES.get(name.partition("_")[0]) or unlabelled(body)
    if not name or not entity or len(name) > LONGEST_NAME:
        return None
    verb = VERBS.get(tail) or VERBS.get(text(body.get("action") or body.get("activity_action")).lower(), "")
    claims = {key: value for key in body if key not in NAMES and (value := text(body[key]))}
    return Event(entity, name, verb, claims)


def unlabelled(body: Mapping[str, Any]) -> str:
    """Only a ticket has a stage; an activity has an action."""
    return "ticket" if text(body.get("stage")).upper() in STAGES else ""


def text(value: Any) -> str:
    """A value as text; the name of an object; "" for what says nothing: null, a list, an unfilled placeholder."""
    if isinstance(value, Mapping):
        value = value.get("name")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    cleaned = UNFILLED.sub("", str(value)).replace("\0", "").strip()
    return cleaned.encode("utf-8", "ignore").decode()


def template(event: str = "{{event}}") -> str:
    """Identifiers only: no text that a customer wrote can break it, and nothing personal travels."""
    return TEMPLATE % event
