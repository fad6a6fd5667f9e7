"""What would a mapping make of one real record? Each row on its own, with what cannot be read in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from integrations.connectors.base import Remote, Source
from integrations.connectors.errors import ConnectorError
from integrations.fields import KeyIsMissing
from integrations.forms.mapping import RowForm, Rows
from integrations.mapping import ABSENT, inward, outward, reader
from integrations.models import Stream
from integrations.panel import page
from integrations.sync import ours, records

DEADLINE_SECONDS = 5.0
SAMPLES = 200  # of the newest of ours, one of which is shown


@dataclass(frozen=True, slots=True)
class Line:
    """A row: the value before and after, or the reason why there is none."""

    before: Any
    after: Any
    problem: str = ""


@dataclass
class Preview:
    """`sample` is the id of the record, theirs (inward) or ours (outward): all that the form keeps of it."""

    sample: str = ""
    problem: str = ""
    lines: list[Line | None] = field(default_factory=list)

    @classmethod
    def of(cls, stream: Stream, rows: Rows, sample: str, *, is_other: bool = False) -> Preview:
        read = _theirs if rows.sides.is_inward else _ours
        try:
            key, values = read(stream, rows, "" if is_other else sample, sample)
        except (ConnectorError, KeyIsMissing) as error:
            return cls(sample, f"No record can be fetched for the preview: {error}")
        if not key:
            return cls("", "There is no record yet to try it on.")
        return cls(key, "", [_line(form, values) for form in rows.forms])


def _line(form: RowForm, values: dict[str, Any]) -> Line | None:
    if form.errors:
        return None
    row, is_inward, rules = form.row, form.sides.is_inward, form.rules()
    before = reader(row["theirs"] if is_inward else row["ours"])(values)
    if before is ABSENT and not row["default"]:
        return Line(None, None, "The record says nothing of this field: it stays as it is.")
    mapped = (inward if is_inward else outward)(rules, values)
    after = {**mapped.defaults, **mapped.values}.get(row["ours"] if is_inward else row["theirs"])
    problem = next((problem.reason for problem in mapped.problems), "")
    return Line(None if before is ABSENT else before, after, problem)


def _theirs(stream: Stream, rows: Rows, sample: str, last: str) -> tuple[str, dict[str, Any]]:
    """A record of theirs, fetched anew."""
    with stream.connection.open(deadline_seconds=DEADLINE_SECONDS) as connector:
        source = cast(Source, connector)
        if sample and (found := source.fetch(stream.entity, [sample])):
            return sample, found[0].values
        first = next(iter(source.changes(stream.entity, None, is_full=True)), None)
        record = _another(first.records if first else (), last)
        return (record.remote_id, record.values) if record else ("", {})


def _another(found: Sequence[Remote], last: str) -> Remote | None:
    """The one after the last that was shown."""
    keys = [record.remote_id for record in found]
    at = keys.index(last) + 1 if last in keys else 0
    return found[at % len(found)] if found else None


def _ours(stream: Stream, rows: Rows, sample: str, last: str) -> tuple[str, dict[str, Any]]:
    """A record of ours, by the fields that the rows name."""
    newest = ours.RECORDS[stream.entity].objects.filter(hidden_at=None).order_by("-pk")
    keys = list(newest.values_list("pk", flat=True)[:SAMPLES])
    key = page.number(sample)
    if keys and key not in keys:
        at = keys.index(page.number(last)) + 1 if page.number(last) in keys else 0
        key = keys[at % len(keys)]
    named = [form.row["ours"] for form in rows.forms if not form.errors]
    wanted = {name: rows.sides.ours[name] for name in named if name in rows.sides.ours}
    found = records.states(stream.entity, [key], wanted, stream.connection) if key else {}
    return (str(key), found[key]) if key in found else ("", {})
