"""What becomes of the values a client writes? Checked field by field, or refused with a form error.

What null, an unknown and a read-only field, and a taken name lead to: assumptions 3, 5 and 6.
"""

import re
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from . import zones
from .errors import ApiError, Refused
from .reading import Reader
from .schema import Field, Resource
from .world import Record, World, texts

YES = ("1", "true", "yes", "on")


def created(world: World, resource: Resource, sent: Record, zone: ZoneInfo) -> Record:
    """A new stored record from these values. Raises ApiError(400), with the rejected object as its result."""
    values, form = cleaned(world, resource, sent, {}, zone)
    name = values.get("name")
    if name and world.find(resource.name, name):
        form["name"] = "Name is already used"
    if form:
        raise rejected(world, resource, values, form, zone)
    return world.insert(resource, values)


def updated(world: World, resource: Resource, record: Record, sent: Record, zone: ZoneInfo) -> Record:
    """The stored record with these values written into it; what is not sent stays. Raises ApiError(400)."""
    values, form = cleaned(world, resource, sent, record, zone)
    if form:
        raise rejected(world, resource, values, form, zone)
    world.change(resource.name, record, **values)
    return record


def cleaned(world: World, resource: Resource, sent: Record, before: Record, zone: ZoneInfo) -> tuple[Record, Record]:
    """The values to store and the form errors. Read-only fields that were sent are passed over."""
    creating = not before
    values: Record = dict(before)
    form: Record = {}
    for field in resource.fields.values():
        if not field.is_writable(creating):
            continue
        if field.name in sent:
            try:
                values[field.name] = stored(world, field, sent[field.name], zone)
            except Refused as problem:
                form[field.name] = str(problem)
        if field.required and values.get(field.name) in (None, "") and not (field.kind == "secret" and not creating):
            form.setdefault(field.name, "Entry is required" if field.name == "title" else "Item is mandatory")
    if resource.has_custom_fields and sent.get("customFields"):
        values["customFields"], problems = custom_values(world, resource, sent["customFields"], before)
        form |= {"customFields": problems} if problems else {}
    return values, form | unknown_fields(world, resource, sent)


def unknown_fields(world: World, resource: Resource, sent: Record) -> Record:
    if not world.assumptions.unknown_field_refused:
        return {}
    return {name: "Unknown field" for name in sent if name not in resource.fields and name != "customFields"}


def stored(world: World, field: Field, value: Any, zone: ZoneInfo) -> Any:
    """One sent value as it is kept. Raises Refused."""
    if field.kind == "refs":
        names = value.split(",") if isinstance(value, str) else list(value or [])
        return [related(world, field, name) for name in names if name]
    if value is None or (value == "" and field.kind != "text"):
        return None
    if field.kind == "ref":
        return related(world, field, value)
    if field.kind == "map":
        return value
    if isinstance(value, (dict, list)):
        raise Refused("This value is not valid")
    return STORED[field.kind](field, value, zone, world.zone)


def related(world: World, field: Field, value: Any) -> Any:
    """The name of an existing object, from its name or from ``{"name": ...}``."""
    name = value.get("name") if isinstance(value, dict) else value
    found = world.find(field.target, name)
    if not found:
        raise Refused("Foreign key not exist")
    return found.get("name", name)


def stored_text(field: Field, value: Any, zone: ZoneInfo, here: ZoneInfo) -> str:
    text = str(value)
    if field.limits and len(text) > field.limits[1]:
        raise Refused(f"Entry is too long, at most {field.limits[1]} characters")
    return text


def stored_choice(field: Field, value: Any, zone: ZoneInfo, here: ZoneInfo) -> str:
    if value not in field.choices:
        raise Refused(f"Value is not allowed, use one of {', '.join(field.choices)}")
    return str(value)


def stored_number(field: Field, value: Any, zone: ZoneInfo, here: ZoneInfo) -> int:
    if not re.fullmatch(r"-?\d{1,18}", str(value)):
        raise Refused("Value is not a whole number")
    number = int(value)
    if field.limits and not field.limits[0] <= number <= field.limits[1]:
        raise Refused(f"Value must be from {field.limits[0]} to {field.limits[1]}")
    return number


def stored_time(field: Field, value: Any, zone: ZoneInfo, here: ZoneInfo) -> str:
    try:
        return zones.moved(str(value), zone, here)
    except ValueError:
        raise Refused("Date is not valid, use YYYY-MM-DD HH:MM:SS") from None


STORED = {
    "text": stored_text,
    "secret": stored_text,
    "one": stored_choice,
    "int": stored_number,
    "datetime": stored_time,
    "bool": lambda field, value, zone, here: str(value).lower() in YES,
}


def custom_values(world: World, resource: Resource, sent: Any, before: Record) -> tuple[Record, Record]:
    """All custom fields after this write, merged by key, and the problems by key."""
    values = dict(before.get("customFields") or world.filled(resource, {}))
    problems: Record = {}
    if not isinstance(sent, dict):
        return values, {"customFields": ["Custom fields must be an object"]}
    scheme = world.schemes.get(resource.name, {})
    for key, value in sent.items():
        if key not in scheme:
            problems[key] = ["Unknown custom field"]
            continue
        values[key] = texts(value)
        problem = custom_problem(scheme[key], values[key])
        problems |= {key: [problem]} if problem else {}
    return values, problems


def custom_problem(definition: Record, values: list[str]) -> str:
    """What is wrong with the values of one custom field; empty when all is well."""
    options = [item["value"] for item in definition.get("items", [])]
    if len(values) > 1 and not definition.get("multiple"):
        return "Only one value is allowed"
    if definition["type"] == "EMAIL" and not all(re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", v) for v in values):
        return "This value is not a valid email address"
    if definition["type"] == "DATE" and not all(map(is_date, values)):
        return "This value is not a valid date"
    if options and not all(value in options for value in values):
        return "This value is not one of the options"
    return ""


def is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def rejected(world: World, resource: Resource, values: Record, form: Record, zone: ZoneInfo) -> ApiError:
    """400 with the object as it would have been stored: defaults filled, unset custom fields as [null]."""
    record: Record = dict.fromkeys(resource.fields) | {"_hash": None} | values
    record[resource.key] = record[resource.key] or world.new_name(resource)
    for stamp in ("created", "edited"):
        if stamp in record:
            record[stamp] = record[stamp] or world.now()
    if resource.has_custom_fields:
        custom = values.get("customFields") or world.filled(resource, {})
        record["customFields"] = {key: value or [None] for key, value in custom.items()}
    return ApiError(400, {"form": form}, Reader(world, zone).shown(resource, record))


def written_time(value: Any, zone: ZoneInfo, here: ZoneInfo) -> str:
    """A time the client wrote, in the instance's zone. Raises ApiError(400)."""
    try:
        return zones.moved(str(value), zone, here)
    except ValueError:
        raise ApiError(400, {"form": {"time_close": "Date is not valid, use YYYY-MM-DD HH:MM:SS"}}) from None
