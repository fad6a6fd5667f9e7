"""How is each record written once? Several at a time, by names that are always the same, asking before creating.

A create whose outcome is unclear is looked up by its name before anything else; an update may be repeated (contract
P2). One record that fails does not hold the others; a Daktela that fails does (W1, W4, W13, W16).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from integrations.connectors.base import Item, Rejected, Written
from integrations.connectors.daktela.client import Daktela, Refused
from integrations.connectors.daktela.listing import bulk
from integrations.connectors.daktela.models import CUSTOM, Model, alone, body, name_of
from integrations.connectors.daktela.settings import DaktelaSettings
from integrations.connectors.errors import (
    ConfigurationError,
    ConnectorError,
    RateLimited,
    RecordGone,
    RecordRejected,
    TemporaryFailure,
)

AHEAD = 8  # jobs for each thread that wait: enough to work on while whoever reads the answers stores them
GIVES_UP_AFTER = 5  # records in a row that Daktela failed over: then it is Daktela, not the record

Job = TypeVar("Job")
Settled = Written | Rejected


class Writer:
    """Writes records of one model. Threads share it."""

    def __init__(self, api: Daktela, entity: str, model: Model, settings: DaktelaSettings, zone: ZoneInfo) -> None:
        self.api = api
        self.entity = entity
        self.model = model
        self.settings = settings
        self.zone = zone
        self.there: set[str] = set()  # names that were not known to us, and exist
        self.failures = 0  # in a row
        self.has_answered = False
        self.unclear: list[Rejected] = []

    def write(self, items: Sequence[Item]) -> Iterator[Settled]:
        new = [name_of(self.entity, item.key) for item in items if not item.remote_id]
        self.there = self.existing(new)
        yield from each(self.settle, items, self.settings.parallel)
        yield from self.left()

    def retire(self, names: Sequence[str]) -> Iterator[Settled]:
        yield from each(self.retired, names, self.settings.parallel)
        yield from self.left()

    def left(self) -> Iterator[Settled]:
        """Records that Daktela failed over. If it did nothing else, that is not about the records."""
        if self.unclear and not self.has_answered:
            raise TemporaryFailure(self.unclear[0].reason)
        yield from self.unclear

    # one record

    def settle(self, item: Item) -> Settled | None:
        name = item.remote_id or name_of(self.entity, item.key)
        is_known = bool(item.remote_id) or name in self.there
        return self.judged(item.key, lambda: self.put(item, name) if is_known else self.post(item, name))

    def retired(self, name: str) -> Settled | None:
        return self.judged(name, lambda: self.gone(name))

    def judged(self, key: str, act: Callable[[], Written]) -> Settled | None:
        """What became of it; None when nobody knows yet. Raises what concerns all the others as well."""
        try:
            settled: Settled = act()
        except Refused as error:
            field, reason = error.problems[0]
            settled = Rejected(key, reason, field)
        except RecordRejected as error:
            settled = Rejected(key, str(error))
        except RateLimited:
            raise
        except TemporaryFailure as error:
            self.failures += 1
            if self.failures >= GIVES_UP_AFTER:
                raise
            self.unclear.append(Rejected(key, str(error), is_temporary=True))
            return None
        self.failures, self.has_answered = 0, True
        return settled

    def post(self, item: Item, name: str) -> Written:
        try:
            return self.create(item, name)
        except Refused as error:
            return self.taken(error, item, name)
        except RateLimited:
            raise
        except TemporaryFailure:  # it may have been made all the same, and its answer lost
            if self.existing([name]):
                self.update(name, body(item.values, self.zone, self.cleared))
                return Written(item.key, name, is_new=True)
        try:
            return self.create(item, name)
        except Refused as error:
            return self.taken(error, item, name)

    def taken(self, refused: Refused, item: Item, name: str) -> Written:
        """A name that is taken is ours: somebody made it since we looked. Any other refusal is one."""
        if all(field != "name" for field, _ in refused.problems) or not self.existing([name]):
            raise refused
        self.update(name, body(item.values, self.zone, self.cleared))
        return Written(item.key, name)

    def create(self, item: Item, name: str) -> Written:
        record = self.api.create(self.model.endpoint, self.completed(item.values) | {"name": name})
        return Written(item.key, str(record.get("name") or name), is_new=True)

    def put(self, item: Item, name: str) -> Written:
        values = body(item.values, self.zone, self.cleared)
        try:
            record = self.update(name, values)
        except RecordGone:  # somebody deleted it there, and it is ours
            return self.create(item, name)
        if self.is_marked(record) and f"{CUSTOM}{self.settings.retired_field}" not in item.values:
            self.update(name, {"customFields": {self.settings.retired_field: []}})
        return Written(item.key, name)

    def update(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        try:
            return self.api.update(self.model.endpoint, name, values)
        except RateLimited:
            raise
        except TemporaryFailure:
            return self.api.update(self.model.endpoint, name, values)

    def gone(self, name: str) -> Written:
        try:
            if self.settings.retire == "delete":
                self.api.delete(self.model.endpoint, name)
            elif self.settings.retire == "deactivate":
                self.update(name, {"customFields": {self.settings.retired_field: [self.settings.retired_value]}})
        except RecordGone:
            pass  # gone is what it should be
        return Written(name, name)

    # what Daktela needs

    def existing(self, names: Sequence[str]) -> set[str]:
        """Which of these are there, asked many names a request and several requests at once."""
        size = self.settings.names_per_request
        parts = [names[start : start + size] for start in range(0, len(names), size)]
        if len(parts) < 2:
            return set(self.found(names)) if names else set()
        with ThreadPoolExecutor(self.settings.parallel, "daktela") as threads:
            return {name for found in threads.map(self.found, parts) for name in found}

    def found(self, names: Sequence[str]) -> list[str]:
        remotes = bulk(self.api, Model(self.model.endpoint), names, len(names), ["name"])
        return [remote.remote_id for remote in remotes]

    def completed(self, values: Any) -> dict[str, Any]:
        """What is sent for a new record: it must have a database, a title, and a contact a last name."""
        values = {name: value for name, value in values.items() if value is not None}
        title = values.get("title") or " ".join(
            str(values[name]) for name in ("firstname", "lastname") if values.get(name)
        )
        needed = {"database": self.settings.database, "title": title}
        if self.entity == "contact":
            needed["lastname"] = title
        return body(needed | values, self.zone)

    @property
    def cleared(self) -> str | None:
        return "" if self.settings.cleared_value == "empty" else None

    def is_marked(self, record: dict[str, Any]) -> bool:
        """Whether it stands there as retired, although it is written: it came back."""
        custom = record.get("customFields")
        value = alone(custom.get(self.settings.retired_field)) if isinstance(custom, dict) else None
        return self.settings.retire == "deactivate" and value == self.settings.retired_value


def each(work: Callable[[Job], Settled | None], jobs: Iterable[Job], parallel: int) -> Iterator[Settled]:
    """Does `work` for every job, so many at once, and yields what came of each as it comes.

    The first error that concerns all ends it: what runs is waited for and yielded, nothing is begun, then it is raised.
    """
    todo, failures = iter(jobs), list[ConnectorError]()
    running: set[Future[Settled | None]] = set()

    def done(job: Job) -> Settled | None:
        try:
            return None if failures else work(job)
        except (TemporaryFailure, ConfigurationError) as error:
            failures.append(error)
            return None

    with ThreadPoolExecutor(parallel, "daktela") as threads:
        try:
            while True:
                more = () if failures else islice(todo, AHEAD * parallel - len(running))
                running |= {threads.submit(done, job) for job in more}
                if not running:
                    break
                ready, running = wait(running, return_when=FIRST_COMPLETED)
                yield from (settled for future in ready if (settled := future.result()))
        finally:
            for future in running:
                future.cancel()
    if failures:
        raise failures[0]
