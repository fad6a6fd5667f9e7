"""Are the fields we map still there, and still what they were? One that is not suspends its row, not the sync.

Contract C9: the last values stay, the other rows go on, and a row whose field is back goes on by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from integrations.connectors.base import Connector
from integrations.models import FieldMapping, Stream

MISSING = "is not there any more"
CHANGED = "is another kind of field now"
_ROOT = re.compile(r"\[.*|\..*")


def look(stream: Stream, connector: Connector) -> bool:
    """Compares the rows with the live list of fields. True when a row was suspended or goes on again."""
    there = {field.name: field.kind for field in connector.fields(stream.entity)}
    if not there:  # nothing at all is no description, and no reason to stop everything
        return False
    with transaction.atomic():
        rows = list(stream.mappings.select_for_update())
        changed = [row for row in rows if _judge(row, there, stream.described)]
        FieldMapping.objects.bulk_update(changed, ["suspended_reason"])
        kinds = {name: there[name] for row in rows if (name := known_as(row.theirs, there))}
        stream.described = {**kinds, **{name: kind for name, kind in stream.described.items() if name in kinds}}
        Stream.objects.filter(pk=stream.pk).update(described=stream.described)
        if changed:
            _begin_anew(stream)
    return bool(changed)


def known_as(path: str, there: Mapping[str, Any]) -> str:
    """The name of the field that a path begins with, "" when there is none."""
    if path in there:
        return path
    bare = re.sub(r"\[\d*\]", "", path)
    return bare if bare in there else next((name for name in (_ROOT.sub("", path),) if name in there), "")


def _judge(row: FieldMapping, there: Mapping[str, str], described: Mapping[str, str]) -> bool:
    """Sets or lifts the row's suspension; whether that changed anything."""
    name = known_as(row.theirs, there)
    if not name and _is_untold(row.theirs, there):
        return False
    reason = ""
    if not name:
        reason = f"“{row.theirs}” {MISSING}."
    elif name in described and described[name] != there[name]:
        reason = f"“{row.theirs}” {CHANGED} ({there[name]}, it was {described[name]}). Publish the mapping again."
    is_other = reason != row.suspended_reason
    row.suspended_reason = reason
    return is_other


def _is_untold(path: str, there: Mapping[str, Any]) -> bool:
    """Whether nothing is told of a field's whole family: a Daktela without a contact describes no custom fields."""
    family, dot, _ = path.partition(".")
    return bool(dot) and not any(name.startswith(f"{family}.") for name in there)


def _begin_anew(stream: Stream) -> None:
    """Another set of rows is another mapping: what went through the old one is looked at again."""
    stream.version += 1
    stream.is_full_due = True
    Stream.objects.filter(pk=stream.pk).update(version=stream.version, is_full_due=True)
    last = stream.versions.first()
    stream.versions.create(number=stream.version, rows=last.rows if last else [], by=None)
