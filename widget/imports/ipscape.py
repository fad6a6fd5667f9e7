"""What does a configuration of ipSCAPE's Dynamics adapter mean here? Screen-pop rules, and a report of the rest (pure).

The file is the adapter's configuration object (seed 001): config.options with its entities, and screenPop with a
default and rules by call type. There a rule sends a query to Dynamics; here every number of every record is looked in
by one statement of our own, so no query is run and no placeholder is filled.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from widget.fields import CUSTOM
from widget.imports import ipscape_words as words
from widget.imports.loose_json import NotReadable, parse

Object = Mapping[str, Any]


class Verdict(StrEnum):
    TAKEN = "taken"
    LEFT = "left out"
    UNSAFE = "unsafe"
    UNKNOWN = "unknown"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the report: the place in the file, what became of it, and why."""

    place: str
    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True)
class ImportedRule:
    """What the file says of a rule: `order` of kinds, `on_none` offer or search, `fields` of names in widget.fields."""

    call_type: str
    order: tuple[str, ...]
    on_none: str
    fields: tuple[str, ...]


class Refused(Exception):
    """The file cannot be imported; `lines` name each place and its remedy."""

    def __init__(self, lines: Collection[Line]) -> None:
        super().__init__("; ".join(f"{line.place}: {line.text}" for line in lines))
        self.lines = lines


@dataclass(slots=True)
class Reading:
    """`rules` by call type, and the report. `custom_keys`: our custom fields, which an entity's query may name."""

    custom_keys: Collection[str] = ()
    rules: dict[str, ImportedRule] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)

    def say(self, place: str, verdict: Verdict, text: str) -> None:
        self.lines.append(Line(place, verdict, text))

    def typed(self, value: Any, place: str, kind: type) -> Any:
        """The value if it is of this kind; otherwise an empty one of the kind, and the place is wrong."""
        if type(value) is kind:
            return value
        self.say(
            place, Verdict.WRONG, f"must be {words.KINDS[kind]}, and is {words.KINDS.get(type(value), 'nothing')}."
        )
        return kind()

    def objects(self, values: Any, place: str) -> Iterator[tuple[Object, str]]:
        for number, value in enumerate(self.typed(values, place, list)):
            yield self.typed(value, f"{place}[{number}]", dict), f"{place}[{number}]"

    def unknown_keys(self, value: Object, place: str, known: Collection[str]) -> None:
        for key in value:
            if key not in known:
                self.say(_inside(place, key), Verdict.UNKNOWN, "no setting that we know: it was passed over.")


def read(text: str, custom_keys: Collection[str] = ()) -> Reading:
    """The rules and the report of a file's text; raises Refused with every wrong place at once."""
    reading = Reading(custom_keys)
    try:
        parts = _parts(reading, reading.typed(parse(text), "the file", dict))
    except NotReadable as error:
        raise Refused([Line("the file", Verdict.WRONG, str(error))]) from error
    entities = _entities(reading, *parts.get("entities", ({}, "entities")))
    _screen_pop(reading, entities, *parts.get("screenPop", (None, "screenPop")))
    _options(reading, parts)
    wrong = [line for line in reading.lines if line.verdict is Verdict.WRONG]
    if wrong:
        raise Refused(wrong)
    return reading


def _parts(reading: Reading, value: Object, place: str = "") -> dict[str, tuple[Any, str]]:
    """The parts by name with their places, whether they stand at the top, in config or in config.options."""
    found: dict[str, tuple[Any, str]] = {}
    for key, inner in value.items():
        inside = _inside(place, key)
        if key in words.CONTAINERS:
            new = _parts(reading, reading.typed(inner, inside, dict), inside)
        elif key in words.PARTS:
            new = {key: (inner, inside)}
        else:
            new = {}
            reading.say(inside, Verdict.UNKNOWN, "no setting that we know: it was passed over.")
        for name in new.keys() & found.keys():
            reading.say(new[name][1], Verdict.WRONG, f"stands in {found[name][1]} too. Leave one of them.")
        found |= new
    return found


