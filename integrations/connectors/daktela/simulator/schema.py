"""Which resources does the API have, and what are their fields? Reads ``schema.txt``, which explains itself."""

import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Field:
    """One field of a resource; ``limits`` are characters for text, bounds for int."""

    name: str
    access: str
    required: bool
    kind: str
    target: str = ""
    choices: tuple[str, ...] = ()
    limits: tuple[int, int] | None = None

    def is_writable(self, creating: bool) -> bool:
        return self.access == "W" or (creating and self.access == "C")


@dataclass(frozen=True)
class Resource:
    """A kind of object under /api/v6; ``key`` is the field that names it in a path."""

    name: str
    verbs: frozenset[str]
    prefix: str
    key: str = "name"
    has_custom_fields: bool = False
    is_numbered: bool = False
    fields: dict[str, Field] = field(default_factory=dict)


def read_field(line: str) -> Field:
    name, access, kind, *rest = line.split()
    detail = rest[0] if rest else ""
    low, _, high = detail.partition("..")
    return Field(
        name=name,
        access=access[0],
        required=access.endswith("!"),
        kind=kind,
        target=detail if kind in ("ref", "refs", "children") else "",
        choices=tuple(detail.split("|")) if kind == "one" else (),
        limits=(int(low), int(high)) if kind in ("text", "int") and detail else None,
    )


def read_resource(section: str) -> Resource:
    header, *lines = section.strip().splitlines()
    name, *marks = header.replace("[", "").replace("]", "").split()
    named = dict(mark.split("=") for mark in marks if "=" in mark)
    fields = [read_field(line) for line in lines]
    return Resource(
        name=name,
        verbs=frozenset(mark for mark in marks if mark.isupper()),
        prefix=named.get("prefix", name),
        key=named.get("key", "name"),
        has_custom_fields="custom" in marks,
        is_numbered="numbered" in marks,
        fields={f.name: f for f in fields},
    )


def read_schema() -> dict[str, Resource]:
    text = Path(__file__).with_name("schema.txt").read_text(encoding="utf-8")
    sections = re.findall(r"^\[.+(?:\n.+)+", text, flags=re.MULTILINE)
    return {r.name: r for r in map(read_resource, sections)}


def reached_from(name: str, resources: dict[str, Resource]) -> frozenset[str]:
    """The resources one comes to by following related objects from this one, itself included."""
    reached, ahead = {name}, [name]
    while ahead:
        fields = resources[ahead.pop()].fields.values()
        fresh = {f.target for f in fields if f.kind in ("ref", "refs")} - reached
        reached |= fresh
        ahead += fresh
    return frozenset(reached)


RESOURCES = read_schema()
REACHED = {name: reached_from(name, RESOURCES) for name in RESOURCES}

# The object behind an activity, by its type. Web chat is CHAT, while its item is called activitiesWeb.
ITEMS = {
    "CALL": "activitiesCall",
    "EMAIL": "activitiesEmail",
    "CHAT": "activitiesWeb",
    "SMS": "activitiesSms",
    "FBM": "activitiesFbm",
    "IGDM": "activitiesIgdm",
    "WAP": "activitiesWap",
    "VBR": "activitiesVbr",
}
