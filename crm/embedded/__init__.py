"""Which PostgreSQL and Valkey do we use, and at which address? The environment's, else our own, from wheels.

Our own listen on unix sockets only: no port to collide with, nobody from outside. The addresses follow from the state
folder alone, so `manage.py shell` finds the servers that a running demo has started. Cheap to import, and no Django.
"""

import os
import secrets
import shutil
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
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
    from crm.embedded.postgres import postgres
    from crm.embedded.valkey import valkey

    state = state.resolve()
    sockets = socket_folder(state)
    shutil.rmtree(sockets, ignore_errors=True)
    with ExitStack() as servers:
        servers.callback(shutil.rmtree, sockets, ignore_errors=True)
        started = []
        if not os.environ.get("DATABASE_URL"):
            started += [servers.enter_context(postgres(state, fsync=fsync, settings=settings or {}))]
        if not os.environ.get("REDIS_URL"):
            started += [servers.enter_context(valkey(state))]
        yield started


def forget(state: Path) -> None:
    """Removes the data of our own PostgreSQL, wherever it is kept. Hold the lock, and have it stopped."""
    from crm.embedded.account import room_of_root

    for folder in (state / "postgres", room_of_root(state / "postgres")):
        shutil.rmtree(folder, ignore_errors=True)


def kept_key(state: Path, name: str) -> str:
    """The "secret", "encryption" or "suppression" key of this state folder: made once, readable by us alone, and kept.

    Ends the program with a remedy when the folder belongs to somebody else.
    """
    file = state / "keys" / name
    try:
        if not file.exists():
            key = urlsafe_b64encode(secrets.token_bytes(32)).decode()
            _write_once(file, f"1:{key}" if name == "encryption" else key)
        return file.read_text()
    except PermissionError:
        sys.exit(f"{state} belongs to somebody else: remove it, or set CALLROOM_STATE to a folder of your own.")


def _write_once(file: Path, text: str) -> None:
    """Whole or not at all, and whoever comes second finds what the first one wrote."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile("w", dir=file.parent) as draft, suppress(FileExistsError):
        draft.write(text)
        draft.flush()
        os.link(draft.name, file)
