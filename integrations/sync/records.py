"""How do our records stand now, in the words of a mapping? Many at once, in a handful of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm.models import EmailAddress, PhoneNumber
from integrations.mapping import CUSTOM, PHONE
from integrations.models import Connection, Entity, RemoteLink
from integrations.sync import belonging
from integrations.sync.ours import RECORDS, Field

ALWAYS = ("pk", "master", "changed_at", "hidden_at", "custom")


def states(
    entity: str, ids: Iterable[int], wanted: Mapping[str, Field], connection: Connection, *, is_locked: bool = False
) -> dict[int, dict[str, Any]]:
    """The `wanted` fields of these records, and beside them `master`, `hidden_at` and `changed_at`.

    `is_locked` keeps the rows for us until the end of the transaction. An account is told by its id over there.
    """
    columns = [name for name, field in wanted.items() if field.is_column]
    names = ["first_name", "last_name"] if "name" in wanted and entity == Entity.CONTACT else []
    accounts = ["account_id"] if "account" in wanted else []
    whose = {name: f"{name}__{key}" for name, (_, key) in belonging.NAMED.items() if name in wanted}
    rows = RECORDS[entity].objects.filter(pk__in=list(ids)).order_by("pk")
    rows = rows.select_for_update(of=("self",)) if is_locked else rows
    found = {row["pk"]: row for row in rows.values(*{*ALWAYS, *columns, *names, *accounts, *whose.values()})}
    for row in found.values():
        row.update({name: row.pop(path) or "" for name, path in whose.items()})
        _add_computed(row, wanted)
    _add_lists(found, entity, wanted)
    if accounts:
        _add_accounts(found, connection)
    return found


def _add_computed(row: dict[str, Any], wanted: Mapping[str, Field]) -> None:
    custom = row.pop("custom")
    row.update({name: custom.get(name.removeprefix(CUSTOM), "") for name in wanted if name.startswith(CUSTOM)})
    if "name" in wanted and "name" not in row:
        row["name"] = f"{row['first_name']} {row['last_name']}".strip()


def _add_lists(found: dict[int, dict[str, Any]], entity: str, wanted: Mapping[str, Field]) -> None:
    kinds = {name.removeprefix(PHONE) for name in wanted if name.startswith(PHONE)}
    for row in found.values():
        row.update({name: [] for name, field in wanted.items() if field.is_list})
    if kinds:
        for owner, kind, number in numbers(entity, found, kinds):
            found[owner][f"{PHONE}{kind}"].append(number)
    if "email" in wanted:
        rows = EmailAddress.objects.filter(**{f"{entity}__in": list(found)}).order_by("pk")
        for owner, address in rows.values_list(f"{entity}_id", "address"):
            found[owner]["email"].append(address)


def numbers(entity: str, ids: Iterable[int], kinds: Iterable[str]) -> Iterable[tuple[int, str, str]]:
    """Owner, kind and number of what is kept as a number alone: those of an admin's own fields are left out."""
    rows = PhoneNumber.objects.filter(**{f"{entity}__in": list(ids)}, kind__in=list(kinds), custom_field=None)
    for owner, kind, number, extension in rows.order_by("pk").values_list(
        f"{entity}_id", "kind", "number", "extension"
    ):
        yield owner, kind, spelled(number, extension)


def spelled(number: str, extension: str) -> str:
    return f"{number};ext={extension}" if extension else number


def _add_accounts(found: dict[int, dict[str, Any]], connection: Connection) -> None:
    ids = {row["account_id"] for row in found.values() if row["account_id"]}
    theirs = remote_ids(connection, Entity.ACCOUNT, ids) if ids else {}
    for row in found.values():
        row["account"] = theirs.get(row["account_id"], "")


def remote_ids(connection: Connection, entity: str, ids: Iterable[int]) -> dict[int, str]:
    """What our records are called over there."""
    links = RemoteLink.objects.filter(connection=connection, entity=entity, **{f"{entity}__in": list(ids)})
    return dict(links.values_list(f"{entity}_id", "remote_id"))


def ours(connection: Connection, entity: str, remote_ids: Sequence[str]) -> dict[str, int]:
    """Which of ours these are; who is not known, or deleted here, is left out."""
    links = RemoteLink.objects.filter(connection=connection, entity=entity, remote_id__in=remote_ids)
    return dict(links.exclude(**{entity: None}).values_list("remote_id", f"{entity}_id"))


def by_owner(rows: Iterable[tuple[int, Any]]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = defaultdict(list)
    for owner, value in rows:
        grouped[owner].append(value)
    return grouped
