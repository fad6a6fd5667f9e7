"""Where may a process die? At named points, where the fault matrix kills it; armed only by a test setting."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from django.conf import settings


def crash_point(name: str) -> None:
    """Dies here by SIGKILL if CRASH_POINTS (a folder) holds a file of this name; the file goes first: once a file."""
    if not settings.CRASH_POINTS:
        return
    try:
        Path(settings.CRASH_POINTS, name).unlink()
    except FileNotFoundError:
        return
    os.kill(os.getpid(), signal.SIGKILL)
