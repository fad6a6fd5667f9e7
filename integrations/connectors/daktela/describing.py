"""Which fields has this Daktela? The standard ones, and the custom ones as a record of it describes them.

No endpoint lists the definitions for certain; each record carries them in `_sys.cfScheme` (assumption 12).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from daktela import DaktelaQuery

from integrations.connectors.base import RemoteField
from integrations.connectors.daktela.client import Daktela
from integrations.connectors.daktela.models import CUSTOM, Model

KINDS = {
    "SELECTBOX": "choice",
    "RADIO": "choice",
    "MULTISELECTBOX": "list",
    "CHECKBOX": "boolean",
    "DATETIME": "time",
    "DATE": "date",
    "PHONE": "phone",
    "EMAIL": "email",
}


def fields(api: Daktela, model: Model) -> list[RemoteField]:
    return [*model.fields, *custom(scheme(api, model) or {})]


def scheme(api: Daktela, model: Model) -> Mapping[str, Any] | None:
    """The definitions of the custom fields; None while there is no record to ask."""
    rows = api.rows(model.endpoint, DaktelaQuery().take(1)).rows
    system = rows[0].get("_sys") if rows else None
    found = system.get("cfScheme") if isinstance(system, dict) else None
    return (found if isinstance(found, dict) else {}) if rows else None


def custom(definitions: Mapping[str, Any]) -> Iterator[RemoteField]:
    for key, definition in definitions.items():
        if isinstance(definition, dict) and not definition.get("hidden"):
            yield RemoteField(
                f"{CUSTOM}{key}",
                str(definition.get("title") or key),
                KINDS.get(str(definition.get("type")), "text"),
                is_writable=not definition.get("readonly"),
                is_custom=True,
                choices=tuple(choices(definition.get("items"))),
            )


def choices(items: Any) -> Iterator[tuple[str, str]]:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("value") is not None:
            yield str(item["value"]), str(item.get("title") or item["value"])
