"""How are programs started, watched and stopped, each with everything it starts itself?"""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, Self

SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG in Linux's <sys/prctl.h>
_held: set[int] = set()
_running: list["Process"] = []


class Crashed(Exception):
    """A program ended by itself, or never came up; the message holds the last lines of its log."""

    def __init__(self, process: "Process", what: str) -> None:
        super().__init__(f"{process.name} {what}. The end of {process.log}:\n{process.last_lines()}")


class AlreadyRunning(Exception):
    """Somebody else holds the lock; the message says who."""


class Process:
    """One program in a process group of its own, from `with` to the end of the block.

    The group lets us stop what the program started, and keeps a Ctrl-C in the terminal for us alone.
    `options` are further ones of Popen, such as user, group and cwd. `answers` tells whether the program is up.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        options: Mapping[str, Any] | None = None,
        answers: Callable[[], bool] = lambda: True,
        stop_signal: signal.Signals = signal.SIGTERM,
        seconds_to_stop: float = 10,
    ) -> None:
        self.name = name
        self.command = [str(part) for part in command]
        self.log = log
        self.environment = {**os.environ, **(environment or {})}
        self.options = options or {}
        self.answers = answers
        self.stop_signal = stop_signal
        self.seconds_to_stop = seconds_to_stop

    def __enter__(self) -> Self:
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.log.open("wb") as log:
            self._popen = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                start_new_session=True,
                pass_fds=tuple(_held),
                preexec_fn=_end_with_parent(self.stop_signal),
                **self.options,
            )
        _running.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def is_running(self) -> bool:
        return self._popen.poll() is None

    def check(self) -> None:
        """Raises Crashed when the program has ended."""
        if not self.is_running():
            raise Crashed(self, f"ended with status {self._popen.returncode}")

    def wait(self, seconds: float) -> None:
        """Returns when the program answers; raises Crashed when it ends first or the time is up."""
        deadline = time.monotonic() + seconds
        while not self.answers():
            self.check()
            if time.monotonic() > deadline:
                raise Crashed(self, f"did not answer within {seconds:.0f} seconds")
            time.sleep(0.05)

    def stop(self) -> None:
        """Asks the program to end, then ends for good whatever is left of its group."""
        with suppress(ProcessLookupError):
            self._popen.send_signal(self.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(self.seconds_to_stop)
        self.kill()

    def kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()
        with suppress(ValueError):
            _running.remove(self)

    def last_lines(self, count: int = 15) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(f"    {line}" for line in lines[-count:]) or "    (empty)"


def watch(processes: Sequence[Process]) -> NoReturn:
    """Looks after the programs until one of them ends by itself, which raises Crashed."""
    while True:
        for process in processes:
            process.check()
        time.sleep(0.3)


@contextmanager
def stopped_by_signals(say: Callable[[str], object]) -> Iterator[None]:
    """Lets Ctrl-C, SIGTERM and a closed terminal end the block, once, so that all in it is stopped in order.

    `say` gets a line for whoever waits. Whoever repeats the signal has no more patience: we kill, unless it comes
    within a second, for then it is the same signal, delivered to us by the terminal and by make.
    """
    first_at: list[float] = []

    def stop(*_: object) -> None:
        if not first_at:
            first_at.append(time.monotonic())
            say("Stopping. Ctrl-C again ends everything at once.")
            raise KeyboardInterrupt
        if time.monotonic() - first_at[0] > 1:
            for process in list(_running):
                process.kill()
            os._exit(1)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def only_one(lock: Path, who: str, seconds_to_wait: float = 15) -> Iterator[None]:
    """Holds `lock` for the block, as `who` ("make demo at http://…"), or raises AlreadyRunning naming the holder.

    Programs started meanwhile inherit the lock. So it is free only when all of them have ended, and after a
    kill -9 of the holder we wait here for what it left behind.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+") as file:
        _acquire(lock, file.fileno(), time.monotonic() + seconds_to_wait)
        file.truncate(0)
        file.write(f"{os.getpid()} {who}")
        file.flush()
        _held.add(file.fileno())
        try:
            yield
        finally:
            _held.discard(file.fileno())
            file.truncate(0)


def _acquire(lock: Path, descriptor: int, deadline: float) -> None:
    while True:
        with suppress(BlockingIOError):
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        process_id, _, who = lock.read_text().partition(" ")
        if process_id and _is_alive(int(process_id)):
            raise AlreadyRunning(f"{who} is running already (process {process_id}).")
        if time.monotonic() > deadline:
            raise AlreadyRunning(f"Processes of an earlier run are still there; end them with: fuser -k '{lock}'")
        time.sleep(0.1)


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _end_with_parent(stop_signal: signal.Signals) -> Callable[[], None] | None:
    """What a child does before it becomes the program: asks Linux to stop it when we are killed."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    return lambda: library.prctl(SET_PARENT_DEATH_SIGNAL, stop_signal)
