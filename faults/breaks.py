"""How does each thing break? Every function stirs something up and breaks it at the worst moment."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime
from typing import Any

from faults.drill import Drill
from faults.product import WAIT_SCALE, kill, until
from faults.worlds import HOOK
from integrations.models import WebhookEvent

Break = Callable[[Drill], object]
FIRES_WITHIN_SECONDS = 90.0
LEASE_SECONDS = 60 * WAIT_SCALE


def kill_at(point: str, program: str = "") -> Break:
    """Stirs until somebody comes past this point; raises TimeoutError when nobody does: then nothing was tried."""

    def act(drill: Drill) -> None:
        drill.product.arm(point, program)
        drill.stir()
        until(lambda: fired(drill, point), FIRES_WITHIN_SECONDS, f"the crash point {point}")

    return act


def fired(drill: Drill, point: str) -> bool:
    if drill.product.has_fired(point):
        return True
    drill.product.mend()
    return False


def kill_in_the_middle(*programs: str) -> Break:
    """While everything is on its way; again half a second later, when what was begun anew is half way too."""

    def act(drill: Drill) -> None:
        for _ in range(2):
            drill.stir()
            time.sleep(0.5)
            for program in programs:
                drill.product.kill(program)
            drill.product.mend()

    return act


def kill_a_child(program: str) -> Break:
    """One process of the pool dies; the program itself has to notice."""

    def act(drill: Drill) -> None:
        for _ in range(2):
            drill.stir()
            time.sleep(0.4)
            for pid in drill.product.children(program):
                kill(pid)

    return act


def without(program: str, seconds: float) -> Break:
    """It is away for so long; all that may come of it is delay."""

    def act(drill: Drill) -> None:
        drill.product.stop(program)
        drill.worlds.stir()
        time.sleep(seconds)
        drill.product.start(program)

    return act


def stall(drill: Drill) -> None:
    """The worker stands still with work in its hands until its leases are others', and then goes on with it."""
    drill.product.start("worker-2")
    for _ in range(2):
        drill.stir()
        time.sleep(0.4)
        with drill.product.stalled("worker"):
            time.sleep(LEASE_SECONDS * 2)
    drill.product.stop("worker-2")


def two_workers(drill: Drill) -> None:
    drill.product.start("worker-2")
    for _ in range(3):
        drill.stir()
        time.sleep(1)
    drill.product.stop("worker-2")


def poison(drill: Drill) -> None:
    """One event ends every worker that takes it: after the third it is dead and said.

    What it spoke of is found by the listing, so nothing is lost with it.
    """
    drill.worlds.daktela.faults.add("drop", "event", times=None)
    name = drill.worlds.call()
    drill.worlds.daktela.events.drain()
    drill.worlds.daktela.faults.clear()
    for _ in range(3):
        drill.product.arm("inbox-claimed")
        post(drill, b'{"event": "call_close", "name": "%s"}' % name.encode())
        until(lambda: fired(drill, "inbox-claimed"), FIRES_WITHIN_SECONDS, "the crash point inbox-claimed")
    dead = WebhookEvent.objects.filter(state="dead")
    until(lambda: mended(drill) and dead.exists(), FIRES_WITHIN_SECONDS, "the burial of the event")


def mended(drill: Drill) -> bool:
    drill.product.mend()
    return True


def misbehaving(system: str, kind: str, **settings: Any) -> Break:
    """The other system does this, so many times, with whatever it is asked next."""

    def act(drill: Drill) -> None:
        simulator = getattr(drill.worlds, system)
        simulator.faults.add(kind, **settings)
        drill.stir()
        until(lambda: used_up(drill, simulator), FIRES_WITHIN_SECONDS, f"the use of {kind}")

    return act


def used_up(drill: Drill, simulator: Any) -> bool:
    drill.hurry_failed()
    time.sleep(0.5)
    return not simulator.faults.shown()


def moving(drill: Drill) -> None:
    """People change while they are being listed, page after page."""
    drill.worlds.stir()
    for _ in range(20):
        drill.worlds.rename(3)
        drill.hurry()
        time.sleep(0.2)


def expired(drill: Drill) -> None:
    drill.worlds.stir()
    drill.worlds.dynamics.world.forget_changes()


def signed_out(drill: Drill) -> None:
    drill.worlds.dynamics.world.tokens.clear()
    drill.worlds.stir()


def events(kind: str, times: int) -> Break:
    """The next webhooks come twice, in another order, or not at all."""

    def act(drill: Drill) -> None:
        drill.worlds.daktela.faults.add(kind, "event", times=times)
        drill.worlds.stir()
        drill.worlds.daktela.events.drain()

    return act


HOSTILE: tuple[bytes, ...] = (
    b" ",
    b"{",
    b"null",
    b"[" * 50_000,
    b'{"a":' * 50_000,
    b'{"event":"call_close","name":"\\u0000"}',
    b'{"event":"call_close","name":"\\ud800"}',
    b'{"name":"a","name":"b","event":"call_close"}',
    b'{"event":"call_close","name":NaN}',
    b"\xff\xfe\x00",
    b'{"event":"call_close","name":"' + b"x" * 900_000 + b'"}',
)


def hostile(drill: Drill) -> None:
    """What nobody can read is kept and said; it stops nobody and nothing."""
    for body in HOSTILE:
        post(drill, body)
    drill.worlds.stir()


def post(drill: Drill, body: bytes) -> None:
    """As a webhook of Daktela's; raises TimeoutError where it is not kept."""
    request = urllib.request.Request(drill.hook, body, {"X-Daktela-Token": HOOK}, method="POST")
    try:
        urllib.request.urlopen(request, timeout=10).close()
    except urllib.error.HTTPError as refused:
        raise TimeoutError(f"202 for {body[:30]!r}: {refused.code}") from refused


def skewed(seconds: float) -> Break:
    """The worker's clock is wrong by more than ten leases."""

    def act(drill: Drill) -> None:
        with drill.product.told("worker", CLOCK_SKEW_SECONDS=str(seconds)):
            drill.stir()
            time.sleep(3)

    return act


def night(moment: datetime) -> Break:
    """It is half a minute before the clocks are changed, everywhere, and calls go on through it."""

    def act(drill: Drill) -> None:
        drill.turn_to(moment)
        for _ in range(3):
            drill.worlds.stir()
            drill.worlds.clock.ahead += drill.HOUR / 2
        drill.turn_to(drill.worlds.clock())

    return act
