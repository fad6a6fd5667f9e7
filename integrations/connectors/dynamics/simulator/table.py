"""What are the rows of a table now, and what changed since a version? Made rows, touched rows and tombstones.

Made rows exist only as a count until somebody touches one. Every change gets the next version of the whole
organisation, as Dataverse's rowversion does; the timeline keeps them in that order.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

from .people import Shape, guid, number_of, rendered
from .schema import Definition

SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, which JSON can write and UTF-8 cannot
Row = dict[str, Any]


class Entry(NamedTuple):
    """From this version on: `size` made rows, the first of them number `first`; or the one row `key`."""

    version: int
    first: int = 0
    size: int = 0
    key: str = ""


@dataclass
class Table:
    definition: Definition
    count: int = 0  # of made rows
    batches: list[Entry] = field(default_factory=list)
    timeline: list[Entry] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)  # that were touched, or created by somebody
    created: list[str] = field(default_factory=list)  # the keys of the latter, sorted
    deleted: dict[str, int] = field(default_factory=dict)  # key and version
    touched: set[int] = field(default_factory=set)  # numbers of made rows that are in rows or deleted
    is_tracked: bool = True

    def total(self) -> int:
        """How many rows there are."""
        return self.count - len(self.touched) + len(self.rows)

    def make(self, count: int, version: int) -> None:
        """More made rows; they take the versions from this one on."""
        batch = Entry(version, self.count, count)
        self.count += count
        self.batches.append(batch)
        self.timeline.append(batch)

    def row(self, key: str, accounts: int) -> Row | None:
        """All values of a row, its version included; None when it is not there."""
        if key in self.rows:
            return self.rows[key]
        number = number_of(self.definition.entity, key)
        if number is None or number >= self.count or number in self.touched:
            return None
        row: Row = json.loads(self.made(self.shape(), number, number + 1, accounts)[0])
        return row | {"versionnumber": self.version_of(number)}

    def put(self, key: str, row: Row, version: int) -> None:
        """The row as it is from this version on."""
        number = number_of(self.definition.entity, key)
        if number is not None and number < self.count:
            self.touched.add(number)
        elif key not in self.rows:
            insort(self.created, key)
        self.deleted.pop(key, None)
        self.rows[key] = row | {"versionnumber": version, "@odata.etag": f'W/"{version}"'}
        self.timeline.append(Entry(version, key=key))

    def remove(self, key: str, version: int) -> None:
        number = number_of(self.definition.entity, key)
        if number is not None and number < self.count:
            self.touched.add(number)
        elif key in self.rows:
            self.created.remove(key)
        self.rows.pop(key, None)
        self.deleted[key] = version
        self.timeline.append(Entry(version, key=key))

    def shape(self, columns: tuple[str, ...] = ()) -> Shape:
        return Shape(self.definition.entity, self.definition.key, columns or self.definition.names())

    def version_of(self, number: int) -> int:
        batch = self.batches[bisect_right(self.batches, number, key=attrgetter("first")) - 1]
        return batch.version + number - batch.first

    def made(self, shape: Shape, start: int, stop: int, accounts: int) -> list[str]:
        """Made rows of one batch as JSON, as they were made."""
        return rendered(shape, start, stop, self.version_of(start) - start, accounts)

    def shown(self, shape: Shape, row: Row) -> str:
        names = dict.fromkeys(("@odata.etag", *shape.columns, shape.key))
        values = {name: row.get(name) for name in names}
        text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
        return json.dumps(values) if SURROGATE.search(text) else text

    # in the order of their versions

    def changed(self, shape: Shape, since: int, upto: int, limit: int, accounts: int) -> tuple[list[str], int]:
        """At most `limit` rows with since < version <= upto, and the version that was reached; upto at the end."""
        found: list[str] = []
        for entry in self.timeline[max(0, bisect_right(self.timeline, since, key=attrgetter("version")) - 1) :]:
            place = entry.first + max(0, since + 1 - entry.version)
            stop = min(entry.first + entry.size, entry.first + upto + 1 - entry.version)
            while place < stop and len(found) < limit:
                until = min(stop, place + limit - len(found))
                found += self.untouched(shape, place, until, accounts)
                place = until
            if place < stop:
                return found, entry.version + place - entry.first - 1
            if since < entry.version <= upto and self.is_newest(entry):
                if len(found) >= limit:
                    return found, entry.version - 1
                found.append(self.shown(shape, self.rows[entry.key]))
        return found, upto

    def untouched(self, shape: Shape, start: int, stop: int, accounts: int) -> list[str]:
        rows = self.made(shape, start, stop, accounts)
        if not self.touched:
            return rows
        return [row for number, row in enumerate(rows, start) if number not in self.touched]

    def is_newest(self, entry: Entry) -> bool:
        row = self.rows.get(entry.key)
        return row is not None and row["versionnumber"] == entry.version

    def removed(self, since: int, upto: int, limit: int) -> tuple[list[str], int]:
        """At most `limit` keys of rows deleted in between, and the version that was reached; upto at the end."""
        gone = sorted((version, key) for key, version in self.deleted.items() if since < version <= upto)
        return [key for _, key in gone[:limit]], gone[limit - 1][0] if len(gone) > limit else upto

    # in the order of their keys

    def keys(self) -> Iterator[str]:
        """Every key there is: made rows by number, then those that somebody created."""
        for number in range(self.count):
            key = guid(self.definition.entity, number)
            if number not in self.touched or key in self.rows:
                yield key
        yield from self.created

    def listed(self, shape: Shape, after: str, limit: int, accounts: int) -> tuple[list[str], str]:
        """At most `limit` rows behind a key, and the key that was reached; "" at the end."""
        number = number_of(shape.entity, after) if after else -1
        place = self.count if number is None else number + 1
        found, place = self.listed_made(shape, place, limit, accounts)
        if place < self.count:
            return found, guid(shape.entity, place - 1)
        rest = self.created[bisect_right(self.created, after if number is None else "") :]
        room = limit - len(found)
        found += [self.shown(shape, self.rows[key]) for key in rest[:room]]
        return found, [after, guid(shape.entity, place - 1), *rest][room + 1 if room else 1] if len(rest) > room else ""

    def listed_made(self, shape: Shape, place: int, limit: int, accounts: int) -> tuple[list[str], int]:
        found: list[str] = []
        while place < self.count and len(found) < limit:
            batch = self.batches[bisect_right(self.batches, place, key=attrgetter("first")) - 1]
            until = min(batch.first + batch.size, place + limit - len(found))
            rows = enumerate(self.made(shape, place, until, accounts), place)
            found += [shown for number, row in rows if (shown := self.as_it_is(shape, number, row))]
            place = until
        return found, place

    def as_it_is(self, shape: Shape, number: int, made: str) -> str:
        """A made row as it is now; "" when it was deleted."""
        if number not in self.touched:
            return made
        row = self.rows.get(guid(shape.entity, number))
        return self.shown(shape, row) if row else ""
