"""As whom do our servers run, and where may they keep their files? PostgreSQL refuses root, and the nameless."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from crm.embedded.binaries import NoServer

ROOMS_OF_ROOT = Path("/var/lib/callroom")


@dataclass(frozen=True)
class Account:
    """Whom a server runs as: what its command starts with, what Popen switches to, and who owns its files."""

    owner: int
    prefix: tuple[str, ...] = ()
    switch: Mapping[str, Any] = field(default_factory=dict)

    def can_use(self, program: Path, folder: Path) -> bool:
        """Whether this account may be taken at all, has a name (initdb asks for it), and reaches both."""
        self.hand_over(folder)
        question = 'id -un && cd "$0" && exec "$1" --version'
        try:
            return self.run("sh", "-c", question, folder, program).returncode == 0
        except OSError:
            return False

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.prefix, *command], capture_output=True, text=True, **self.switch)

    def hand_over(self, folder: Path) -> None:
        """Makes a folder and what is in it this account's own, and nobody else's."""
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        if folder.stat().st_uid == self.owner:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, self.owner, -1, follow_symlinks=False)


@dataclass(frozen=True)
class Lodging:
    """Where a server lives: its account, its program, and the folder for its files."""

    account: Account
    program: Path
    folder: Path


def lodging(program: Path, folder: Path) -> Lodging:
    """A place for a server whose program is a file of an installation's bin folder.

    Program and files stay where they are for an ordinary user, and for root if another account reaches them. Else, as
    in a container whose checkout is in root's home, the files go where it does, and the program too if need be.
    Raises NoServer.
    """
    for account in _accounts():
        if account.can_use(program, folder):
            return Lodging(account, program, folder)
    if os.geteuid() == 0:
        return _lodging_of_root(program, room_of_root(folder))
    raise NoServer(f"User {os.geteuid()} has no name here, which PostgreSQL needs: add one, or set DATABASE_URL.")


def room_of_root(folder: Path) -> Path:
    """The place for the files of `folder` when root keeps them elsewhere."""
    return ROOMS_OF_ROOT / sha256(str(folder.resolve()).encode()).hexdigest()[:10]


def _accounts() -> Iterator[Account]:
    """In order of preference: ourselves, somebody harmless, or ourselves under a harmless name."""
    nobody = next((entry for entry in pwd.getpwall() if entry.pw_name == "nobody"), None)
    if os.geteuid() != 0:
        yield Account(os.geteuid())
    elif nobody:
        switch = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": [], "cwd": "/"}
        yield Account(nobody.pw_uid, switch=switch)
    if nobody and shutil.which("unshare"):
        names = (f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}")
        yield Account(os.geteuid(), prefix=("unshare", "--user", *names))


def _lodging_of_root(program: Path, room: Path) -> Lodging:
    folder = room / "files"
    folder.mkdir(parents=True, exist_ok=True)
    for parent in (ROOMS_OF_ROOT, room):
        parent.chmod(0o755)
    for account in _accounts():
        if account.can_use(program, folder):
            return Lodging(account, program, folder)
        if account.can_use(copy := _copy(program, room / "programs"), folder):
            return Lodging(account, copy, folder)
    raise NoServer("PostgreSQL refuses root, and there is no user nobody to run it: add one, or set DATABASE_URL.")


def _copy(program: Path, goal: Path) -> Path:
    """Copies the installation of a program, once for each version of it, to where others may read it."""
    copied, version = goal / "copied", f"{program} {program.stat().st_mtime_ns}"
    if not copied.exists() or copied.read_text() != version:
        shutil.rmtree(goal, ignore_errors=True)
        shutil.copytree(program.parent.parent, goal)
        copied.write_text(version)
    goal.chmod(0o755)
    return goal / program.parent.name / program.name
