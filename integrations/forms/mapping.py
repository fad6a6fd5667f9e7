"""How does an admin map fields? In rows: ours, theirs, and what happens to a value on its way. No script is needed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

from integrations import connectors
from integrations.connectors.base import RemoteField, Source
from integrations.mapping import Rules
from integrations.models import Direction, FieldMapping, Stream
from integrations.sync import ours
from integrations.transforms import TRANSFORMS

MOST_ROWS = 200
SINGLE = ("boolean", "number", "date", "time", "choice", "link", "team", "user")
Row = dict[str, Any]
BLANK: Row = {"mode": FieldMapping.Mode.OVERWRITE}
BLIND_MODES = (FieldMapping.Mode.OVERWRITE, FieldMapping.Mode.IF_NEW)


@dataclass(frozen=True, slots=True)
class Sides:
    """The fields of both ends. `theirs` is None while they cannot be asked: then names are typed."""

    ours: Mapping[str, ours.Field]
    theirs: Sequence[RemoteField] | None
    stream: Stream

    @classmethod
    def of(cls, stream: Stream, theirs: Sequence[RemoteField] | None) -> Sides:
        return cls(ours.fields(stream.entity), theirs, stream)

    @property
    def is_inward(self) -> bool:
        return self.stream.direction == Direction.INWARD

    def our_choices(self, current: str) -> list[Any]:
        """Those that can be written, or outward all."""
        usable = [one for one in self.ours.values() if one.is_writable or not self.is_inward]
        listed = grouped((one.name, one.label, one.kind, False) for one in usable)
        return [("", "Choose a field"), *listed, *gone(current, {one.name for one in usable})]

    def their_choices(self, current: str) -> list[Any]:
        """Those that can be read, or outward those that can be written."""
        usable = [one for one in self.theirs or () if self.is_inward or one.is_writable]
        names = {one.name for one in usable}
        listed = grouped((one.name, one.label, one.kind, one.is_custom) for one in usable)
        return [("", "Choose a field"), *listed, *gone(current, names)]

    def changes(self) -> list[tuple[str, str]]:
        makers = ((one.name, one.label, one.inward if self.is_inward else one.outward) for one in TRANSFORMS.values())
        return [("", "As it is"), *((name, label) for name, label, maker in makers if maker)]

    def modes(self) -> list[tuple[str, str]]:
        """Outward, what needs the value that stands there is offered where it can be read."""
        usable = FieldMapping.Mode.choices
        return usable if self.is_inward or self.can_look else [one for one in usable if one[0] in BLIND_MODES]

    @property
    def can_look(self) -> bool:
        return issubclass(connectors.get(self.stream.connection.connector), Source)


def grouped(fields: Iterable[tuple[str, str, str, bool]]) -> list[Any]:
    """Choices as "Label (kind)", custom fields in a group of their own."""
    plain: list[Any] = []
    custom: list[Any] = []
    for name, label, kind, is_custom in fields:
        is_added = is_custom or name.startswith("custom.")
        (custom if is_added else plain).append((name, f"{label} ({kind})"))
    return [*plain, ("Custom fields", custom)] if custom else plain


def gone(current: str, known: Iterable[str]) -> list[tuple[str, str]]:
    return [(current, f"{current} (not in the list)")] if current and current not in known else []


class RowForm(forms.Form):
    """One row. `table` is written a pair a line, `A = gold`."""

    ours = forms.ChoiceField(label="Our field", error_messages={"required": "Choose one of our fields."})
    theirs = forms.CharField(label="Their field", max_length=200, error_messages={"required": "Choose one of theirs."})
    mode = forms.ChoiceField(label="When")
    transform = forms.ChoiceField(label="Change", required=False)
    argument = forms.CharField(label="With", max_length=200, required=False, strip=False)
    default = forms.CharField(label="If there is none", max_length=200, required=False)
    table = forms.CharField(
        label="Values", required=False, max_length=10_000, widget=forms.Textarea(attrs={"rows": 3, "cols": 24})
    )

    def __init__(self, sides: Sides, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sides = sides
        self.suspended, self.mapping_pk = "", 0
        self._offer("ours", sides.our_choices(self._current("ours")))
        self._offer("mode", sides.modes())
        self._offer("transform", sides.changes())
        if sides.theirs is not None:
            self.fields["theirs"].widget = forms.Select(choices=sides.their_choices(self._current("theirs")))
        way = "theirs = ours" if sides.is_inward else "ours = theirs"
        self.fields["table"].widget.attrs["placeholder"] = way

    def _offer(self, name: str, choices: list[Any]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = choices

    def _current(self, name: str) -> str:
        return str(self.data.get(self.add_prefix(name), "") if self.is_bound else self.initial.get(name, ""))

    @property
    def has_more(self) -> bool:
        """Whether what is folded away says something."""
        return any(self._current(name) for name in ("transform", "argument", "default", "table")) or any(
            name in self.errors for name in ("transform", "argument", "default", "table")
        )

    @property
    def argument_help(self) -> str:
        transform = TRANSFORMS.get(self._current("transform"))
        return transform.argument if transform else ""

    def clean_table(self) -> dict[str, str]:
        """Value → value. Raises ValidationError naming the line."""
        pairs = {}
        for number, line in enumerate(self.cleaned_data["table"].splitlines(), start=1):
            left, sign, right = line.partition("=")
            if line.strip() and not sign:
                raise ValidationError(f"Line {number} has no “=”: write it like “A = gold”.")
            if sign:
                pairs[left.strip()] = right.strip()
        return pairs

    def clean(self) -> Row:
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                self.rules()
            except ValueError as error:
                self.add_error("argument", str(error))
            if cleaned["mode"] == FieldMapping.Mode.APPEND and self._target_kind() in SINGLE:
                self.add_error("mode", "This field has one value: nothing can be added to it.")
        return cleaned

    def _target_kind(self) -> str:
        """Of the field that is written; "" where it is not known."""
        fields: Mapping[str, Any] = self.sides.ours
        if not self.sides.is_inward:
            fields = {one.name: one for one in self.sides.theirs or ()}
        target = fields.get(self.cleaned_data["ours" if self.sides.is_inward else "theirs"])
        return target.kind if target else ""

    @property
    def row(self) -> Row:
        """As a version keeps it."""
        return {name: self.cleaned_data[name] for name in self.fields}

    def rules(self) -> Rules:
        """This row alone, compiled. ValueError says what is wrong with it."""
        return ours.rules(self.sides.stream, dict(self.sides.ours), [FieldMapping(**self.row)])


class Rows:
    """All rows of a mapping, as kept, or as written in a form."""

    def __init__(self, sides: Sides, rows: Sequence[Row], data: Mapping[str, Any] | None = None) -> None:
        """`rows` as plain values; with `data` they are what was sent, and checked."""
        self.sides = sides
        self.forms = [RowForm(sides, data, prefix=f"row-{number}", initial=row) for number, row in enumerate(rows)]
        self.problems: list[str] = []

    @classmethod
    def kept(cls, sides: Sides, stream: Stream) -> Rows:
        mappings = list(stream.mappings.all())
        found = cls(sides, [as_row(mapping) for mapping in mappings])
        for form, mapping in zip(found.forms, mappings, strict=True):
            form.suspended, form.mapping_pk = mapping.suspended_reason, mapping.pk
        return found

    @classmethod
    def sent(cls, sides: Sides, data: Mapping[str, Any]) -> Rows:
        return cls(sides, written(data), data)

    def is_valid(self) -> bool:
        """All of them, so that every mistake is told at once."""
        are_good = [form.is_valid() for form in self.forms]
        pairs = [(form.cleaned_data.get("ours"), form.cleaned_data.get("theirs")) for form in self.forms]
        for number, form in enumerate(self.forms):
            if pairs[number] in pairs[:number] and all(pairs[number]):
                form.add_error("theirs", "This pair is mapped in a row above.")
                are_good[number] = False
        if not self.forms:
            self.problems.append("Map at least one field, then publish.")
        return all(are_good) and not self.problems

    @property
    def rows(self) -> list[Row]:
        return [form.row for form in self.forms]


def written(data: Mapping[str, Any]) -> list[Row]:
    """The rows of a sent form as they were written, in their order."""
    count = str(data.get("rows", ""))
    number = min(int(count), MOST_ROWS) if count.isascii() and count.isdigit() and len(count) < 9 else 0
    names = list(RowForm.base_fields)
    return [{name: str(data.get(f"row-{at}-{name}", "")) for name in names} for at in range(number)]


def moved(rows: list[Row], order: str) -> list[Row]:
    """The rows after one of the small buttons: `add`, `up-3`, `down-3`, `remove-3`."""
    verb, _, place = order.partition("-")
    at = int(place) if place.isascii() and place.isdigit() and len(place) < 9 else -1
    if verb == "add":
        return [*rows, dict(BLANK)] if len(rows) < MOST_ROWS else rows
    if not 0 <= at < len(rows):
        return rows
    rest = [*rows[:at], *rows[at + 1 :]]
    step = {"up": -1, "down": 1}.get(verb)
    if step is None:
        return rest if verb == "remove" else rows
    new = max(0, at + step)
    return [*rest[:new], rows[at], *rest[new:]]


def as_row(mapping: FieldMapping | Mapping[str, Any]) -> Row:
    """A kept row as the form shows it."""
    names = list(RowForm.base_fields)
    row = dict(mapping) if isinstance(mapping, Mapping) else {name: getattr(mapping, name) for name in names}
    table = row.get("table") or {}
    row["table"] = table if isinstance(table, str) else "\n".join(f"{left} = {right}" for left, right in table.items())
    return row
