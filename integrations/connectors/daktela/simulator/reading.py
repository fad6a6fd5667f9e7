"""How does a stored record look when it is read? Related objects in full, times in the client's zone, ``_sys``."""

from collections.abc import Callable, Collection
from typing import Any
from zoneinfo import ZoneInfo

from . import zones
from .schema import ITEMS, REACHED, RESOURCES, Field, Resource
from .world import Record, World

GREATEST_DEPTH = 5
PLAIN = ("text", "one", "int", "map")  # told as they are kept

Step = Callable[[Record, Record], None]


class Reader:
    """Shows records of one world in the zone of one client."""

    def __init__(self, world: World, zone: ZoneInfo) -> None:
        self.world = world
        self.zone = zone
        self.plans: dict[tuple[str, tuple[str, ...]], list[Step]] = {}
        self.seen: dict[tuple[str, str], Record] = {}

    def shown(self, resource: Resource, record: Record, path: tuple[str, ...] = ()) -> Record:
        """The whole object, as a read without ``fields`` gives it."""
        path = (*path, f"{resource.name}/{record[resource.key]}")
        seen = {f.name: self.field(f, record, path) for f in resource.fields.values() if f.kind != "secret"}
        seen["customFields"] = record.get("customFields") or []
        if not resource.has_custom_fields:
            del seen["customFields"]
        return seen | {"_sys": self.service(resource, record), "_rdata": None, "_guiData": []}

    def picked(self, resource: Resource, record: Record, fields: Collection[str]) -> Record:
        """Only these fields, dotted ones nested, without ``_sys``; unknown ones are left out."""
        fields = tuple(fields)
        if (resource.name, fields) not in self.plans:
            self.plans[resource.name, fields] = [step for name in fields if (step := self.step(resource, name))]
        result: Record = {}
        for step in self.plans[resource.name, fields]:
            step(record, result)
        return result

    def step(self, resource: Resource, name: str) -> Step | None:
        """What copies one wanted field into an answer; made once, as a list may have a thousand rows."""
        head, _, rest = name.partition(".")
        field = resource.fields.get(head)
        if head == "customFields" and resource.has_custom_fields:
            return lambda record, result: pick({head: record[head]}, name.split("."), result)
        if not field or field.kind == "secret":
            return None
        if field.kind in PLAIN and not rest:
            return lambda record, result: result.__setitem__(head, record[head])
        far = RESOURCES[field.target].fields.get(rest) if field.kind == "ref" and rest else None
        if far and far.kind in PLAIN:
            return lambda record, result: self.pick_related(field, rest, record, result)
        return lambda record, result: pick(
            {head: self.field(field, record, (f"{resource.name}/{record[resource.key]}",))}, name.split("."), result
        )

    def pick_related(self, field: Field, rest: str, record: Record, result: Record) -> None:
        found = self.world.find(field.target, record[field.name])
        if found and isinstance(result.setdefault(field.name, {}), dict):
            result[field.name][rest] = found[rest]
        elif not found:
            result[field.name] = None

    def field(self, field: Field, record: Record, path: tuple[str, ...]) -> Any:
        value = record.get(field.name)
        if field.kind == "datetime":
            return self.time(value)
        if field.kind == "ref":
            return self.related(field.target, value, path)
        if field.kind == "refs":
            return [seen for name in value or [] if (seen := self.related(field.target, name, path))]
        if field.kind == "item":
            return self.related(ITEMS.get(record["type"], ""), value, path)
        if field.kind == "children":
            return self.children(record, path)
        return bool(value) if field.kind == "bool" else value

    def time(self, value: str | None) -> str | None:
        return zones.moved(value, self.world.zone, self.zone) if value and self.zone != self.world.zone else value

    def related(self, target: str, name: Any, path: tuple[str, ...]) -> Record | None:
        """The related object in full; a bare ``name`` and ``title`` where the way would lead in a circle.

        A page of a thousand contacts has few accounts: what cannot lead back to the top is made once per answer.
        """
        found = self.world.find(target, name) if target else None
        if not found:
            return None
        if len(path) == 1 and path[0].partition("/")[0] not in REACHED[target]:
            key = (target, str(name))
            if key not in self.seen:
                self.seen[key] = self.shown(RESOURCES[target], found, path)
            return self.seen[key]
        if f"{target}/{name}" in path or len(path) > GREATEST_DEPTH:
            return {key: found[key] for key in ("name", "title", "id_call") if key in found}
        return self.shown(RESOURCES[target], found, path)

    def children(self, record: Record, path: tuple[str, ...]) -> list[Record]:
        """The activities of a call or a message; none below an activity, which is where we came from."""
        if len(path) > 1:
            return []
        rows = self.world.activities_of(record.get("id_call") or record.get("name"))
        return [self.shown(RESOURCES["activities"], row, path) for row in rows]

    def service(self, resource: Resource, record: Record) -> Record:
        hash_count = record["_hash"]
        system: Record = {"model": resource.name, "hash": str(hash_count) if hash_count else None}
        if resource.has_custom_fields:
            system["cfScheme"] = self.world.schemes.get(resource.name, {})
        return system


def pick(source: Any, steps: list[str], result: Record) -> None:
    """Copy one dotted field of ``source`` into ``result``."""
    head, *rest = steps
    if not isinstance(source, dict) or head not in source:
        return
    if rest and isinstance(source[head], dict):
        pick(source[head], rest, result.setdefault(head, {}))
    else:
        result[head] = source[head]