def _entities(reading: Reading, value: Any, place: str) -> dict[str, tuple[str, ...]]:
    """Each entity's fields for the card."""
    fields = {}
    for name, entity in reading.typed(value, place, dict).items():
        inside = _inside(place, name)
        if name not in words.ENTITIES:
            reading.say(inside, Verdict.LEFT, "there are contacts, leads and accounts here, nothing else is related.")
            continue
        entity = reading.typed(entity, inside, dict)
        reading.unknown_keys(entity, inside, words.ENTITY_KEYS)
        _entity_facts(reading, name, entity, inside)
        fields[name] = _fields(reading, name, entity, _inside(inside, "query"))
    return fields


def _entity_facts(reading: Reading, name: str, entity: Object, place: str) -> None:
    for key in ("plural", "key"):
        if key in entity:
            reading.typed(entity[key], _inside(place, key), str)
            reading.say(_inside(place, key), Verdict.LEFT, "names a table of Dynamics: the connection knows it.")
    expected = "entity" if name == "account" else "person"
    if entity.get("type", expected) != expected:
        reading.say(
            _inside(place, "type"), Verdict.WRONG, f"must be “{expected}”: the card has a person and a company."
        )
    elif "type" in entity:
        reading.say(_inside(place, "type"), Verdict.TAKEN, f"related in the card's box for a {words.BOXES[expected]}.")


def _fields(reading: Reading, entity_name: str, entity: Object, place: str) -> tuple[str, ...]:
    if "query" not in entity:
        return ()
    fields: list[str] = []
    for name in filter(None, map(str.strip, reading.typed(entity["query"], place, str).split(","))):
        ours = words.FIELDS_OF_ACCOUNT.get(name) if entity_name == "account" else None
        ours = ours or words.FIELDS.get(name) or (CUSTOM + name if name in reading.custom_keys else "")
        if name in words.ALWAYS_SHOWN:
            reading.say(place, Verdict.TAKEN, f"“{name}” is always on the card.")
        elif not ours:
            reading.say(place, Verdict.LEFT, f"“{name}” has no field here. Make a custom field with this key for it.")
        elif ours not in fields:
            fields.append(ours)
            reading.say(place, Verdict.TAKEN, f"“{name}” is shown on the card as “{ours}”.")
    return tuple(fields)


def _screen_pop(reading: Reading, entities: Mapping[str, tuple[str, ...]], value: Any, place: str) -> None:
    if value is None:
        reading.say(place, Verdict.WRONG, 'is missing. It holds the rules: {"default": {…}, "rules": […]}.')
        return
    value = reading.typed(value, place, dict)
    reading.unknown_keys(value, place, ("default", "rules"))
    if "default" in value:
        default = _inside(place, "default")
        _rule(reading, entities, reading.typed(value["default"], default, dict), default, ["default"])
    else:
        reading.say(
            _inside(place, "default"), Verdict.WRONG, "is missing. It is the rule of every call without its own."
        )
    for rule, inside in reading.objects(value.get("rules", []), _inside(place, "rules")):
        _rule(reading, entities, rule, inside, _call_types(reading, rule, inside))


def _call_types(reading: Reading, rule: Object, place: str) -> list[str]:
    inside = _inside(place, "callType")
    call_types = reading.typed(rule.get("callType"), inside, list)
    for call_type in call_types:
        if call_type not in words.CALL_TYPES:
            reading.say(inside, Verdict.WRONG, f"must list some of {', '.join(words.CALL_TYPES)}.")
        elif call_type in reading.rules:
            reading.say(inside, Verdict.WRONG, f"“{call_type}” has a rule already. Leave one.")
    return [one for one in call_types if one in words.CALL_TYPES and one not in reading.rules]


def _rule(
    reading: Reading, entities: Mapping[str, tuple[str, ...]], rule: Object, place: str, call_types: list[str]
) -> None:
    reading.unknown_keys(rule, place, words.RULE_KEYS)
    entity = _entity(reading, entities, rule, _inside(place, "entity"))
    adds = reading.typed(rule.get("addNewRecord", False), _inside(place, "addNewRecord"), bool)
    says = "offers a new record" if adds else "only searches"
    reading.say(_inside(place, "addNewRecord"), Verdict.TAKEN, f"where nobody matches, the card {says}.")
    names = _map(reading, rule.get("map", []), _inside(place, "map"))
    if "query" in rule:
        _query(reading, reading.typed(rule["query"], _inside(place, "query"), str), _inside(place, "query"), names)
    for call_type in call_types:
        fields = entities.get(entity, ())
        reading.rules[call_type] = ImportedRule(call_type, (entity,), "offer" if adds else "search", fields)


