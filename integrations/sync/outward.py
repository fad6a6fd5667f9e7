"""How do records of ours become records of theirs? Mapped, known by what was sent last, written, and remembered."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import orjson

from crm.models import OwnedField
from integrations.connectors.base import Item, Rejected, Source, Target, Written
from integrations.connectors.errors import ConnectorError
from integrations.crash import crash_point
from integrations.mapping import Rules, outward
from integrations.models import Stream, SyncRun
from integrations.sync import deletions, ours, quarantine, records, running, sent
from integrations.sync.beside import beside
from integrations.sync.quarantine import Failed

BATCH, BATCH_SECONDS = 100, 1.0  # answers are kept at least so often


@dataclass(frozen=True, slots=True)
class Ready:
    """What a record of ours is over there. `link` is its RemoteLink's values, None when it was never there."""

    record_id: int
    item: Item
    digest: bytes
    link: Mapping[str, Any] | None
    failed: tuple[Failed, ...] = ()


class Outward:
    """One run's way outward."""

    has_failed = False

    def __init__(self, stream: Stream, run: SyncRun) -> None:
        self.stream, self.run = stream, run
        self.connection, self.entity = stream.connection, stream.entity

    @cached_property
    def known(self) -> dict[str, ours.Field]:
        return ours.fields(self.entity)

    @cached_property
    def rules(self) -> Rules:
        """What this connection is the owner of is not sent to it (contract C1)."""
        owned = OwnedField.objects.filter(record=self.entity, master=self.connection.slug).values_list("field")
        rows = self.stream.mappings.filter(suspended_reason="")
        return ours.rules(self.stream, self.known, rows.exclude(ours__in=owned))

    @cached_property
    def wanted(self) -> dict[str, ours.Field]:
        return {name: self.known[name] for name in self.rules.modes}

    # what would be sent

    def ready(self, ids: Sequence[int]) -> list[Ready]:
        """These records as they are now, in the order of their ids; hidden ones are left out."""
        now = records.states(self.entity, ids, self.wanted, self.connection)
        links, keys = sent.links(self.connection, self.entity, ids), sent.keys(self.entity, ids)
        return [
            self._ready(record_id, row, links.get(record_id), keys.get(record_id, f"own:{record_id}"))
            for record_id, row in now.items()
            if row["hidden_at"] is None
        ]

    def _ready(self, record_id: int, row: dict[str, Any], link: Mapping[str, Any] | None, key: str) -> Ready:
        failed = []
        if row.get("account_id") and not row["account"]:
            del row["account"]
            failed.append(Failed(str(record_id), "Its account is not there yet.", "account"))
        mapped = outward(self.rules, row)
        failed += [Failed(str(record_id), reason, name, is_final=True) for name, reason in mapped.problems]
        values = mapped.values if link and link["state"] == "live" else mapped.defaults | mapped.values
        item = Item(key, values, link["remote_id"] if link else None)
        return Ready(record_id, item, digest(mapped.values), link, tuple(failed))

    def unsent(self, ready: Iterable[Ready]) -> list[Ready]:
        """Without what is there already, and what was refused exactly so (contract P4)."""
        refused = self.refused
        return [
            one
            for one in ready
            if not (one.link and one.link["state"] == "live" and one.link["sent"] == one.digest)
            and refused.get(str(one.record_id)) != one.digest
        ]

    @cached_property
    def refused(self) -> dict[str, bytes]:
        rows = quarantine.open_ones(self.stream).exclude(digest=None).values_list("key", "digest")
        return {key: bytes(value) for key, value in rows}

    # sending

    def there(self, ready: Sequence[Ready], connector: Target) -> dict[str, Mapping[str, Any]]:
        """What stands over there now, of what is known there; nothing where it cannot be read."""
        names = [one.item.remote_id for one in ready if one.item.remote_id]
        if not names or not isinstance(connector, Source):
            return {}
        return {remote.remote_id: remote.values for remote in connector.fetch(self.entity, names)}

    def beside(self, ready: Sequence[Ready], connector: Target) -> Sequence[Ready]:
        """Of the values, those that are written: what stands there is read where a row wants to know."""
        if not self.rules.careful:
            return ready
        there = self.there(ready, connector)
        return [self.held(one, there.get(one.item.remote_id or "")) for one in ready]

    def held(self, one: Ready, there: Mapping[str, Any] | None) -> Ready:
        """Its values beside what stands there; all of them where nothing does."""
        if there is None or not self.rules.careful:
            return one
        return replace(one, item=replace(one.item, values=beside(self.rules.careful, one.item.values, there)))

    def send(self, ready: Sequence[Ready], connector: Target) -> None:
        """Writes them; what was answered is kept even when the connector then raises."""
        for _ in self.sending(ready, connector):
            pass

    def sending(self, ready: Sequence[Ready], connector: Target) -> Iterator[None]:
        """The same; gives a moment away whenever answers are kept, while others are on their way."""
        ready = self.beside(ready, connector)
        by_key = {one.item.key: one for one in ready}
        crash_point("push-before-send")
        answers = connector.write(self.entity, [one.item for one in ready]) if ready else iter(())
        for batch in batches(answers):
            self._keep([(by_key[answer.key], answer) for answer in batch], connector)
            yield

    def _keep(self, answers: list[tuple[Ready, Written | Rejected]], connector: Target) -> None:
        crash_point("push-before-links")
        written = [(one, answer) for one, answer in answers if isinstance(answer, Written)]
        failed = [failure for one, _ in written for failure in one.failed] + [
            Failed(str(one.record_id), answer.reason, answer.field, not answer.is_temporary, one.digest)
            for one, answer in answers
            if isinstance(answer, Rejected)
        ]
        with running.page(self.stream, self.run):
            sent.keep(self.connection, self.entity, [
                (one.link, answer.remote_id, one.record_id, None if one.failed else one.digest)
                for one, answer in written
            ])  # fmt: skip
            sent.remember(self.run, [(one.record_id, answer, one.item.values) for one, answer in written])
            quarantine.keep(self.stream, self.run, failed)
            if self.has_quarantined:
                quarantine.heal(self.stream, [str(one.record_id) for one, _ in written if not one.failed])
            self._count([answer for _, answer in answers], connector)
        crash_point("push-after-links")
        self.has_failed |= bool(failed)
        self.has_quarantined |= bool(failed)

    def _count(self, answers: Sequence[Written | Rejected], connector: Target) -> None:
        run = self.run
        run.created += sum(isinstance(one, Written) and one.is_new for one in answers)
        run.updated += sum(isinstance(one, Written) and not one.is_new for one in answers)
        run.rejected += sum(isinstance(one, Rejected) for one in answers)
        run.requests = getattr(connector.access.pace, "requests", 0)

    @cached_property
    def has_quarantined(self) -> bool:
        return quarantine.open_ones(self.stream).exists()

    # what is gone here

    def retire(self, links: Sequence[Mapping[str, Any]], connector: Target) -> None:
        """Does over there what the connection says is done with what is gone. Raises NeedsPerson when it is much."""
        if not links:
            return
        deletions.ask(self.stream, self.run, len(links))
        by_name = {link["remote_id"]: link for link in links}
        if self.stream.gone == Stream.Gone.KEEP:
            answers: Iterator[Written | Rejected] = iter([Written(name, name) for name in by_name])
        else:
            answers = connector.retire(self.entity, list(by_name))
        for batch in batches(answers):
            crash_point("retire-before-links")
            with running.page(self.stream, self.run):
                self._keep_retired([(by_name[answer.key], answer) for answer in batch])

    def _keep_retired(self, answers: list[tuple[Mapping[str, Any], Written | Rejected]]) -> None:
        """What failed for now keeps its link: the quarantine tries it again; without a record, the next run does."""
        gone = [link for link, answer in answers if isinstance(answer, Written)]
        refused = [(link, answer) for link, answer in answers if isinstance(answer, Rejected)]
        for_good = [link for link, answer in refused if not answer.is_temporary]
        sent.retired(self.run, [*gone, *for_good])
        quarantine.keep(self.stream, self.run, [
            Failed(str(link["record"] or answer.key), answer.reason, answer.field, is_final=not answer.is_temporary)
            for link, answer in refused
            if link["record"] or not answer.is_temporary
        ])  # fmt: skip
        quarantine.heal(self.stream, [str(link["record"]) for link in gone])
        self.run.deleted += len(gone)
        self.run.rejected += len(refused)
        self.has_failed |= bool(refused)


def batches(answers: Iterator[Any]) -> Iterator[list[Any]]:
    """Answers as they come, a few at a time. What came before an error of the connector is given out before it."""
    batch: list[Any] = []
    since = time.monotonic()
    try:
        for answer in answers:
            batch.append(answer)
            if len(batch) >= BATCH or time.monotonic() - since > BATCH_SECONDS:
                yield batch
                batch, since = [], time.monotonic()
    except ConnectorError as error:
        if batch:
            yield batch
        raise error
    if batch:
        yield batch


def digest(values: Mapping[str, Any]) -> bytes:
    """Of what is sent to a record that is there: the same is not sent twice (contract C10)."""
    return hashlib.blake2b(orjson.dumps(values, option=orjson.OPT_SORT_KEYS, default=str), digest_size=16).digest()
