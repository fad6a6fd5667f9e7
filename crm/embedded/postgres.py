"""How do we run a PostgreSQL of our own? Made by initdb at first, then started and stopped with the block."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from crm.embedded.account import Account, Lodging, lodging
from crm.embedded.binaries import NoServer, postgres_program, postgres_version
from crm.embedded.sockets import socket_folder
from crm.processes import Process

BUILTIN_LOCALES_SINCE = 17
SETTINGS = {"listen_addresses": "", "port": "5432", "max_connections": "200", "jit": "off", "timezone": "UTC"}
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@contextmanager
def postgres(state: Path, *, fsync: bool, settings: Mapping[str, str]) -> Iterator[Process]:
    """A PostgreSQL with the database and the superuser "callroom", in `state`, reachable in socket_folder(state)."""
    place = lodging(postgres_program(), state / "postgres")
    data = _made(place)
    sockets = socket_folder(state)
    place.account.hand_over(sockets)
    (data / "postmaster.pid").unlink(missing_ok=True)  # nobody else runs here: the caller holds the lock
    chosen = SETTINGS | ({} if fsync else CARELESS) | dict(settings)
    server = Process(
        "PostgreSQL",
        [
            *place.account.prefix,
            place.program,
            *("-D", data, "-k", sockets),
            *(f"--{name}={value}" for name, value in chosen.items()),
        ],
        log=state / "log" / "postgres.log",
        options=place.account.switch,
        answers=lambda: _has_database(sockets),
        stop_signal=signal.SIGINT,  # fast shutdown: does not wait for those still connected
    )
    with server:
        server.wait(seconds=60)
        yield server


def _made(place: Lodging) -> Path:
    """The data folder of this major version, made if it is not there. A half-made one is thrown away."""
    version = postgres_version(place.program)
    data, draft = place.folder / str(version), place.folder / "draft"
    if not data.exists():
        _run(place.account, "rm", "-rf", draft)
        locale = ["--locale=C.UTF-8"]
        if version >= BUILTIN_LOCALES_SINCE:
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        who = ["--username=callroom", "--auth=trust", "--encoding=UTF8"]
        _run(place.account, place.program.with_name("initdb"), "-D", draft, *who, *locale, "--no-instructions")
        draft.rename(data)
    return data


def _run(account: Account, *command: str | Path) -> None:
    ended = account.run(*command)
    if ended.returncode:
        raise NoServer(f"{command[0]} failed: {(ended.stderr or ended.stdout).strip()}")


def _has_database(sockets: Path) -> bool:
    """Whether the server answers; makes the database on the first answer."""
    try:
        with psycopg.connect(
            host=str(sockets), port=5432, user="callroom", dbname="postgres", autocommit=True
        ) as server:
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = 'callroom'").fetchone():
                server.execute("CREATE DATABASE callroom")
    except psycopg.OperationalError:
        return False
    return True
