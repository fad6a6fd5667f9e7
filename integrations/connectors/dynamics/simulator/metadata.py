"""What is there to be read? Definitions of tables and columns, and the choices of the columns that have some."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from typing import Any

from .errors import bad_query, no_resource
from .schema import DEFINITIONS, Column, Definition
from .wire import Request
from .world import World

ONE = re.compile(r"EntityDefinitions\(LogicalName='(\w+)'\)(?:/Attributes(?:/Microsoft\.Dynamics\.CRM\.(\w+))?)?")
KINDS = {
    "PicklistAttributeMetadata": ("Picklist",),
    "StateAttributeMetadata": ("State",),
    "StatusAttributeMetadata": ("Status",),
    "StringAttributeMetadata": ("String",),
    "DateTimeAttributeMetadata": ("DateTime",),
    "MultiSelectPicklistAttributeMetadata": (),
}
EXPANDED = re.compile(r"(\w+)(?:\([^)]*\))?")  # $expand=OptionSet($select=Options)
NAMED = re.compile(r"LogicalName eq '(\w+)'|EntitySetName eq '(\w+)'|ChangeTrackingEnabled eq (true|false)")


def metadata(world: World, request: Request, path: str, base: str) -> dict[str, Any]:
    """Raises ApiError(404, 400)."""
    if path == "EntityDefinitions":
        found = [definition(world, one) for one in DEFINITIONS.values()]
        return answer(base, "EntityDefinitions", [row for row in found if matches(row, request)], request)
    named = ONE.fullmatch(path)
    if not named or named[1] not in DEFINITIONS:
        raise no_resource(path)
    one = DEFINITIONS[named[1]]
    if "/Attributes" not in path:
        return chosen(definition(world, one), request)
    if named[2] and named[2] not in KINDS:
        raise bad_query(f"The type 'Microsoft.Dynamics.CRM.{named[2]}' is not defined in the model.")
    columns = [column for column in one.columns if not named[2] or column.kind in KINDS[named[2]]]
    return answer(base, path, [attribute(one, column, request) for column in columns], request)


def answer(base: str, path: str, rows: Iterable[dict[str, Any]], request: Request) -> dict[str, Any]:
    return {"@odata.context": f"{base}$metadata#{path}", "value": [chosen(row, request) for row in rows]}


def chosen(row: dict[str, Any], request: Request) -> dict[str, Any]:
    names = [name for name in request.query.get("$select", "").split(",") if name]
    if unknown := [name for name in names if name not in row]:
        raise bad_query(f"Could not find a property named '{unknown[0]}'.")
    kept = {"MetadataId", *names, *EXPANDED.findall(request.query.get("$expand", ""))}
    return {name: value for name, value in row.items() if not names or name in kept}


def matches(row: dict[str, Any], request: Request) -> bool:
    """The few filters that clients send: by one of two names, or by what is tracked; joined by "or"."""
    if not (text := request.query.get("$filter")):
        return True
    named = {row["LogicalName"], row["EntitySetName"], str(row["ChangeTrackingEnabled"]).lower()}
    return any(named & set(wanted) for wanted in NAMED.findall(text))


def definition(world: World, one: Definition) -> dict[str, Any]:
    return {
        "LogicalName": one.entity,
        "SchemaName": one.label,
        "EntitySetName": one.entity_set,
        "LogicalCollectionName": one.entity_set,
        "PrimaryIdAttribute": one.key,
        "PrimaryNameAttribute": "fullname" if one.entity == "contact" else "name",
        "ChangeTrackingEnabled": world.tables[one.entity].is_tracked,
        "IsCustomEntity": False,
        "DisplayName": label(one.label),
        "MetadataId": marked(one.entity),
    }


def attribute(one: Definition, column: Column, request: Request) -> dict[str, Any]:
    row: dict[str, Any] = {
        "LogicalName": column.name,
        "SchemaName": column.name,
        "AttributeType": column.kind,
        "AttributeTypeName": {"Value": f"{column.kind}Type"},
        "AttributeOf": column.attribute_of,
        "DisplayName": label(column.label),
        "IsCustomAttribute": column.is_custom,
        "IsPrimaryId": column.name == one.key,
        "IsValidForRead": True,
        "IsValidForUpdate": column.is_writable,
        "IsValidForCreate": column.is_writable,
        "RequiredLevel": {"Value": "ApplicationRequired" if column.is_required else "None", "CanBeChanged": True},
        "MetadataId": marked(f"{one.entity}.{column.name}"),
    }
    if column.kind in ("String", "DateTime"):
        row |= {"FormatName": {"Value": column.form}} if column.kind == "String" else {"Format": column.form}
    if column.options and "OptionSet" in request.query.get("$expand", ""):
        row["OptionSet"] = {"Options": [{"Value": value, "Label": label(text)} for value, text in column.options]}
    return row


def label(text: str) -> dict[str, Any]:
    shown = {"Label": text, "LanguageCode": 1033, "IsManaged": True}
    return {"LocalizedLabels": [shown] if text else [], "UserLocalizedLabel": shown if text else None}


def marked(text: str) -> str:
    """A MetadataId, always the same for the same thing."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, text))
