"""Which tables of Dynamics do we read, and what does a page of theirs hold? Accounts and contacts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

import msgspec

from integrations.connectors.answers import read
from integrations.connectors.base import Merged, Page, Remote
from integrations.connectors.dynamics.refusals import UNREADABLE
from integrations.connectors.errors import TemporaryFailure

GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
Key = Annotated[str, msgspec.Meta(min_length=36, max_length=36)]
LETTERS = re.compile("[0-9a-fA-F-]*")
DELETED = "/$deletedEntity"


@dataclass(frozen=True, slots=True)
class Table:
    """`entity` is the logical name, which is also ours."""

    entity: str
    entity_set: str
    key: str


TABLES = {"account": Table("account", "accounts", "accountid"), "contact": Table("contact", "contacts", "contactid")}


class Listed(msgspec.Struct):
    """A page as it came, its records undecoded."""

    value: list[msgspec.Raw]
    next_link: str | None = msgspec.field(name="@odata.nextLink", default=None)
    delta_link: str | None = msgspec.field(name="@odata.deltaLink", default=None)


class Counts(msgspec.Struct, rename="pascal"):
    values: list[int] = []


class Counted(msgspec.Struct):
    """What RetrieveTotalRecordCount answers."""

    collection: Counts = msgspec.field(name="EntityRecordCountCollection")


LISTED = msgspec.json.Decoder(Listed)


@cache
def glances(table: Table) -> msgspec.json.Decoder[Any]:
    """Reads of every record of a page only what it is: there, merged away or deleted."""
    glance = msgspec.defstruct(
        "Glance",
        [
            ("key", Key | None, msgspec.field(name=table.key, default=None)),
            ("merged", bool | None, None),
            ("master", Key | None, msgspec.field(name="_masterid_value", default=None)),
            ("context", str, msgspec.field(name="@odata.context", default="")),
            ("gone", Key | None, msgspec.field(name="id", default=None)),
            ("reason", str, ""),
        ],
    )
    return msgspec.json.Decoder(msgspec.defstruct("Glances", [("value", list[glance])]))  # type: ignore[valid-type]


def page(table: Table, content: bytes, used: str) -> Page:
    """The page that came by the link `used`, every key in it such as Dynamics makes them. Raises TemporaryFailure.

    The cursor is the link to go on with, to the next page or, on the last one, to the changes from then on.
    """
    try:
        listed, seen = decoded(table, content)
    except UNREADABLE as error:
        raise TemporaryFailure("Dynamics' answer cannot be read.") from error
    if listed.next_link == used:
        raise TemporaryFailure("Dynamics leads in a circle: the next page is the one before.")
    if not LETTERS.fullmatch("".join(key for one in seen.value for key in (one.key, one.gone, one.master) if key)):
        raise TemporaryFailure("Dynamics sent a key that cannot be one.")
    return Page(
        list(records(table, listed.value, seen.value)),
        deleted=[one.gone for one in seen.value if is_deleted(one)],
        merged=[Merged(one.key, one.master) for one in seen.value if is_merged(one)],
        cursor=listed.next_link or listed.delta_link,
        is_last=bool(listed.delta_link and not listed.next_link),
    )


def decoded(table: Table, content: bytes) -> tuple[Listed, Any]:
    """The page, and a glance at each of its records. One odd text must not hide a page of good records (trap 21)."""
    try:
        return LISTED.decode(content), glances(table).decode(content)
    except msgspec.DecodeError:
        patient = json.dumps(read(content)).encode()
        return LISTED.decode(patient), glances(table).decode(patient)


def records(table: Table, raws: list[msgspec.Raw], seen: list[Any]) -> Iterator[Remote]:
    for raw, one in zip(raws, seen, strict=True):
        if one.key and not is_merged(one):
            yield Remote(raw, table.key)
        elif not one.key and not one.gone:
            raise TemporaryFailure("Dynamics sent a record without a key.")


def is_deleted(one: Any) -> bool:
    """`changed` for a reason would mean that we may no longer see it, which is not that it is gone (contract C7)."""
    return bool(one.gone and DELETED in one.context and one.reason == "deleted")


def is_merged(one: Any) -> bool:
    """Dynamics keeps the row that was merged away, inactive, and names the one that goes on."""
    return bool(one.key and one.merged and one.master)
