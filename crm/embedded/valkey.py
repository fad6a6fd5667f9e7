"""How do we run a Valkey of our own? In memory only: the truth is in PostgreSQL, Valkey wakes and fans out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from crm.embedded.binaries import valkey_program
from crm.embedded.sockets import socket_folder
from crm.processes import Process


@contextmanager
def valkey(state: Path) -> Iterator[Process]:
    """A Valkey without a port, listening in socket_folder(state)."""
    sockets = socket_folder(state)
    sockets.mkdir(mode=0o700, exist_ok=True)
    socket = sockets / "valkey.sock"
    reached = ("--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700")
    kept = ("--save", "", "--appendonly", "no", "--dir", str(sockets))
    log = state / "log" / "valkey.log"
    with Process("Valkey", [valkey_program(), *reached, *kept], log=log, answers=lambda: _answers(socket)) as server:
        server.wait(seconds=15)
        yield server


def _answers(socket: Path) -> bool:
    try:
        with redis.Redis(unix_socket_path=str(socket)) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
