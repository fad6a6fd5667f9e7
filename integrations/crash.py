"""Where may a process die? At named points, where the fault matrix kills it; armed only by a test setting."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from django.conf import settings


def crash_point(name: str) -> None:
    """Sends SIGKILL here if CRASH_POINTS (a folder) holds a file of this name; the file goes first: once a file.

    In the file stand the process ids that die, negative for a whole group; in an empty one ourselves are meant. So a
    database can go at the very moment at which we need it.
    """
    if not settings.CRASH_POINTS:
        return
    file = Path(settings.CRASH_POINTS, name)
    try:
        victims = [int(word) for word in file.read_text().split()] or [os.getpid()]
        file.unlink()
    except FileNotFoundError:
        return
    for victim in victims:
        os.kill(victim, signal.SIGKILL)
