"""Which system do the engine's tests sync with? A shelf in memory: a connector of its own, without a wire."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from pydantic import BaseModel

from crm.models import CustomField
from integrations.connectors import register
from integrations.connectors.base import (
    Finding,
    Item,
    Merged,
    Page,
    Rejected,
    Remote,
    RemoteField,
    Source,
    Target,
    Written,
)
from integrations.connectors.errors import CursorExpired, NotAuthorized, TemporaryFailure
from integrations.models import Connection, FieldMapping, Stream
from tests.factories import ConnectionFactory

Record = dict[str, Any]


@dataclass
class Shelf:
    """What is over there. `changes` are (version, id), version rising; a cursor is a version."""

    records: dict[str, dict[str, Record]] = field(default_factory=lambda: {"contact": {}, "account": {}})
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # entity, what, id
    hidden: set[str] = field(default_factory=set)  # there, and not for our user
    page_size: int = 100
    fails_after_pages: int | None = None
    fails_after_writes: int | None = None
    trimmed: int = 0  # changes before this one are forgotten
    refused: dict[str, str] = field(default_factory=dict)  # key → reason
    writes: list[Item] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    is_forgetful: bool = False  # it does the write, and the answer gets lost
    busy: set[str] = field(default_factory=set)  # ids it cannot retire just now
    meanwhile: Callable[[], object] = lambda: None  # what happens while a page or an answer is on its way

    def put(self, *records: Record, entity: str = "contact") -> None:
        for record in records:
            self.records[entity][record["id"]] = record
            self.changes.append((entity, "put", record["id"]))

    def delete(self, *ids: str, entity: str = "contact") -> None:
        for name in ids:
            self.records[entity].pop(name)
            self.changes.append((entity, "delete", name))

    def merge(self, loser: str, survivor: str) -> None:
        self.records["contact"].pop(loser)
        self.changes.append(("contact", f"merge {survivor}", loser))


FIELDS = dict.fromkeys(
    ("first", "last", "mobile", "work", "email", "emails", "note", "job", "vip", "extra.tier", "company", "title"),
    "text",
)
SHELVES: dict[str, Shelf] = {}


class Books(Source, Target):
    slug = "books"
    label = "Books"
    inward = outward = ("account", "contact")

    class Settings(BaseModel):
        pass

    @property
    def shelf(self) -> Shelf:
        return SHELVES[self.access.origin]

    def check(self) -> Iterator[Finding]:
        yield Finding("There", "good", "It is there.")

    def fields(self, entity: str) -> list[RemoteField]:
        return [RemoteField(name, name, kind) for name, kind in (self.shelf.fields or FIELDS).items()]

    def changes(self, entity: str, since: str | None, *, is_full: bool = False) -> Iterator[Page]:
        shelf, start = self.shelf, int(since or 0) if not is_full else 0
        if since and start < shelf.trimmed:
            raise CursorExpired("It forgot what changed so long ago.")
        told = [(one, what, name) for one, what, name in shelf.changes[start:]]
        pages = [told[at : at + shelf.page_size] for at in range(0, len(told), shelf.page_size)] or [[]]
        for number, page in enumerate(pages):
            if number == shelf.fails_after_pages:
                raise TemporaryFailure("It went away.")
            start += len(page)
            yield self._page(entity, page, str(start), is_last=number == len(pages) - 1)
            shelf.meanwhile()

    def _page(self, entity: str, told: list[tuple[str, str, str]], cursor: str, *, is_last: bool) -> Page:
        mine = [(what, name) for one, what, name in told if one == entity]
        there = self.shelf.records[entity]
        puts = dict.fromkeys(name for what, name in mine if what == "put" and name in there)
        gone = [name for what, name in mine if what == "delete" and name not in there]
        merged = [Merged(name, what.split()[1]) for what, name in mine if what.startswith("merge")]
        return Page([remote(there[name]) for name in puts], gone, merged, cursor, is_last, len(there))

    def ids(self, entity: str) -> Iterator[Sequence[str]]:
        names = [name for name in self.shelf.records[entity] if name not in self.shelf.hidden]
        for at in range(0, len(names), self.shelf.page_size):
            if at and self.shelf.fails_after_pages is not None:
                raise TemporaryFailure("It went away.")
            yield names[at : at + self.shelf.page_size]

    def fetch(self, entity: str, ids: Sequence[str]) -> list[Remote]:
        self.shelf.fetched += ids
        if self.shelf.hidden & set(ids):
            raise NotAuthorized("Our user may not see it.")
        there = self.shelf.records[entity]
        return [remote(there[name]) for name in ids if name in there]

    def write(self, entity: str, items: Sequence[Item]) -> Iterator[Written | Rejected]:
        for item in items:
            if self.shelf.fails_after_writes is not None and len(self.shelf.writes) >= self.shelf.fails_after_writes:
                raise TemporaryFailure("It went away.")
            if item.key in self.shelf.refused:
                yield Rejected(item.key, self.shelf.refused[item.key], "email")
                continue
            name = item.remote_id or f"{entity}-{item.key}"
            is_new = name not in self.shelf.records[entity]
            self.shelf.records[entity][name] = {**self.shelf.records[entity].get(name, {}), "id": name, **item.values}
            self.shelf.writes.append(item)
            self.shelf.meanwhile()
            yield Written(item.key, name, is_new)

    def retire(self, entity: str, remote_ids: Sequence[str]) -> Iterator[Written | Rejected]:
        for name in remote_ids:
            if name in self.shelf.busy:
                yield Rejected(name, "It went away.", is_temporary=True)
                continue
            self.shelf.retired.append(name)
            yield Written(name, name)


register(Books)


def remote(record: Record) -> Remote:
    return Remote(orjson.dumps(record), "id")


def shelf_of(connection: Connection) -> Shelf:
    return SHELVES.setdefault(connection.origin, Shelf())


def books(slug: str = "books", **fields: Any) -> tuple[Connection, Shelf]:
    """A connection to a fresh shelf."""
    connection = ConnectionFactory(slug=slug, connector="books", origin=f"https://{slug}.test", title=slug, **fields)
    SHELVES[connection.origin] = Shelf()
    return connection, SHELVES[connection.origin]


def stream(
    connection: Connection, *rows: tuple[str, str] | dict[str, Any], entity: str = "contact", direction: str = "inward"
) -> Stream:
    """A stream with these mappings: pairs (ours, theirs), or the values of a FieldMapping."""
    made = Stream.objects.create(connection=connection, entity=entity, direction=direction)
    for position, row in enumerate(rows):
        values = row if isinstance(row, dict) else {"ours": row[0], "theirs": row[1]}
        FieldMapping.objects.create(stream=made, position=position, **values)
    return made


def rows(stream: Stream) -> list[dict[str, Any]]:
    """A stream's mapping as it is published."""
    names = ("ours", "theirs", "mode", "transform", "argument", "table", "default")
    return [{name: getattr(one, name) for name in names} for one in stream.mappings.all()]


def person(number: int, **values: Any) -> Record:
    return {"id": f"p{number}", "first": f"Jana{number}", "last": "Nováková", "mobile": f"77379{number:04}", **values}


PEOPLE = (("first_name", "first"), ("last_name", "last"), ("phone.mobile", "mobile"))


def admins_field(key: str, kind: str = "text", record: str = "contact", **values: Any) -> CustomField:
    return CustomField.objects.create(record=record, key=key, title=key.title(), kind=kind, **values)
