"""Which numbers and addresses do records get, and which do they lose? A page of them at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from crm import phones
from crm.models import EmailAddress, PhoneNumber
from integrations.mapping import PHONE
from integrations.sync.bulk import copy
from integrations.sync.ours import Ext, Field
from integrations.sync.records import by_owner

NUMBER = tuple[str, str]  # as it is compared, and its extension


class Wanted(NamedTuple):
    """A number as it is to stand: its kind, and the admin's field it is the value of."""

    kind: str
    written: str
    custom_field_id: int | None = None


class Reach:
    """The numbers and addresses of records of one entity."""

    def __init__(self, entity: str, known: Mapping[str, Field]) -> None:
        self.entity, self.known = entity, known
        self.kinds = {name: name[len(PHONE) :] for name in known if name.startswith(PHONE)}
        self.fields = {name: field.custom_field_id for name, field in known.items() if field.kind == "phone"}

    def add(self, records: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
        """For records that have none yet."""
        rows, addresses = [], []
        for record_id, values in records:
            for (number, extension), wanted in self.wanted(values).items():
                rows.append(self._row(record_id, number, extension, wanted))
            addresses += [(record_id, address) for address in values.get("email") or ()]
        self._copy(rows, addresses)

    def replace(self, changes: Mapping[int, Mapping[str, Any]]) -> None:
        """The lists that a change names are what it says; other kinds, and other fields' numbers, stay."""
        names = self.kinds.keys() | self.fields.keys()
        self._replace_numbers({key: value for key, value in changes.items() if names & value.keys()})
        self._replace_addresses({key: value["email"] for key, value in changes.items() if "email" in value})

    def wanted(self, values: Mapping[str, Any]) -> dict[NUMBER, Wanted]:
        """Each number once; the first kind that names it has it."""
        found: dict[NUMBER, Wanted] = {}
        for name, kind in self.kinds.items():
            for one in values.get(name) or ():
                number, _, extension = one.partition(";ext=")
                if (number, extension) not in found:
                    found[number, extension] = Wanted(kind, _written(one))
        for name, field_id in self.fields.items():
            if values.get(name):
                parsed = phones.parse(str(values[name]))
                found.setdefault((parsed.key, parsed.extension), Wanted("other", parsed.raw[:64], field_id))
        found.pop(("", ""), None)
        return found

    def _row(self, record_id: int, number: str, extension: str, wanted: Wanted) -> tuple[Any, ...]:
        return (record_id, number, extension, wanted.written, wanted.kind, wanted.custom_field_id, False)

    def _copy(self, rows: list[tuple[Any, ...]], addresses: list[tuple[int, str]]) -> None:
        owner = f"{self.entity}_id"
        columns = [owner, "number", "extension", "written", "kind", "custom_field_id", "is_shared"]
        copy(PhoneNumber._meta.db_table, columns, rows)
        copy(EmailAddress._meta.db_table, [owner, "address"], addresses)

    def _replace_numbers(self, changes: Mapping[int, Mapping[str, Any]]) -> None:
        if not changes:
            return
        owner = f"{self.entity}_id"
        rows = PhoneNumber.objects.filter(**{f"{self.entity}__in": list(changes)})
        have = by_owner((row[owner], row) for row in rows.values(
            "pk", owner, "number", "extension", "kind", "custom_field_id"
        ))  # fmt: skip
        lost, moved, new = [], [], []
        for record_id, change in changes.items():
            wanted = self.wanted(change)
            for row in have.get(record_id, ()):
                there = wanted.pop((row["number"], row["extension"]), None)
                if there and row["custom_field_id"] is None and there.kind != row["kind"]:
                    moved.append(PhoneNumber(pk=row["pk"], kind=there.kind))
                elif not there and self._is_named(row, change):
                    lost.append(row["pk"])
            new += [self._row(record_id, *number, one) for number, one in wanted.items()]
        PhoneNumber.objects.filter(pk__in=lost).delete()
        PhoneNumber.objects.bulk_update(moved, ["kind"])
        self._copy(new, [])

    def _is_named(self, row: Mapping[str, Any], change: Mapping[str, Any]) -> bool:
        """Whether this number is one of those that the change speaks of."""
        if row["custom_field_id"] is None:
            return f"{PHONE}{row['kind']}" in change
        return any(self.known[name].custom_field_id == row["custom_field_id"] for name in change if name in self.known)

    def _replace_addresses(self, changes: Mapping[int, list[str]]) -> None:
        if not changes:
            return
        owner = f"{self.entity}_id"
        rows = EmailAddress.objects.filter(**{f"{self.entity}__in": list(changes)})
        have = by_owner((row[0], row[1:]) for row in rows.values_list(owner, "pk", "address"))
        lost, new = [], []
        for record_id, wanted in changes.items():
            kept = {address.lower(): address for address in wanted}
            for key, address in have.get(record_id, ()):
                if kept.pop(address.lower(), None) is None:
                    lost.append(key)
            new += [(record_id, address) for address in kept.values()]
        EmailAddress.objects.filter(pk__in=lost).delete()
        self._copy([], new)


def _written(one: str) -> str:
    return one.written if isinstance(one, Ext) else one.replace(";ext=", " ext. ")[:64]


def all_numbers(values: Mapping[str, Any], names: Iterable[str]) -> Iterator[str]:
    """The numbers in these fields, without extensions: what people are known by."""
    for name in names:
        for one in values.get(name) or ():
            yield one.partition(";ext=")[0] if ";" in one else one
