"""How is everything started, killed and brought back? Real processes: PostgreSQL with fsync, Valkey, web and workers.

What dies is started again, as a service manager would; `mend` is that manager, called while a row waits.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Self

from crm import embedded, programs
from crm.embedded.postgres import postgres
from crm.embedded.valkey import valkey
from crm.processes import Process

STATE = Path(__file__).resolve().parent.parent / "var" / "faults"
WAIT_SCALE = 0.08  # a lease of 5 seconds, which a busy machine keeps; a sweep every 2.4
START_SECONDS = 120.0
SETTINGS = {
    "SECRET_KEY": "of-the-fault-drills",
    "ENCRYPTION_KEYS": "1:dGhlIGtleSBvZiB0aGUgZmF1bHRzLCAzMiBieXRlcyE=",
    "STATIC_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
    "WAIT_SCALE": str(WAIT_SCALE),
    "LOG_LEVEL": "INFO",
}


class Product:
    """Everything of one Callroom, by name: "postgres", "valkey", "web", "worker" and, once asked for, "worker-2"."""

    def __init__(self, state: Path, allowed: Sequence[str] = ()) -> None:
        self.state = state
        self.crash_points = state / "crash"
        self.port = programs.free_port(8800)
        self.running: dict[str, tuple[Process, ExitStack]] = {}
        self.makers: dict[str, Callable[[ExitStack], Process]] = {
            "postgres": lambda stack: stack.enter_context(postgres(state, fsync=True, settings={})),
            "valkey": lambda stack: stack.enter_context(valkey(state)),
            "web": lambda stack: stack.enter_context(programs.web(state, self.port, self.environment)),
            "worker": lambda stack: stack.enter_context(self.worker()),
            "worker-2": lambda stack: stack.enter_context(self.second_worker()),
        }
        self.environment = SETTINGS | {
            "CALLROOM_STATE": str(state),
            "DATABASE_URL": embedded.database_url(state),
            "REDIS_URL": embedded.redis_url(state),
            "CRASH_POINTS": str(self.crash_points),
            "ALLOWED_EGRESS": ",".join(allowed),
            "OFFICE_ORIGIN": f"http://127.0.0.1:{self.port}",
            "WIDGET_ORIGIN": f"http://widget.localhost:{self.port}",
        }

    def __enter__(self) -> Self:
        self.crash_points.mkdir(parents=True, exist_ok=True)
        self.disarm()
        return self

    def __exit__(self, *_: object) -> None:
        for name in reversed(list(self.running)):
            self.running.pop(name)[1].close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, *names: str) -> None:
        """Starts these, and returns when all of them answer."""
        for name in names:
            with ExitStack() as stack:
                self.running[name] = (self.makers[name](stack), stack.pop_all())
        for name in names:
            self.running[name][0].wait(START_SECONDS)

    def stop(self, name: str) -> None:
        """In good order, and for good."""
        self.running.pop(name)[1].close()

    def kill(self, name: str) -> None:
        """As kill -9 or a power cut does: the program and everything it started, with no time for a last word."""
        self.process(name).kill()

    def mend(self) -> None:
        """Starts what has died, and waits for it."""
        dead = [name for name, (process, _) in self.running.items() if not process.is_running()]
        for name in dead:
            self.stop(name)
        self.start(*sorted(dead, key=list(self.makers).index))

    def process(self, name: str) -> Process:
        return self.running[name][0]

    def worker(self) -> Process:
        """Up when it says so itself: to ask it by a broker that is being killed tells nothing."""
        process = programs.worker(self.state, self.environment)
        process.answers = lambda: " ready." in process.last_lines(1000)
        return process

    def second_worker(self) -> Process:
        """Another worker, which keeps the timetable as well: two schedulers that know nothing of each other."""
        process = self.worker()
        process.name, process.log = "The second worker", self.state / "log" / "worker-2.log"
        process.command += ["--hostname", "second@%h"]
        return process

    # what happens inside a process

    def arm(self, point: str, victim: str = "") -> None:
        """Who passes this point next dies there; or it is another program that does, with all it has started."""
        group = str(-self.process(victim)._popen.pid) if victim else ""
        draft = self.crash_points / f"{point}.draft"
        draft.write_text(group)
        draft.rename(self.crash_points / point)

    def has_fired(self, point: str) -> bool:
        return not (self.crash_points / point).exists()

    def disarm(self) -> None:
        for file in self.crash_points.iterdir():
            file.unlink(missing_ok=True)

    def children(self, name: str) -> list[int]:
        """The processes a program has started itself: a worker's pool, the web server's workers."""
        return children(self.process(name)._popen.pid)

    def signal(self, name: str, number: signal.Signals) -> None:
        os.killpg(self.process(name)._popen.pid, number)

    @contextmanager
    def stalled(self, name: str) -> Iterator[None]:
        """Everything of this program stands still, as on an overloaded host, and then goes on as if nothing were."""
        self.signal(name, signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(name, signal.SIGCONT)

    @contextmanager
    def told(self, name: str, **environment: str) -> Iterator[None]:
        """This program started anew with another environment, and then back."""
        before = self.environment
        self.environment = before | environment
        self.restart(name)
        yield
        self.environment = before
        self.restart(name)

    def tell(self, **environment: str) -> None:
        """Everything of ours started anew with this in its environment, from now on."""
        self.environment |= environment
        self.restart("web", "worker")

    def restart(self, *names: str) -> None:
        for name in names:
            self.stop(name)
        self.start(*names)


def children(parent: int) -> list[int]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    return []


def until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    """Waits; raises TimeoutError saying what did not come."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come within {seconds:.0f} s")
        time.sleep(0.05)


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
