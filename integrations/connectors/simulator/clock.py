"""What time is it for a simulator? What its clock says: the real one, unless whoever started it gave another."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)
