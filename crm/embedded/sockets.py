"""Where are the sockets of our own servers? In a short folder that only we can enter."""

import os
import pwd
import stat
from hashlib import sha256
from itertools import count
from pathlib import Path

# Not the checkout, whose path may be longer than the 107 bytes of a socket's, and not TMPDIR, which differs
# between the terminal that runs the demo and the one that asks where it is.
ROOM = Path("/tmp")  # noqa: S108


def socket_folder(state: Path) -> Path:
    """The folder for the servers of this state folder and this user, whether it exists yet or not.

    One that belongs to somebody else is passed by for the next name: /tmp is everybody's.
    """
    digest = sha256(str(state.resolve()).encode()).hexdigest()[:10]
    stem = f"callroom-{os.geteuid()}-{digest}"
    names = (f"{stem}-{number}" if number else stem for number in count())
    return next(ROOM / name for name in names if _may_be_ours(ROOM / name))


def _may_be_ours(folder: Path) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return True
    is_private = stat.S_ISDIR(found.st_mode) and not found.st_mode & 0o077
    return is_private and found.st_uid in _owners()


def _owners() -> set[int]:
    """Ourselves, and for root the harmless account that runs its PostgreSQL."""
    harmless = {entry.pw_uid for entry in pwd.getpwall() if entry.pw_name == "nobody"}
    return {os.geteuid()} | (harmless if os.geteuid() == 0 else set())
