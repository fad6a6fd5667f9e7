"""Where in Daktela is what? Its models by our words, what they are sorted by, and their fields as flat values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import orjson

from integrations.connectors.base import Remote, RemoteField

NAMESPACE = UUID("6f1c7c1e-3f0b-5d53-9a3c-2a4c7f0f3a51")  # of the names we give; it never changes
CUSTOM = "customFields."
FORMAT = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Model:
    """A kind of record; `changed` is the moment it can be listed by, "" where there is none.

    Where there are `fields` a record is asked for with these alone and told flat: a related record by its name, a
    custom field as "customFields.<key>". Others are told as Daktela tells them.
    """

    endpoint: str
    key: str = "name"
    changed: str = ""
    fields: tuple[RemoteField, ...] = ()

    def asked(self) -> list[str]:
        names = [f"{field.name}.name" if field.name in RELATED else field.name for field in self.fields]
        return [self.key, *names, self.changed, "customFields"] if names else []

    def remote(self, row: Mapping[str, Any]) -> Remote:
        raw = orjson.dumps(row)
        return Flat(raw, self.key, model=self, name=str(row[self.key])) if self.fields else Remote(raw, self.key)

    def flat(self, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """What was not told is left out: absent is not null (contract C9)."""
        yield self.key, row[self.key]
        for name in (*(field.name for field in self.fields), self.changed):
            value = row.get(f"{name}.name", row.get(name, ...))
            if value is not ...:
                yield name, value.get("name") if isinstance(value, dict) else value
        custom = row.get("customFields")
        for key, values in custom.items() if isinstance(custom, dict) else ():
            yield f"{CUSTOM}{key}", alone(values)


class Flat(Remote, kw_only=True):
    """A record that is made flat when somebody looks inside, and not before: most have not changed."""

    model: Model
    name: str

    @property
    def remote_id(self) -> str:
        return self.name

    def decode(self) -> dict[str, Any]:
        return dict(self.model.flat(orjson.loads(self.raw)))


RELATED = frozenset({"account", "database", "user", "sla"})
OWNER = RemoteField("user", "Owner")
DATABASE = RemoteField("database", "CRM database")
DESCRIPTION = RemoteField("description", "Description")

MODELS = {
    "contact": Model(
        "contacts",
        changed="edited",
        fields=(
            RemoteField("title", "Title", is_required=True),
            RemoteField("firstname", "First name"),
            RemoteField("lastname", "Last name", is_required=True),
            RemoteField("account", "Account"),
            OWNER,
            DATABASE,
            DESCRIPTION,
            RemoteField("nps_score", "NPS score", "number", is_writable=False),
            RemoteField("created", "Created", "time", is_writable=False),
        ),
    ),
    "account": Model(
        "accounts",
        changed="edited",
        fields=(
            RemoteField("title", "Title", is_required=True),
            OWNER,
            DATABASE,
            DESCRIPTION,
            RemoteField("sla", "SLA"),
            RemoteField("created", "Created", "time", is_writable=False),
        ),
    ),
    "activity": Model("activities", changed="time"),
    "call": Model("activitiesCall", key="id_call", changed="call_time"),
    "ticket": Model("tickets", changed="edited"),
    "user": Model("users"),
    "queue": Model("queues"),
    "status": Model("statuses"),
}


def alone(values: Any) -> Any:
    """A custom field is a list over there: one value is itself, none is None, and several stay a list."""
    if not isinstance(values, list):
        return values
    values = [value for value in values if value not in (None, "")]
    return values if len(values) > 1 else values[0] if values else None


def name_of(entity: str, key: str) -> str:
    """The name a record of ours has in Daktela: always the same, so that it can be made only once (contract P2)."""
    return f"{entity}_{uuid5(NAMESPACE, f'{entity}:{key}').hex}"


def body(values: Mapping[str, Any], zone: ZoneInfo, cleared: Any = None) -> dict[str, Any]:
    """What is sent for flat values: custom fields as lists, and only those named. None clears (trap of W13)."""
    plain = {name: cleared if value is None else spelled(value, zone) for name, value in values.items()}
    custom = {name.removeprefix(CUSTOM): texts(values[name], zone) for name in values if name.startswith(CUSTOM)}
    sent = {name: value for name, value in plain.items() if not name.startswith(CUSTOM)}
    return sent | ({"customFields": custom} if custom else {})


def texts(value: Any, zone: ZoneInfo) -> list[str]:
    several = value if isinstance(value, list | tuple) else [value]
    return [str(spelled(one, zone)) for one in several if one not in (None, "")]


def spelled(value: Any, zone: ZoneInfo) -> Any:
    """A value as Daktela writes such values: moments bare, in its own zone."""
    if isinstance(value, datetime):
        return (value.astimezone(zone) if value.tzinfo else value).strftime(FORMAT)
    if isinstance(value, bool):
        return int(value)
    return str(value) if isinstance(value, date | time | Decimal | UUID) else value
