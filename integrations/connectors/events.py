"""What can a webhook or a poll mean? The same few words for every system."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to an object over there. The body is a hint: `values` are what it claims (contract E4).

    `entity` is ours ("activity", "contact", …), `verb` one of create, answer, postpone, close, update, delete or "".
    """

    entity: str
    remote_id: str
    verb: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
