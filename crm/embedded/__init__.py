"""Which PostgreSQL and Valkey do we use, and at which address? The environment's, else our own, from wheels.

Our own listen on unix sockets only: no port to collide with, nobody from outside. The addresses follow from the state
folder alone, so `manage.py shell` finds the servers that a running demo has started. Cheap to import, and no Django.
"""

import os
import secrets
import shutil
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from crm.embedded.sockets import socket_folder

if TYPE_CHECKING:
    from crm.processes import Process


def database_url(state: Path) -> str:
    """DATABASE_URL, or the address of the PostgreSQL that `running(state)` starts."""
    own = f"postgresql://callroom@:5432/callroom?host={socket_folder(state)}"
    return os.environ.get("DATABASE_URL") or own


def redis_url(state: Path) -> str:
    """REDIS_URL, or the address of the Valkey that `running(state)` starts."""
    return os.environ.get("REDIS_URL") or f"unix://{socket_folder(state)}/valkey.sock"


@contextmanager
def running(state: Path, *, fsync: bool = True, settings: Mapping[str, str] | None = None) -> Iterator[list["Process"]]:
    """Starts what the environment does not name, waits until it answers, and stops it after the block.

    `fsync=False` is for data that may be lost. `settings` are further PostgreSQL settings by name.
    Raises NoServer with a remedy when there is no program to start, and processes.Crashed when one does not come up.
    Hold a lock (processes.only_one) around it: one state folder has one PostgreSQL.
    """
    state = state.resolve()
    sockets = socket_folder(state)
    _empty(sockets)
    from crm.embedded.postgres import postgres
    from crm.embedded.valkey import valkey

    with ExitStack() as servers:
        started = []
        if not os.environ.get("DATABASE_URL"):
            started += [servers.enter_context(postgres(state, fsync=fsync, settings=settings or {}))]
        if not os.environ.get("REDIS_URL"):
            started += [servers.enter_context(valkey(state))]
        yield started
    _empty(sockets)
    sockets.rmdir()


def forget(state: Path) -> None:
    """Removes the data of our own PostgreSQL, wherever it is kept. Hold the lock, and have it stopped."""
    from crm.embedded.account import room_of_root

    for folder in (state / "postgres", room_of_root(state / "postgres")):
        shutil.rmtree(folder, ignore_errors=True)


def kept_key(state: Path, name: str) -> str:
    """The "secret" or "encryption" key that `make_keys` put into `state`, or "" when there is none."""
    try:
        return (state / "keys" / name).read_text()
    except FileNotFoundError:
        return ""


def make_keys(state: Path) -> bool:
    """Makes the keys that are missing, readable by us alone; true if there was one to make."""
    folder = state / "keys"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = {
        "secret": secrets.token_urlsafe(50),
        "encryption": f"1:{urlsafe_b64encode(secrets.token_bytes(32)).decode()}",
    }
    missing = [name for name in fresh if not kept_key(state, name)]
    for name in missing:
        with open(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(fresh[name])
    return bool(missing)


def _empty(folder: Path) -> None:
    for leftover in folder.glob("*"):
        leftover.unlink()
