"""Under which conditions are requests answered? How late, how many a second, from when on at all, and by which clock.

Unlike a fault they hold for every request of the API until they are changed.
"""

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from integrations.connectors.simulator.wire import Response, retry_after

from .faults import too_many
from .wire import BASE, Request
from .world import World

BELOW = (BASE, "/file/")


@dataclass
class Conditions:
    """``latency_ms`` before every answer; ``requests_per_second`` 0 means no limit, else 429 beyond."""

    world: World
    latency_ms: float = 0.0
    requests_per_second: float = 0.0
    as_date: bool = False
    rests_until: float = 0.0  # of the monotonic clock
    recent: deque[float] = field(default_factory=deque)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def change(self, **values: Any) -> None:
        """Changes those that are named.

        ``rest_seconds`` refuses everything for so long; ``clock_offset_seconds`` moves the simulator's clock against
        the real one, and ``moment`` (aware ISO) sets it. Raises TypeError and ValueError.
        """
        for name in ("latency_ms", "requests_per_second"):
            if name in values:
                setattr(self, name, max(0.0, float(values.pop(name))))
        if "as_date" in values:
            self.as_date = bool(values.pop("as_date"))
        if "rest_seconds" in values:
            self.rests_until = time.monotonic() + float(values.pop("rest_seconds"))
        if "clock_offset_seconds" in values:
            self.world.offset = timedelta(seconds=float(values.pop("clock_offset_seconds")))
        if "moment" in values:
            self.world.offset += datetime.fromisoformat(values.pop("moment")).astimezone(UTC) - self.world.clock()
        if values:
            raise TypeError(f"There is no condition {', '.join(values)}")

    def clear(self) -> None:
        self.change(latency_ms=0, requests_per_second=0, as_date=False, rest_seconds=0, clock_offset_seconds=0)

    def shown(self) -> dict[str, Any]:
        return {
            "latency_ms": self.latency_ms,
            "requests_per_second": self.requests_per_second,
            "as_date": self.as_date,
            "rest_seconds": max(0.0, self.rests_until - time.monotonic()),
            "clock_offset_seconds": self.world.offset.total_seconds(),
            "moment": self.world.clock().astimezone(UTC).isoformat(),
        }

    def refusal(self, request: Request) -> Response | None:
        """Waits the latency. The 429, when the request comes too early."""
        if not request.path.startswith(BELOW):
            return None
        if self.latency_ms:
            time.sleep(self.latency_ms / 1000)
        wait = self.wait()
        return too_many(self.world, retry_after(ceil(wait), self.as_date)) if wait > 0 else None

    def wait(self) -> float:
        now = time.monotonic()
        if now < self.rests_until:
            return self.rests_until - now
        if not self.requests_per_second:
            return 0.0
        with self.lock:
            while self.recent and self.recent[0] <= now - 1:
                self.recent.popleft()
            if len(self.recent) >= self.requests_per_second:
                return self.recent[0] + 1 - now
            self.recent.append(now)
            return 0.0
