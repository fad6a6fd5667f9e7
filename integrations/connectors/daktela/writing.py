"""How is each record written once? Several at a time, by names that are always the same, asking before creating.

A create whose outcome is unclear is looked up by its name before anything else; an update may be repeated (contract
P2). One record that fails does not hold the others; a Daktela that fails does (W1, W4, W13, W16).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice, zip_longest
from queue import SimpleQueue
from threading import Lock
from typing import Any
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

Settled = Written | Rejected
Job = Callable[[], Settled | None]


class Writer:
    """Writes records of one model. Threads share it."""

    def __init__(self, api: Daktela, entity: str, model: Model, settings: DaktelaSettings, zone: ZoneInfo) -> None:
        self.api = api
        self.entity = entity
        self.model = model
        self.settings = settings
        self.zone = zone
        self.failures = 0  # in a row
        self.has_answered = False
        self.unclear: list[Rejected] = []

    def write(self, items: Sequence[Item]) -> Iterator[Settled]:
        yield from each(self.jobs(items), self.settings.parallel)
        yield from self.left()

    def retire(self, names: Sequence[str]) -> Iterator[Settled]:
        yield from each((partial(self.retired, name) for name in names), self.settings.parallel)
        yield from self.left()

    def jobs(self, items: Sequence[Item]) -> Iterator[Job]:
        """Which of the new ones are there already is asked for the next part while others are written."""
        new, size = [item for item in items if not item.remote_id], self.settings.names_per_request
        looks = [Look(self, new[start : start + size]) for start in range(0, len(new), size)]
        for look in looks[:1]:  # at once, while nothing else is under way
            look.ask()
        yield from (partial(self.settle, item, item.remote_id) for item in items if item.remote_id)
        for look, following in zip_longest(looks, looks[1:]):
            if following:
                yield following.ask
            yield from (partial(self.looked_up, item, look) for item in look.items)

    def left(self) -> Iterator[Settled]:
        """Records that Daktela failed over. If it did nothing else, that is not about the records."""
        if self.unclear and not self.has_answered:
            raise TemporaryFailure(self.unclear[0].reason)
        yield from self.unclear

    # one record

    def settle(self, item: Item, name: str) -> Settled | None:
        return self.judged(item.key, lambda: self.put(item, name))

    def looked_up(self, item: Item, look: Look) -> Settled | None:
        name = name_of(self.entity, item.key)
        act = self.put if look.has(name) else self.post
        return self.judged(item.key, lambda: act(item, name))

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
        """Which of these are there, in one request."""
        remotes = bulk(self.api, Model(self.model.endpoint), names, len(names), ["name"])
        return {remote.remote_id for remote in remotes}

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


class Look:
    """Which of some new items are there already: asked once, by whoever comes first; the others wait for his answer."""

    def __init__(self, writer: Writer, items: Sequence[Item]) -> None:
        self.writer, self.items = writer, items
        self.asking = Lock()
        self.there: Future[set[str]] = Future()

    def ask(self) -> None:
        """Raises what the asking raised."""
        if self.asking.acquire(blocking=False):
            try:
                names = [name_of(self.writer.entity, one.key) for one in self.items]
                self.there.set_result(self.writer.existing(names))
            except Exception as error:
                self.there.set_exception(error)
        self.there.result()

    def has(self, name: str) -> bool:
        """Does not count on somebody having asked: a failure elsewhere may have kept him from it."""
        self.ask()
        return name in self.there.result()


def each(jobs: Iterable[Job], parallel: int) -> Iterator[Settled]:
    """Does all jobs, begun in their order, so many at once, and yields what came of each as it comes.

    The first error that concerns all ends it: what runs is waited for and yielded, nothing is begun, then it is raised.
    """
    todo, failures = iter(jobs), list[ConnectorError]()

    def done(job: Job) -> Settled | None:
        try:
            return None if failures else job()
        except (TemporaryFailure, ConfigurationError) as error:
            failures.append(error)
            return None

    with ThreadPoolExecutor(parallel, "daktela") as threads:
        try:
            running, ready = 0, SimpleQueue[Future[Settled | None]]()
            while True:
                for job in () if failures else islice(todo, AHEAD * parallel - running):
                    threads.submit(done, job).add_done_callback(ready.put)
                    running += 1
                if not running:
                    break
                settled, running = ready.get().result(), running - 1
                if settled:
                    yield settled
        finally:
            threads.shutdown(cancel_futures=True)
    if failures:
        raise failures[0]
