"""How is a list of Daktela's read to its end, while others write to it? From the last record on, never by counting.

A list is sorted by the moment of the change and the name, and the next page begins after the last record of this one:
what is inserted, edited or deleted meanwhile moves nothing past us. The end is believed only when the list itself says
that no more is left (contract C3, C4; W3, W10, W18).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

import orjson
from daktela import DaktelaFilter, DaktelaQuery, DaktelaSort

from integrations.connectors.base import Page, Remote
from integrations.connectors.daktela.client import Daktela, Rows
from integrations.connectors.daktela.models import FORMAT, Model
from integrations.connectors.errors import CursorExpired, TemporaryFailure

CHANGE_OF_CLOCKS = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a list was read: the moment and the name of the last record, as Daktela wrote them."""

    moment: str
    name: str

    @classmethod
    def read(cls, cursor: str) -> Self:
        try:
            moment, name = orjson.loads(cursor)
            datetime.fromisoformat(moment)
        except (ValueError, TypeError) as error:
            raise CursorExpired("Nobody can tell any more how far we had read.") from error
        return cls(moment, str(name))

    def cursor(self) -> str:
        return orjson.dumps([self.moment, self.name]).decode()


@dataclass
class Listing:
    """One list, page by page. `by` is the field of the moment, "" for a list that is sorted by name alone."""

    api: Daktela
    model: Model
    by: str
    size: int
    where: Sequence[DaktelaFilter] = ()
    fields: Sequence[str] = ()
    since: Place | None = None
    place: Place | None = field(default=None, init=False)
    given: int = field(default=0, init=False)

    def pages(self, *, first: DaktelaFilter | None = None) -> Iterator[Page]:
        """To the end. `first` narrows the first page, which has no record to begin after."""
        after = first
        while True:
            rows = self.api.rows(self.model.endpoint, self.query(after))
            page = self.page(rows)
            yield page
            if page.is_last or not self.place:
                return
            after = self.after(self.place)

    def query(self, after: DaktelaFilter | None) -> DaktelaQuery:
        query = DaktelaQuery().fields(*self.fields).take(self.size)
        filters = [*self.where, *([after] if after else [])]
        if filters:
            query = query.filter(filters[0] if len(filters) == 1 else DaktelaFilter.and_(*filters))
        return query.sorts(*(DaktelaSort.asc(name) for name in (self.by, self.model.key) if name))

    def after(self, place: Place) -> DaktelaFilter:
        later_name = DaktelaFilter.gt(self.model.key, place.name)
        if not self.by:
            return later_name
        same = DaktelaFilter.and_(DaktelaFilter.eq(self.by, place.moment), later_name)
        return DaktelaFilter.or_(DaktelaFilter.gt(self.by, place.moment), same)

    def page(self, rows: Rows) -> Page:
        """Raises TemporaryFailure for a page that cannot be the one we asked for."""
        unique = {str(row.get(self.model.key)): row for row in rows.rows}
        if "None" in unique or (rows.total and not unique):
            raise TemporaryFailure(f"Daktela's list of {self.model.endpoint} has holes.")
        self.move(list(unique.items()))
        self.given += len(unique)
        return Page(
            [self.model.remote(row) for row in unique.values()],
            cursor=self.cursor(),
            is_last=len(unique) >= rows.total,
            total=self.given + max(0, rows.total - len(unique)),
        )

    def cursor(self) -> str | None:
        """Never before the one we came with: the overlap is read again, but not begun from."""
        places = [place for place in (self.since, self.place) if place]
        return max(places, key=lambda place: place.moment).cursor() if places and self.by else None

    def move(self, rows: list[tuple[str, dict[str, Any]]]) -> None:
        moments = [str(row.get(self.by) or "") for _, row in rows if self.by]
        begun = [self.place.moment] if self.place and self.by else []
        if [*begun, *moments] != sorted([*begun, *moments]):
            raise TemporaryFailure(f"Daktela's list of {self.model.endpoint} is not in the order we asked for.")
        if rows:
            place = Place(moments[-1] if moments else "", rows[-1][0])
            if place == self.place:
                raise TemporaryFailure(f"Daktela's list of {self.model.endpoint} does not go on.")
            self.place = place


def bulk(api: Daktela, model: Model, names: Sequence[str], size: int, fields: Sequence[str] = ()) -> Iterator[Remote]:
    """The records of these names, many a request. Who is not in a complete answer is definitely not there (C5)."""
    names = list(dict.fromkeys(names))
    for start in range(0, len(names), size):
        part = names[start : start + size]
        query = DaktelaQuery().fields(*fields).filter(DaktelaFilter.in_(model.key, part)).take(len(part))
        rows = api.rows(model.endpoint, query)
        found = {str(row.get(model.key)): row for row in rows.rows}
        if len(found) < rows.total or not found.keys() <= set(part):
            raise TemporaryFailure(f"Daktela's answer holds other {model.endpoint} than those we asked for.")
        yield from (model.remote(row) for row in found.values())


def earlier(moment: str, minutes: int, zone: ZoneInfo) -> str:
    """A bare moment moved back by the overlap; by two hours near a change of the clocks, when bare times lie (C3)."""
    bare = datetime.fromisoformat(moment)
    back = timedelta(minutes=minutes)
    return (bare - (max(back, CHANGE_OF_CLOCKS) if is_near_change(bare, zone) else back)).strftime(FORMAT)


def is_near_change(bare: datetime, zone: ZoneInfo) -> bool:
    around = {(bare + side * 2 * CHANGE_OF_CLOCKS).replace(tzinfo=zone).utcoffset() for side in (-1, 1)}
    return len(around) > 1


def between(by: str, start: datetime, end: datetime, zone: ZoneInfo) -> DaktelaFilter:
    """A filter for aware moments; wider by two hours each side near a change of the clocks."""
    first, last = (moment.astimezone(zone).replace(tzinfo=None) for moment in (start, end))
    if is_near_change(first, zone) or is_near_change(last, zone):
        first, last = first - CHANGE_OF_CLOCKS, last + CHANGE_OF_CLOCKS
    return DaktelaFilter.and_(
        DaktelaFilter.gte(by, first.strftime(FORMAT)), DaktelaFilter.lte(by, last.strftime(FORMAT))
    )
