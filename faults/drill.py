"""How is one row run? Something is stirred, something breaks, and then everything must come to the same again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import Error as DatabaseError
from django.db import connections

from crm.models import Queue, User
from faults.judge import Verdict, verdict
from faults.product import Product
from faults.worlds import AGENTS, HOOK, PEOPLE_IN, PEOPLE_OUT, QUEUE, TOKEN, Worlds
from integrations.clock import now
from integrations.models import (
    ActivityCopy,
    Agent,
    Connection,
    Direction,
    Entity,
    FieldMapping,
    RecordFailure,
    Stream,
    SyncRun,
    WebhookEvent,
)  # fmt: skip

QUIET_SECONDS = 120.0  # at the most, from the last stir to the same in all three systems
LOOK_SECONDS = 0.3


class Drill:
    """A running Callroom between a Dynamics and a Daktela, with everything set up as an admin would."""

    def __init__(self, product: Product, worlds: Worlds) -> None:
        self.product = product
        self.worlds = worlds
        self.set_up()

    def set_up(self) -> None:
        made = Connection.objects.create
        self.dynamics = made(
            slug="people", title="Dynamics", connector="dynamics", origin=self.worlds.dynamics.url, **self.secrets()
        )
        self.daktela = made(
            slug="calls",
            title="Daktela",
            connector="daktela",
            origin=self.worlds.daktela.url,
            credentials={"token": TOKEN},
            settings={"rate_per_second": 500},
            webhook_keys=[hashlib.sha256(HOOK.encode()).hexdigest()],
        )
        for name in AGENTS:
            Agent.objects.create(
                connection=self.daktela, user=User.objects.create(username=name, name=name.title()), remote_user=name
            )
        Queue.objects.create(slug=str(QUEUE), title="Support", source=self.daktela.slug, country="CZ")
        self.streams = [
            self.stream(self.dynamics, Entity.CONTACT, Direction.INWARD, PEOPLE_IN),
            self.stream(self.daktela, Entity.CONTACT, Direction.OUTWARD, PEOPLE_OUT),
            self.stream(self.daktela, Entity.ACTIVITY, Direction.INWARD, {}),
        ]
        self.hook = f"{self.product.url}/hooks/{self.daktela.slug}/"
        self.worlds.daktela.events.configure(self.hook, HOOK, HINT)

    def secrets(self) -> dict[str, Any]:
        known = self.worlds.dynamics.settings
        return {
            "credentials": {"client_secret": known["client_secret"]},
            "settings": {key: value for key, value in known.items() if key != "client_secret"},
        }

    def stream(self, connection: Any, entity: str, direction: str, fields: dict[str, str]) -> Any:
        stream = Stream.objects.create(
            connection=connection, entity=entity, direction=direction, is_enabled=True, every_minutes=1, due_at=now()
        )
        for place, (ours, theirs) in enumerate(fields.items()):
            FieldMapping.objects.create(stream=stream, ours=ours, theirs=theirs, position=place)
        return stream

    HOUR = timedelta(hours=1)

    # one row

    def run(self, breaks: Callable[[Drill], object]) -> tuple[Verdict, float]:
        """What is wrong in the end, and after how many seconds nothing was."""
        self.settle(QUIET_SECONDS)
        began = time.monotonic()
        breaks(self)
        self.worlds.daktela.faults.clear()
        self.worlds.dynamics.faults.clear()
        self.hurry()
        found = self.settle(QUIET_SECONDS)
        seconds = time.monotonic() - began
        if found.is_clean():
            found = self.look_again()
        return found, seconds

    def settle(self, seconds: float) -> Verdict:
        """The verdict as soon as it is clean, or what it is when the time is up."""
        deadline = time.monotonic() + seconds
        while True:
            self.product.mend()
            found = self.look()
            if found and (found.is_clean() or time.monotonic() > deadline):
                return found
            time.sleep(LOOK_SECONDS)

    def look(self) -> Verdict | None:
        """None while the database is away."""
        with suppress(DatabaseError):
            return verdict(self.worlds, self.daktela)
        connections.close_all()
        return None

    def look_again(self) -> Verdict:
        """Once more, when every stream has run once more and nothing is left to do: what comes late counts too."""
        runs = self.runs()
        Stream.objects.filter(leased_until=None).update(due_at=now())
        deadline = time.monotonic() + QUIET_SECONDS
        while restless := [*self.unfinished(runs), *self.waiting()]:
            if time.monotonic() > deadline:
                return Verdict(lost=[f"quiet: {what}" for what in restless])
            self.product.mend()
            time.sleep(LOOK_SECONDS)
        return verdict(self.worlds, self.daktela)

    def runs(self) -> dict[int, int]:
        """How many runs of each stream have ended well."""
        return {stream.pk: SyncRun.objects.filter(stream=stream, state="done").count() for stream in self.streams}

    def unfinished(self, before: dict[int, int]) -> Iterator[str]:
        now_done = self.runs()
        for stream in Stream.objects.filter(pk__in=before).select_related("connection"):
            if now_done[stream.pk] <= before[stream.pk]:
                last = stream.runs.first()
                yield f"{stream} due {stream.due_at}, paused {stream.paused_reason!r}, last {last and last.message!r}"

    def waiting(self) -> Iterator[str]:
        yield from (f"event {row.pk}: {row.reason}" for row in WebhookEvent.objects.exclude(due_at=None))
        yield from (f"activity {row.name}" for row in ActivityCopy.objects.exclude(due_at=None))
        yield from (f"record {row}" for row in RecordFailure.objects.filter(state="waiting"))
        yield from (f"run {row.pk} since {row.started_at}" for row in SyncRun.objects.filter(state="running"))

    def stir(self) -> None:
        """A little of everything happens, and everybody is to look at once."""
        self.worlds.stir()
        self.hurry()

    def hurry(self) -> None:
        """Every stream is due now, and so is the comparison of all ids: a row need not wait for the night."""
        with suppress(DatabaseError):
            Stream.objects.update(due_at=now(), compared_at=None)

    def hurry_failed(self) -> None:
        """A run that was broken off is tried again now; what the other system asked us to wait is not made shorter."""
        with suppress(DatabaseError):
            Stream.objects.filter(attempts__gt=0, leased_until=None, due_at__gt=now()).update(due_at=now())

    def turn_to(self, moment: datetime) -> None:
        """All clocks, ours and theirs, go on from this moment."""
        self.worlds.clock.turn_to(moment)
        settings.CLOCK_SKEW_SECONDS = self.worlds.clock.ahead.total_seconds()
        self.product.tell(CLOCK_SKEW_SECONDS=str(settings.CLOCK_SKEW_SECONDS))


HINT = {"event": "{{event}}", "name": "{{name}}", "action": "{{action}}"}


@contextmanager
def running(product: Product, worlds: Worlds) -> Iterator[Drill]:
    """Everything up, with a fresh database. Django must have been set up with the product's environment."""
    product.start("postgres", "valkey")
    call_command("migrate", verbosity=0)
    drill = Drill(product, worlds)
    product.start("web", "worker")
    yield drill
    connections.close_all()
