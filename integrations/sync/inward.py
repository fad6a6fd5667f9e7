"""How does a page of theirs become records of ours? Known by its digest, mapped, settled, written: a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson
from django.db import DataError, IntegrityError, transaction
from django.db import connection as database
from psycopg import sql

from crm.models import OwnedField
from integrations.crash import crash_point
from integrations.mapping import PHONE, Problem
from integrations.models import Entity, RemoteLink, Stream, SyncRun
from integrations.sync import belonging, late, ours, quarantine, records, settle
from integrations.sync.erased import Erased
from integrations.sync.quarantine import Failed
from integrations.sync.reachable import all_numbers
from integrations.sync.reading import Reader, Ready
from integrations.sync.store import Edited, Made, Store, keep_changes

LINKS = """
select remote_id, id, state, {} from integrations_remotelink
where connection_id = %s and entity = %s and remote_id in (select jsonb_array_elements_text(%s::jsonb))
"""
NAMELESS: dict[str, tuple[str, ...]] = {Entity.CONTACT: ("first_name", "last_name"), Entity.ACCOUNT: ("name",)}


@dataclass
class Outcome:
    """What becomes of some records; nothing is written yet."""

    made: list[Made] = field(default_factory=list)
    edited: list[Edited] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    refused: int = 0

    def numbers(self, names: Sequence[str]) -> Iterator[str]:
        """Every number that is written into these fields."""
        for made in self.made:
            yield from all_numbers(made.values, names)
        for edited in self.edited:
            if edited.changes:
                yield from all_numbers(edited.changes, names)


class Inward(Reader):
    """One run's way inward. The mapping is read and compiled when the first record needs it."""

    accounts: Mapping[str, int] = {}  # ours by their remote ids, of the page in hand
    has_failed = False
    has_written = False

    def __init__(self, stream: Stream, run: SyncRun) -> None:
        super().__init__(stream)
        self.run = run

    @cached_property
    def wanted(self) -> dict[str, ours.Field]:
        return {name: self.known[name] for name in self.rules.modes}

    @cached_property
    def number_names(self) -> list[str]:
        return [name for name in self.wanted if name.startswith(PHONE)]

    @cached_property
    def owned(self) -> dict[str, set[str]]:
        """By master, what is not ours to write into its records: each field has one owner (contract C1)."""
        rows = OwnedField.objects.filter(record=self.entity).exclude(master=self.connection.slug)
        found: dict[str, set[str]] = {}
        for master, name in rows.values_list("master", "field"):
            found.setdefault(master, set()).add(name)
        return found

    @cached_property
    def whose(self) -> dict[str, dict[str, int]]:
        """The teams and owners that the mapping may name."""
        return belonging.ids(self.wanted)

    # settling

    def settle(self, ready: Sequence[Ready], *, is_locked: bool = True) -> Outcome:
        """Held against ours; the rows it reads stay ours until the end of the transaction, unless it is a dry run."""
        links = self._links([one.remote_id for one in ready])
        ids = [link["record"] for link in links.values() if link["record"]]
        now = records.states(self.entity, ids, self.wanted, self.connection, is_locked=is_locked) if ids else {}
        told = ((one.remote_id, one.mapped.values) for one in ready)
        erased = Erased(self.connection, self.entity, self.wanted, told)
        outcome = Outcome()
        for one in ready:
            link = links.get(one.remote_id)
            if erased.is_known(one.remote_id) or (link is None and erased.has(one.remote_id, one.mapped.values)):
                outcome.refused += 1
                continue
            values = self._checked(one, outcome)
            if link and link["record"] in now:
                self._settle_known(one, erased.without(values), link, now[link["record"]], outcome)
            elif link is None or link["state"] == RemoteLink.State.GONE:
                self._settle_new(one, values, link, outcome)
            else:
                outcome.edited.append(Edited(one.remote_id, 0, link["pk"], {}, {}, one.digest))
        return outcome

    def _links(self, remote_ids: list[str]) -> dict[str, dict[str, Any]]:
        with database.cursor() as cursor:
            cursor.execute(
                sql.SQL(LINKS).format(sql.Identifier(f"{self.entity}_id")),
                [self.connection.pk, self.entity, orjson.dumps(remote_ids).decode()],
            )
            return {
                name: {"pk": key, "state": state, "record": record} for name, key, state, record in cursor.fetchall()
            }

    def _checked(self, one: Ready, outcome: Outcome) -> dict[str, Any]:
        """What can be written; what cannot is quarantined, field by field, and the rest goes on."""
        for name, reason in one.mapped.problems[:1]:
            outcome.failed.append(Failed(one.remote_id, reason, name, digest=one.digest))
        values = one.mapped.values
        account = values.get("account")
        if account and account not in self.accounts:
            reason = f"Its account {account[:60]} is not here yet."
            outcome.failed.append(Failed(one.remote_id, reason, "account", digest=one.digest))
            values = {name: value for name, value in values.items() if name != "account"}
        return values

    def _settle_new(self, one: Ready, values: Mapping[str, Any], link: Any, outcome: Outcome) -> None:
        made = settle.made(values, one.mapped.defaults)
        if problem := self._problem_of_new(made):
            outcome.failed.append(Failed(one.remote_id, problem.reason, problem.field, digest=one.digest))
            outcome.refused += 1
            return
        outcome.made.append(Made(one.remote_id, made, self._digest(one, values), link["pk"] if link else None))

    def _problem_of_new(self, made: Mapping[str, Any]) -> Problem | None:
        """Why it cannot be made: it has no name, or nobody can say who may see it."""
        if not any(made.get(name) for name in NAMELESS[self.entity]):
            reason = "It has no name." if self.entity == Entity.ACCOUNT else "It has neither a first nor a last name."
            return Problem(NAMELESS[self.entity][-1], reason)
        if "team" in self.rules.modes and not made.get("team"):
            return Problem("team", "It is of none of our teams, so it is not taken: everybody would see it.")
        return None

    def _settle_known(
        self, one: Ready, values: Mapping[str, Any], link: Any, now: Mapping[str, Any], outcome: Outcome
    ) -> None:
        changes = settle.changes(now, values, self.rules.modes, self.owned.get(now["master"], ()))
        if self._would_lose_its_name(now, changes):
            outcome.failed.append(Failed(one.remote_id, "It would lose its name.", digest=one.digest))
            changes = {name: value for name, value in changes.items() if name not in NAMELESS[self.entity]}
        outcome.edited.append(
            Edited(
                one.remote_id, link["record"], link["pk"], changes, {name: now.get(name) for name in changes},
                self._digest(one, values), is_back=link["state"] != "live" and now["hidden_at"] is not None,
            )
        )  # fmt: skip

    def _would_lose_its_name(self, now: Mapping[str, Any], changes: Mapping[str, Any]) -> bool:
        names = NAMELESS[self.entity]
        return any(name in changes for name in names) and not any(changes.get(name, now.get(name)) for name in names)

    def _digest(self, one: Ready, values: Mapping[str, Any]) -> bytes | None:
        """None for what was not taken whole: the same bytes are looked at again."""
        return one.digest if values is one.mapped.values and not one.mapped.problems else None

    # writing

    def find_accounts(self, ready: Sequence[Ready]) -> None:
        names = {one.mapped.values.get("account") or "" for one in ready} - {""}
        self.accounts = records.ours(self.connection, Entity.ACCOUNT, list(names)) if names else {}

    def write(self, ready: Sequence[Ready]) -> None:
        """In the transaction of the page. Records that the database refuses are found by halving (contract C6)."""
        if not ready:
            return
        self.find_accounts(ready)
        try:
            with transaction.atomic():
                outcome = self.settle(ready)
                self._store(outcome)
        except (DataError, IntegrityError) as error:
            self._halve(ready, error)
        else:
            crash_point("carry-before-commit")
            self._count(outcome)

    def _halve(self, ready: Sequence[Ready], error: Exception) -> None:
        if len(ready) > 1:
            middle = len(ready) // 2
            self.write(ready[:middle])
            self.write(ready[middle:])
            return
        reason = f"The database refuses it ({type(error.__cause__ or error).__name__})."
        quarantine.keep(self.stream, self.run, [Failed(ready[0].remote_id, reason, digest=ready[0].digest)])
        self.run.rejected += 1
        self.has_failed = True

    def _store(self, outcome: Outcome) -> None:
        accounts = {"account": self.accounts} if "account" in self.wanted else {}
        store = Store(self.connection, self.entity, self.known, accounts | self.whose)
        store.make(outcome.made)
        store.edit(outcome.edited)
        late.adopt(outcome.numbers(self.number_names))
        keep_changes(self.run, outcome.made, outcome.edited, store.moment)
        quarantine.keep(self.stream, self.run, outcome.failed)
        if self.has_quarantined:
            failed = {one.key for one in outcome.failed}
            written = {one.remote_id for one in outcome.made} | {one.remote_id for one in outcome.edited}
            quarantine.heal(self.stream, list(written - failed))

    @cached_property
    def has_quarantined(self) -> bool:
        return quarantine.open_ones(self.stream).exists()

    def _count(self, outcome: Outcome) -> None:
        run, changed = self.run, sum(bool(one.changes or one.is_back) for one in outcome.edited)
        run.created += len(outcome.made)
        run.updated += changed
        run.unchanged += len(outcome.edited) - changed
        run.rejected += outcome.refused
        self.has_failed |= bool(outcome.failed)
        self.has_written |= bool(outcome.made or changed)
