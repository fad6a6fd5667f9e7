"""How does a bench speak? Figures go to standard output, one JSON line each; everything else to standard error."""

from __future__ import annotations

import sys
import time

_started_at = time.monotonic()


def say(text: str) -> None:
    print(f"[{time.monotonic() - _started_at:6.1f} s] {text}", file=sys.stderr, flush=True)
