"""What does a write do? Create, update or upsert, delete, merge; If-Match and If-None-Match decide which is meant."""

from __future__ import annotations

import re
import uuid
from typing import Any

from .errors import NO_ROW, OTHER_VERSION, SAME_KEY, UNREADABLE, ApiError, no_row
from .schema import DEFINITIONS, Column, Definition
from .table import Row
from .wire import Request, Response
from .world import MARKS, World

TYPES: dict[str, tuple[type, ...]] = {
    "Boolean": (bool,),
    "Money": (int, float),
    **dict.fromkeys(("Integer", "Picklist", "State", "Status"), (int,)),
}
BOUND = re.compile(r"/?(?:.*/)?\w+\(([0-9a-fA-F-]{36})\)")


def create(world: World, request: Request, definition: Definition, base: str) -> Response:
    """POST contacts: 204 and where it is, or 201 and the row."""
    values = read(request, definition)
    key = str(values.pop(definition.key, "")) or str(uuid.uuid4())
    if world.tables[definition.entity].row(key, world.accounts):
        raise ApiError(412, SAME_KEY, "A record with matching key values already exists.")
    world.create(definition.entity, values, key)
    return written(world, request, definition, key, base, 201)


def update(world: World, request: Request, definition: Definition, key: str, base: str) -> Response:
    """PATCH contacts(<key>): an upsert, unless a condition says otherwise."""
    values = read(request, definition)
    values.pop(definition.key, None)
    found = world.tables[definition.entity].row(key, world.accounts)
    condition(request, found, definition.entity, key)
    if found is None:
        world.create(definition.entity, values, key)
        return written(world, request, definition, key, base, 201)
    world.change(definition.entity, key, values)
    return written(world, request, definition, key, base, 200)


def delete(world: World, request: Request, definition: Definition, key: str) -> Response:
    condition(request, world.row(definition.entity, key), definition.entity, key)
    world.delete(definition.entity, key)
    return Response(204)


def merge(world: World, request: Request) -> Response:
    """POST Merge: Target stays, Subordinate goes, UpdateContent is written to the target."""
    sent = sent_values(request)
    target, subordinate = sent.get("Target") or {}, sent.get("Subordinate") or {}
    entity = str(target.get("@odata.type", "")).removeprefix("#").rpartition(".")[2]
    definition = DEFINITIONS.get(entity)
    if not definition or definition.key not in target or definition.key not in subordinate:
        raise ApiError(400, UNREADABLE, "Target and Subordinate must name two rows of one table.")
    content = {name: value for name, value in (sent.get("UpdateContent") or {}).items() if not name.startswith("@")}
    world.merge(entity, str(target[definition.key]), str(subordinate[definition.key]), known(content, definition))
    return Response(204)


def condition(request: Request, found: Row | None, entity: str, key: str) -> None:
    """Raises ApiError(412), or 404 where a row was meant that is not there."""
    must, must_not = request.headers.get("if-match"), request.headers.get("if-none-match")
    if must_not == "*" and found:
        raise ApiError(412, SAME_KEY, "A record with matching key values already exists.")
    if must and not found:
        raise no_row(entity, key)
    if must and must != "*" and found and must != f'W/"{found["versionnumber"]}"':
        raise ApiError(412, OTHER_VERSION, "The version of the existing record doesn't match the RowVersion property.")


def read(request: Request, definition: Definition) -> Row:
    """The values to write, as they are read again."""
    return known(sent_values(request), definition)


def sent_values(request: Request) -> dict[str, Any]:
    try:
        return request.values()
    except ValueError:
        raise ApiError(400, UNREADABLE, "Error identified in Payload provided by the user.") from None


def known(values: dict[str, Any], definition: Definition) -> Row:
    row: Row = {}
    for sent, value in values.items():
        name, _, mark = sent.partition("@")
        if mark == "odata.bind":
            name, value = bound(definition, name, value)
        elif mark:
            continue
        column = definition.column(name)
        if not column or name in MARKS:
            message = f"Invalid property '{name}' was found in entity 'Microsoft.Dynamics.CRM.{definition.entity}'."
            raise ApiError(400, UNREADABLE, message)
        if column.is_writable or name == definition.key:
            row[name] = fitting(column, value)
    return row


def fitting(column: Column, value: Any) -> Any:
    """Raises ApiError(400) for a value of another type."""
    kinds = TYPES.get(column.kind, (str,))
    if value is not None and type(value) not in kinds:
        message = f"Cannot convert the value of '{column.read_as}' to the expected type of {column.kind}."
        raise ApiError(400, UNREADABLE, message)
    return value


def bound(definition: Definition, name: str, value: Any) -> tuple[str, str]:
    """`parentcustomerid_account@odata.bind` and its reference, as a lookup is kept. Raises ApiError(404)."""
    found = BOUND.fullmatch(str(value))
    lookup = next((c for c in definition.columns if name in (c.name, f"{c.name}_account", f"{c.name}_contact")), None)
    if not found or not lookup:
        raise ApiError(404, NO_ROW, f"'{name}' cannot be bound.")
    return lookup.read_as, found[1]


def written(world: World, request: Request, definition: Definition, key: str, base: str, status: int) -> Response:
    """204 and the address of the row; with `Prefer: return=representation` the status that tells, and the row."""
    address = ("OData-EntityId", f"{base}{definition.entity_set}({key})")
    if request.preferences().get("return") != "representation":
        return Response(204, headers=[address])
    row = one(world, definition, key, base, request.query.get("$select", ""))
    return Response.json(row, status, [address, ("Preference-Applied", "return=representation")])


def one(world: World, definition: Definition, key: str, base: str, select: str = "") -> dict[str, Any]:
    """A single row as it is answered."""
    row = world.row(definition.entity, key)
    names = dict.fromkeys([*filter(None, select.split(",")), definition.key]) if select else definition.names()
    context = {"@odata.context": f"{base}$metadata#{definition.entity_set}/$entity"}
    return context | {"@odata.etag": f'W/"{row["versionnumber"]}"'} | {name: row.get(name) for name in names}
