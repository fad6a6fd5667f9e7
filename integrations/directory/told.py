"""What is told of users, queues and statuses? Names, titles, and who is gone; cut to what we can keep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db.models import QuerySet

from integrations.clock import now


@dataclass(frozen=True, slots=True)
class Told:
    """`name` is its identity over there; `email` and `type` are those of a user."""

    name: str
    title: str
    type: str = ""
    email: str = ""
    is_in_use: bool = True
    asks_call_back: bool = False
    is_us: bool = False  # the account we ask with: a program, and nobody's


Directory = Mapping[str, Told]  # by their names


def mark(rows: QuerySet[Any], column: str, told: Directory) -> int:
    """Marks those of ours, named in this column, that are gone over there, and unmarks who is back; how many are gone.

    An empty list is believed of nobody: whoever lost a right over there sees one.
    """
    in_use = {f"{column}__in": [one.name for one in told.values() if one.is_in_use]}
    rows.filter(**in_use).exclude(gone_at=None).update(gone_at=None)
    return rows.exclude(**in_use).filter(gone_at=None).update(gone_at=now()) if told else 0


def read(values: Mapping[str, Any]) -> Told:
    """A response is user input (trap 17): what is no text is none, and what is no address is none."""
    name = text(values.get("name"), 255)
    return Told(
        name=name,
        title=text(values.get("title"), 128) or name,
        type=text(values.get("type"), 20),
        email=address(values.get("email")),
        is_in_use=not values.get("deactivated"),
        asks_call_back=values.get("nextcall") in (True, 1, "1"),
    )


def text(value: Any, longest: int) -> str:
    if not isinstance(value, str | int) or isinstance(value, bool):
        return ""
    return " ".join(str(value).encode(errors="ignore").decode().replace("\0", "").split())[:longest].strip()


def address(value: Any) -> str:
    written = text(value, 254)
    try:
        EmailValidator()(written)
    except ValidationError:
        return ""
    return written.lower()
