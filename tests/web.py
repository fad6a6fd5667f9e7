"""Which web server do the tests ask that need a real one? Granian on the tests' database, as production runs it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from crm import programs


@contextmanager
def serving(state: Path, redis_url: str) -> Iterator[int]:
    """The port of a web server that runs for the block."""
    address = connection.settings_dict
    host = address["HOST"] or address["OPTIONS"]["host"]
    database = f"postgresql://{address['USER']}@:{address['PORT'] or 5432}/{address['NAME']}?host={host}"
    port = programs.free_port(
        20_000 + os.getpid() % 10_000
    )  # granian shares a port: two runs must not look for the same
    with programs.web(state, port, {"DATABASE_URL": database, "REDIS_URL": redis_url}) as web:
        web.wait(30)
        yield port
