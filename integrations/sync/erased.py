"""Who asked to be forgotten? What a page brings is held against the suppression list, in one query (contract X1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from crm.models import Suppression
from integrations.models import Connection
from integrations.sync.ours import Field

KINDS = {"phones": "number", "phone": "number", "emails": "email", "email": "email"}  # of fields, an admin's as well
REASON = "This person asked to be erased, so nothing of them is taken again."


class Erased:
    """Of the records of one page: `has` says who is erased, `without` takes an erased number or address out."""

    def __init__(
        self,
        connection: Connection,
        entity: str,
        fields: Mapping[str, Field],
        records: Iterable[tuple[str, Mapping[str, Any]]],
    ) -> None:
        self.is_anybody = Suppression.objects.exists()
        if not self.is_anybody:
            return
        rows = list(records)
        self.kinds = {name: KINDS[field.kind] for name, field in fields.items() if field.kind in KINDS}
        told: dict[str, set[str]] = {"number": set(), "email": set()}
        for _, values in rows:
            for name in self.kinds.keys() & values.keys():
                told[self.kinds[name]].update(map(_known_by, _several(values[name])))
        among = Suppression.objects.among
        self.remote_ids = among(f"remote:{connection.slug}:{entity}", [remote_id for remote_id, _ in rows])
        self.gone = {kind: among(kind, known - {""}) for kind, known in told.items()}

    def has(self, remote_id: str, values: Mapping[str, Any]) -> bool:
        """Known by the id over there, or, as somebody new, by a number or an address."""
        return self.is_anybody and (remote_id in self.remote_ids or self.without(values) != values)

    def is_known(self, remote_id: str) -> bool:
        return self.is_anybody and remote_id in self.remote_ids

    def without(self, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The same values without what an erased person was known by; for a record that is not theirs."""
        if not self.is_anybody or not any(self.gone.values()):
            return values
        kept = dict(values)
        for name in self.kinds.keys() & kept.keys():
            gone = self.gone[self.kinds[name]]
            left = [one for one in _several(kept[name]) if _known_by(one) not in gone]
            kept[name] = left if isinstance(kept[name], list) else "".join(left)
        return kept


def _several(value: Any) -> list[str]:
    return value if isinstance(value, list) else [str(value)] if value else []


def _known_by(one: str) -> str:
    """A number without its extension; an address as it is."""
    return one.partition(";ext=")[0]
