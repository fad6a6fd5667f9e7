"""Who asked to be forgotten? What a page brings is held against the suppression list, in one query (contract X1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crm.models import Suppression
from integrations.mapping import PHONE
from integrations.models import Connection
from integrations.sync.reachable import all_numbers

REASON = "This person asked to be erased, so nothing of them is taken again."


class Erased:
    """Of the records of one page: `has` says who is erased, `without` takes an erased number or address out."""

    def __init__(self, connection: Connection, entity: str, records: Iterable[tuple[str, Mapping[str, Any]]]) -> None:
        self.is_anybody = Suppression.objects.exists()
        if not self.is_anybody:
            return
        rows = list(records)
        names = {name for _, values in rows for name in values if name.startswith(PHONE)}
        among = Suppression.objects.among
        self.remote_ids = among(f"remote:{connection.slug}:{entity}", [remote_id for remote_id, _ in rows])
        self.numbers = among("number", {one for _, values in rows for one in all_numbers(values, names)})
        self.emails = among("email", {one for _, values in rows for one in values.get("email") or ()})

    def has(self, remote_id: str, values: Mapping[str, Any]) -> bool:
        """Known by the id over there, or, as somebody new, by a number or an address."""
        return self.is_anybody and (remote_id in self.remote_ids or self.without(values) != values)

    def is_known(self, remote_id: str) -> bool:
        return self.is_anybody and remote_id in self.remote_ids

    def without(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same values without what an erased person was known by; for a record that is not theirs."""
        if not self.is_anybody or not (self.numbers or self.emails):
            return values
        kept = dict(values)
        for name in kept:
            if name.startswith(PHONE):
                kept[name] = [one for one in kept[name] if one.partition(";ext=")[0] not in self.numbers]
            elif name == "email":
                kept[name] = [one for one in kept[name] if one not in self.emails]
        return kept
