"""Which columns has a table? Asked of the metadata, with what kind each is and what may be chosen in it.

The choices of a column can only be had by naming its type in the path, so that takes a request for each type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from integrations.connectors.base import RemoteField
from integrations.connectors.dynamics.client import Dataverse, path
from integrations.connectors.dynamics.tables import Table

KINDS = {
    "String": "text",
    "Memo": "text",
    "Integer": "number",
    "BigInt": "number",
    "Decimal": "number",
    "Double": "number",
    "Money": "number",
    "Boolean": "boolean",
    "DateTime": "time",
    "Picklist": "choice",
    "State": "choice",
    "Status": "choice",
    "Lookup": "text",
    "Customer": "text",
    "Owner": "text",
}
Choices = tuple[tuple[str, str], ...]
LOOKUPS = ("Lookup", "Customer", "Owner")
FORMATS = {"Phone": "phone", "Email": "email", "DateOnly": "date"}
HIDDEN = ("versionnumber", "merged", "masterid")  # what makes a sync work, and no more
ALWAYS = ("merged", "_masterid_value")
COMMON = "LogicalName,AttributeType,AttributeOf,DisplayName,IsCustomAttribute,IsValidForRead,IsValidForUpdate"


class Text(msgspec.Struct, rename="pascal"):
    label: str = ""


class Label(msgspec.Struct, rename="pascal"):
    user_localized_label: Text | None = None

    def __str__(self) -> str:
        return self.user_localized_label.label if self.user_localized_label else ""


class Named(msgspec.Struct, rename="pascal"):
    value: str = ""


class Option(msgspec.Struct, rename="pascal"):
    value: int
    label: Label = msgspec.field(default_factory=Label)


class Options(msgspec.Struct, rename="pascal"):
    options: list[Option] = []


class Attribute(msgspec.Struct, rename="pascal"):
    logical_name: str
    attribute_type: str = ""
    attribute_of: str | None = None
    display_name: Label = msgspec.field(default_factory=Label)
    is_custom_attribute: bool = False
    is_valid_for_read: bool | None = None
    is_valid_for_update: bool | None = None
    required_level: Named | None = None
    format_name: Named | None = None
    format: str | None = None
    option_set: Options | None = None

    @property
    def name(self) -> str:
        """As it is called in a record: a lookup is read as the key of what it names."""
        return f"_{self.logical_name}_value" if self.attribute_type in LOOKUPS else self.logical_name


class Attributes(msgspec.Struct):
    value: list[Attribute]


def columns(api: Dataverse, table: Table) -> list[Attribute]:
    """The columns a mapping may name, in the order Dynamics has them."""
    found = asked(api, table, "", select=f"{COMMON},RequiredLevel")
    return [
        one
        for one in found
        if one.is_valid_for_read and not one.attribute_of and one.attribute_type in KINDS and str(one.display_name)
    ]


def select(found: list[Attribute]) -> str:
    """What we ask of a record: everything a mapping may name, and what tells us that it was merged away."""
    names = [one.name for one in found if one.logical_name not in HIDDEN]
    return ",".join(dict.fromkeys([*names, *ALWAYS]))


def fields(api: Dataverse, table: Table, found: list[Attribute]) -> Iterator[RemoteField]:
    formats = dict(forms(api, table))
    choices = dict(options(api, table))
    for one in found:
        if one.logical_name not in HIDDEN:
            yield field(one, formats, choices)


def field(one: Attribute, formats: Mapping[str, str], choices: Mapping[str, Choices]) -> RemoteField:
    kind = formats.get(one.logical_name) or KINDS[one.attribute_type]
    offered = choices.get(one.logical_name, ())
    required = one.required_level.value if one.required_level else ""
    return RemoteField(
        one.name,
        str(one.display_name),
        "number" if kind == "choice" and not offered else kind,
        is_required=required in ("ApplicationRequired", "SystemRequired"),
        is_writable=bool(one.is_valid_for_update),
        is_custom=one.is_custom_attribute,
        choices=offered,
    )


def forms(api: Dataverse, table: Table) -> Iterator[tuple[str, str]]:
    """Which texts are numbers and addresses, and which times are days."""
    for one in asked(api, table, "String", select="LogicalName,FormatName"):
        if one.format_name and one.format_name.value in FORMATS:
            yield one.logical_name, FORMATS[one.format_name.value]
    for one in asked(api, table, "DateTime", select="LogicalName,Format"):
        if one.format in FORMATS:
            yield one.logical_name, FORMATS[one.format]


def options(api: Dataverse, table: Table) -> Iterator[tuple[str, Choices]]:
    for kind in ("Picklist", "State", "Status"):
        for one in asked(api, table, kind, select="LogicalName", expand="OptionSet"):
            if one.option_set:
                offered = one.option_set.options
                yield one.logical_name, tuple((str(o.value), str(o.label) or str(o.value)) for o in offered)


def asked(api: Dataverse, table: Table, kind: str, **query: str) -> list[Attribute]:
    cast = f"/Microsoft.Dynamics.CRM.{kind}AttributeMetadata" if kind else ""
    resource = f"EntityDefinitions(LogicalName='{table.entity}')/Attributes{cast}"
    return api.get(path(resource, query), Attributes).value
