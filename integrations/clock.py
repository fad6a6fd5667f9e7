"""What time is it, and how long is a wait? One clock and one scale for all that waits: tests turn both."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """Our clock, UTC. Nothing that a remote must agree with is decided by it (contract C3, trap 14)."""
    return timezone.now() + timedelta(seconds=settings.CLOCK_SKEW_SECONDS)


def scaled(seconds: float) -> float:
    """A wait of so many seconds, made shorter where WAIT_SCALE says so: every wait by the same factor."""
    return seconds * settings.WAIT_SCALE


def wait(seconds: float) -> timedelta:
    return timedelta(seconds=scaled(seconds))
