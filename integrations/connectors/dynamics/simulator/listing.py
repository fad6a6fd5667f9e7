"""What does a query of a table answer? Pages, tracked and untracked, in the shape of OData."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from .errors import ApiError, bad_query
from .filters import Filter
from .links import Place, delta_token, version_of
from .people import Shape
from .schema import Definition
from .table import Row, Table
from .wire import Request, Response
from .world import World

MOST = 5000
REFUSED = ("filter", "orderby", "top")
KNOWN = {f"${name}" for name in (*REFUSED, "select", "count", "skiptoken", "deltatoken")}


class Listing:
    """One GET of an entity set."""

    def __init__(self, world: World, request: Request, definition: Definition, base: str) -> None:
        self.world, self.request, self.definition, self.base = world, request, definition, base
        self.table: Table = world.tables[definition.entity]
        self.preferences = request.preferences()
        if unknown := [name for name in request.query if name.startswith("$") and name not in KNOWN]:
            raise bad_query(f"The query parameter {unknown[0]} is not supported.")
        if "$expand" in request.query:
            raise ApiError(501, "0x80060888", "The simulated Dynamics knows no $expand of rows.")
        self.select = request.query.get("$select", "")
        self.shape = self.table.shape(self.columns())
        self.size = self.page_size()

    def columns(self) -> tuple[str, ...]:
        names = tuple(name.strip() for name in self.select.split(",") if name.strip())
        for name in names:
            column = self.definition.column(name)
            if not column or column.attribute_of:
                entity = f"Microsoft.Dynamics.CRM.{self.definition.entity}"
                raise bad_query(f"Could not find a property named '{name}' on type '{entity}'.")
        return names

    def page_size(self) -> int:
        asked = self.preferences.get("odata.maxpagesize", "") or str(MOST)
        if not asked.isdigit() or not int(asked):
            raise bad_query("The value of odata.maxpagesize is not a positive number.")
        return min(int(asked), MOST)

    def answer(self) -> Response:
        token = self.request.query.get("$skiptoken")
        place = Place.read(token) if token else None
        if "$deltatoken" in self.request.query and not place:
            since = version_of(self.world, self.request.query["$deltatoken"])
            place = Place(since=since, reached=since, upto=self.world.version, is_tracked=True)
        if not place and "odata.track-changes" in self.preferences:
            place = self.first_tracked()
        if place and place.is_tracked:
            return self.tracked(place)
        return self.untracked(place or Place())

    # tracked

    def first_tracked(self) -> Place:
        if not self.table.is_tracked:
            raise bad_query(f"Entity {self.definition.entity} isn't enabled for change tracking.")
        return Place(upto=self.world.version, is_tracked=True)

    def tracked(self, place: Place) -> Response:
        """Changed rows by version, then what was deleted; the delta link is true as of the first page."""
        for name in REFUSED:
            if f"${name}" in self.request.query:
                message = f'The "${name}" query parameter isn\'t supported when Change Tracking is enabled.'
                raise bad_query(message)
        rows: list[str] = []
        reached = place.reached
        if not place.is_deleting:
            rows, reached = self.table.changed(self.shape, reached, place.upto, self.size, self.world.accounts)
        is_deleting = place.is_deleting or reached >= place.upto
        if is_deleting and not place.is_deleting:
            reached = place.since
        if is_deleting and place.since and len(rows) < self.size:
            gone, reached = self.table.removed(reached, place.upto, self.size - len(rows))
            rows = [*rows, *map(self.tombstone, gone)]
        if is_deleting and (not place.since or reached >= place.upto):
            link = f'"@odata.deltaLink":"{self.link("$deltatoken", delta_token(self.world, place.upto))}",'
        else:
            place = replace(place, page=place.page + 1, reached=reached, is_deleting=is_deleting)
            link = self.next_link(place)
        return self.page(rows, link, "/$delta" if place.since else "")

    def tombstone(self, key: str) -> str:
        context = f"{self.base}$metadata#{self.definition.entity_set}/$deletedEntity"
        return f'{{"@odata.context":"{context}","id":"{key}","reason":"deleted"}}'

    # untracked

    def untracked(self, place: Place) -> Response:
        top = self.request.query.get("$top", "")
        size = min(self.size, int(top)) if top.isdigit() else self.size
        if "$filter" in self.request.query or "$orderby" in self.request.query:
            rows, after = self.chosen(place, size)
        else:
            rows, after = self.table.listed(self.shape, place.after, size, self.world.accounts)
        is_more = after and not top
        return self.page(rows, self.next_link(Place(place.page + 1, after)) if is_more else "")

    def chosen(self, place: Place, size: int) -> tuple[list[str], str]:
        """Filtered and sorted; the place is how many rows came before."""
        found = self.sorted(self.matching())
        start = int(place.after or 0)
        rows = [self.table.shown(self.shape, row) for row in found[start : start + size]]
        return rows, str(start + size) if len(found) > start + size else ""

    def matching(self) -> list[Row]:
        chosen = Filter(text, self.definition) if (text := self.request.query.get("$filter")) else None
        keys: Sequence[str] = chosen.keys if chosen and chosen.keys is not None else list(self.table.keys())
        rows = (self.table.row(key, self.world.accounts) for key in keys)
        return [row for row in rows if row and (not chosen or chosen.allows(row))]

    def sorted(self, rows: list[Row]) -> list[Row]:
        order = self.request.query.get("$orderby") or self.definition.key
        for part in reversed(order.split(",")):
            name, _, direction = part.strip().partition(" ")
            if not self.definition.column(name):
                raise bad_query(f"Could not find a property named '{name}'.")
            rows.sort(key=lambda row: (row[name] is not None, row[name]), reverse=direction.strip() == "desc")
        return rows

    # the answer

    def next_link(self, place: Place) -> str:
        return f'"@odata.nextLink":"{self.link("$skiptoken", place.cookie())}",'

    def link(self, name: str, value: str) -> str:
        kept = {key: text for key, text in self.request.query.items() if key not in ("$skiptoken", "$deltatoken")}
        query = "&".join(f"{key}={quote(text, safe=',')}" for key, text in (kept | {name: value}).items())
        return f"{self.base}{self.definition.entity_set}?{query}"

    def page(self, rows: list[str], link: str, suffix: str = "") -> Response:
        columns = f"({self.select})" if self.select else ""
        head = f'{{"@odata.context":"{self.base}$metadata#{self.definition.entity_set}{columns}{suffix}",'
        if self.request.query.get("$count") == "true":
            head += f'"@odata.count":{min(MOST, len(self.matching()))},'
        body = f'{head}{link}"value":[{",".join(rows)}]}}'.encode()
        return Response(200, body, headers=self.applied())

    def applied(self) -> list[tuple[str, str]]:
        known = ("odata.track-changes", "odata.maxpagesize")
        applied = [f"{n}={v}" if (v := self.preferences[n]) else n for n in known if n in self.preferences]
        return [("Preference-Applied", ",".join(applied))] if applied else []


def count(world: World, request: Request, definition: Definition) -> int:
    """`contacts/$count`, with a delta token how many changed since."""
    table: Table = world.tables[definition.entity]
    if token := request.query.get("$deltatoken"):
        since, shape = version_of(world, token), Shape(definition.entity, definition.key, (definition.key,))
        changed, _ = table.changed(shape, since, world.version, MOST, world.accounts)
        return len(changed) + len(table.removed(since, world.version, MOST)[0])
    return min(MOST, table.total())
