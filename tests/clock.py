"""What time is it for a simulator? What a test says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class HandClock:
    """A clock that stands until a test moves it; it starts on 5 January 2026 at 10:00 in Prague."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