def _entity(reading: Reading, entities: Mapping[str, tuple[str, ...]], rule: Object, place: str) -> str:
    entity = str(rule.get("entity", ""))
    if entity not in words.ENTITIES:
        reading.say(place, Verdict.WRONG, f"must be one of {', '.join(words.ENTITIES)}.")
        return ""
    reading.say(place, Verdict.TAKEN, f"only {words.ENTITIES[entity]} are searched, as there. Others can be added.")
    if entity not in entities:
        reading.say(place, Verdict.LEFT, "it is not among the entities, so the card shows the usual fields.")
    return entity


def _map(reading: Reading, value: Any, place: str) -> set[str]:
    """Checks the placeholders' sources, and answers their names."""
    names = set()
    entries = [value] if isinstance(value, dict) else value  # the manual's table says object, its example is a list
    for entry, inside in reading.objects(entries, place):
        reading.unknown_keys(entry, inside, words.MAP_KEYS)
        names.add(reading.typed(entry.get("name"), _inside(inside, "name"), str))
        if entry.get("type", "string") not in words.MAP_TYPES:
            reading.say(_inside(inside, "type"), Verdict.WRONG, f"must be one of {', '.join(words.MAP_TYPES)}.")
        if "format" in entry:
            reading.typed(entry["format"], _inside(inside, "format"), str)
            reading.say(_inside(inside, "format"), Verdict.LEFT, "not needed: any spelling of a number is found.")
        _path(reading, entry, inside)
    return names


def _path(reading: Reading, entry: Object, place: str) -> None:
    key = "map" if "map" in entry and "path" not in entry else "path"
    if "map" in entry and "path" in entry:
        reading.say(_inside(place, "map"), Verdict.WRONG, "stands beside “path”. Leave one of them.")
    path = reading.typed(entry.get(key), _inside(place, key), str)
    if key == "map":
        reading.say(_inside(place, key), Verdict.TAKEN, "read as “path”: the manual's own example has this slip.")
    if path and not words.PATH.fullmatch(path):
        reading.say(
            _inside(place, key), Verdict.WRONG, "must be a path such as interaction.leadData.phones.index=1[phone]."
        )
    elif path:
        verdict = Verdict.TAKEN if path in words.CALLER else Verdict.LEFT
        reading.say(_inside(place, key), verdict, words.SOURCE_TAKEN if verdict is Verdict.TAKEN else words.SOURCE_LEFT)


def _query(reading: Reading, query: str, place: str, names: Collection[str]) -> None:
    reading.say(place, Verdict.LEFT, "not run: every number of every record is looked in, by our own search.")
    for match in words.PLACEHOLDER.finditer(query):
        option = query[: match.start()].rpartition("$")[2]
        if not words.is_quoted(option):
            text = f"“{match[0]}” stands in ${option.partition('=')[0]} without quotes"
            reading.say(
                place, Verdict.UNSAFE, f"{text}: a caller could write a query of his own. It is not needed here."
            )
        if match[1].strip() not in names:
            reading.say(place, Verdict.LEFT, f"“{match[0]}” has no entry in the map, so it was never filled.")


def _options(reading: Reading, parts: Mapping[str, tuple[Any, str]]) -> None:
    """What belongs to ipSCAPE or to Dynamics and has no counterpart."""
    for name, (kind, text) in words.WITHOUT_COUNTERPART.items():
        if name in parts:
            value, place = parts[name]
            reading.typed(value, place, kind)
            reading.say(place, Verdict.LEFT, text)
    value, place = parts.get("fields", ({}, "fields"))
    for name, target in reading.typed(value, place, dict).items():
        inside = _inside(place, name)
        reading.typed(target, inside, str)
        known = words.OPTION_FIELDS.get(name)
        reading.say(
            inside, Verdict.LEFT if known else Verdict.UNKNOWN, known or "no setting that we know: passed over."
        )


def _inside(place: str, key: str) -> str:
    return f"{place}.{key[:60]}" if place else key[:60]
