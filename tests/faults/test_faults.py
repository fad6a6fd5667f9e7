"""Is nothing lost, doubled or wrongly deleted when parts fail? The short form of `make faults`, with real processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 280  # on a machine that does nothing else it is one minute
OURS = ("DATABASE_URL", "REDIS_URL", "CALLROOM_STATE", "SECRET_KEY", "ENCRYPTION_KEYS", "DJANGO_SETTINGS_MODULE")


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """The status it ended with, 137 when it had to be stopped, and what it said."""
    environment = {name: value for name, value in os.environ.items() if name not in OURS}
    said = tmp_path_factory.mktemp("faults") / "said"
    with said.open("wb") as file:
        drill = subprocess.Popen([sys.executable, "-m", "faults", "--short"], cwd=ROOT, env=environment, stdout=file)
        try:
            status = drill.wait(SECONDS)
        except subprocess.TimeoutExpired:
            drill.terminate()
            drill.wait(60)
            status = 137
    return status, said.read_text()


@pytest.fixture(scope="module")
def lines(ended: tuple[int, str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ended[1].splitlines()]


def test_nothing_is_lost_doubled_or_wrongly_deleted(ended: tuple[int, str], lines: list[dict[str, Any]]) -> None:
    rows = [line for line in lines if "fault" in line]
    bad = [row for row in rows if [row.get(name) for name in ("lost", "doubled", "wrongly_deleted")] != [0, 0, 0]]
    assert bad == []
    assert ended[0] == 0, ended[1]
    assert len(rows) >= 6


def test_the_judge_would_have_found_it(lines: list[dict[str, Any]]) -> None:
    planted = {line["planted"]: line["found"] for line in lines if "planted" in line}
    assert planted == {"lost": True, "doubled": True, "wrongly_deleted": True}
