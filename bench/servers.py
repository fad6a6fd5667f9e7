"""What do we measure with? Our own PostgreSQL with fsync on, web servers on one core, the load from the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.core.management import call_command

from crm import embedded, programs
from crm.embedded.sockets import socket_folder
from crm.processes import Process, only_one

STATE = Path(os.environ.get("CALLROOM_BENCH") or Path(__file__).resolve().parent.parent / "var" / "bench")
SERVER_CORE, LOAD_CORE = 0, 1
KEYS = {
    "SECRET_KEY": "of-the-bench",
    "ENCRYPTION_KEYS": "1:dGhlIGtleSBvZiB0aGUgYmVuY2gsIDMyIGJ5dGVzISE=",
    "LOG_LEVEL": "WARNING",
}


@contextmanager
def databases_up() -> Iterator[None]:
    """Our own PostgreSQL and Valkey; sets this process's environment so that Django's settings find them."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
    with only_one(STATE / "lock", "A bench"), embedded.running(STATE, fsync=True, settings=postgres_settings()):
        os.environ |= KEYS | {"CALLROOM_STATE": str(STATE), "DATABASE_URL": database_url("postgres")}
        yield


def postgres_settings() -> dict[str, str]:
    """What one would set on a machine that is PostgreSQL's; wal_level lets tables be filled without writing them twice.

    Half of the memory is its own: what the system keeps of files, a host that is short of memory may take away.
    """
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    return {
        "shared_buffers": f"{min(12288, megabytes // 2)}MB",
        "effective_cache_size": f"{megabytes // 2}MB",
        "maintenance_work_mem": f"{min(1024, megabytes // 16)}MB",
        "work_mem": "32MB",
        "random_page_cost": "1.1",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "30min",
    }


def database_url(name: str) -> str:
    return f"postgresql://callroom@:5432/{name}?host={socket_folder(STATE)}"


@dataclass(frozen=True, slots=True)
class Web:
    """One web server with all its threads, reached at 127.0.0.1:port."""

    process: Process
    port: int

    def cpu_seconds(self) -> float:
        """What it and its children have used so far, in user and system mode. PostgreSQL is not its child."""
        return sum(map(_cpu_seconds, _family(self.process._popen.pid)))


class Webs:
    """The web servers of a run, one for each application and database: on one core, or where the system puts them."""

    def __init__(self, stack: ExitStack, core: int | None = SERVER_CORE) -> None:
        self.stack, self.core = stack, core
        call_command("collectstatic", interactive=False, verbosity=0)

    def product(self, database: str, settings: str = "crm.settings") -> Web:
        """Callroom as `make demo` starts it."""
        port = programs.free_port(8700)
        origins = {"OFFICE_ORIGIN": f"http://localhost:{port}", "WIDGET_ORIGIN": f"http://widget.localhost:{port}"}
        environment = self._environment(database) | origins | {"DJANGO_SETTINGS_MODULE": settings}
        return self._start(programs.web(STATE, port, environment), port)

    def floor(self, database: str) -> Web:
        """The yardstick: a stock Django project on the same server program, with the same options and threads."""
        port = programs.free_port(8700)
        environment = self._environment(database) | {"PGOPTIONS": "-c search_path=floor,public"}
        process = programs.web(STATE, port, environment)
        process.command[-1] = "bench.floor.asgi:application"
        process.log = STATE / "log" / "floor.log"
        process.answers = lambda: programs.answers(f"http://127.0.0.1:{port}/paragraph/")
        return self._start(process, port)

    def _environment(self, database: str) -> dict[str, str]:
        return {"DATABASE_URL": database_url(database)}

    def _start(self, process: Process, port: int) -> Web:
        with on_core(self.core):
            self.stack.enter_context(process)
        process.wait(seconds=60)
        return Web(process, port)


@contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Keeps this thread, and what it starts meanwhile, on one core, if one is named and the machine has that many."""
    before = os.sched_getaffinity(0)
    keep_on(core)
    yield
    os.sched_setaffinity(0, before)


def keep_on(core: int | None, process_id: int = 0) -> None:
    """Keeps a process, this thread if none is named, on one core, where the machine has that many."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(process_id, cores & {core} or cores)


def _family(process_id: int) -> Iterator[int]:
    yield process_id
    for children in Path(f"/proc/{process_id}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from _family(int(child))


def _cpu_seconds(process_id: int) -> float:
    """Of all its threads, to the nanosecond; the tick of /proc's other files is too coarse for short turns."""
    threads = Path(f"/proc/{process_id}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9
