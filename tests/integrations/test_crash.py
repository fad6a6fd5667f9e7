"""Does a process die where it is told to, once, and nowhere else?"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

WORK = """
import django; django.setup()
from integrations.crash import crash_point
crash_point("here")
crash_point("there")
print("got through")
"""


def work(folder: Path | str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CRASH_POINTS": str(folder), "DJANGO_SETTINGS_MODULE": "crm.settings"}
    return subprocess.run([sys.executable, "-c", WORK], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("is_set", [True, False])
def test_nobody_dies_at_a_point_that_is_not_armed(is_set: bool, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    assert work(tmp_path if is_set else "").stdout == "got through\n"


def test_a_process_dies_at_an_armed_point_and_its_successor_does_not(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    ended = work(tmp_path)
    assert (ended.returncode, ended.stdout) == (-signal.SIGKILL, "")
    assert work(tmp_path).stdout == "got through\n"


def test_another_process_can_be_named_to_die(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as victim:
        (tmp_path / "there").write_text(str(victim.pid))
        assert work(tmp_path).stdout == "got through\n"
        assert victim.wait(5) == -signal.SIGKILL
