"""What does a stock Django project cost? The yardsticks F1, F2 and F7, on the product's own tables (performance.md)."""

from __future__ import annotations

import os
import subprocess
import sys


def prepare(database_url: str) -> str:
    """Makes the floor's own tables beside the product's, and signs its user in; returns the session's key."""
    answer = subprocess.run(
        [sys.executable, "-m", "bench.floor"],
        env=os.environ | {"DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return answer.stdout.strip()
