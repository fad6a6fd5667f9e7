"""Do programs start, stop, fail and end together as promised? With real programs, most of them a line of shell."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crm.processes import AlreadyRunning, Crashed, Process, only_one, watch

Start = Callable[[str], subprocess.Popen[bytes]]

STUBBORN = "trap '' TERM; sleep 60 & echo $!; while :; do sleep 0.1; done"
HOLDER = """
import sys, time
from pathlib import Path
from crm.processes import Process, only_one, stopped_by_signals
state, script = Path(sys.argv[1]), sys.argv[2]
with stopped_by_signals(lambda line: None), only_one(state / "lock", "The holder"):
    with Process("child", ["sh", "-c", script], log=state / "child.log"):
        print("up", flush=True)
        time.sleep(60)
"""


def shell(script: str, folder: Path, **options: Any) -> Process:
    return Process("The script", ["sh", "-c", script], log=folder / "log" / "script.log", **options)


def is_alive(process_id: int) -> bool:
    """Whether it runs; one that has ended and waits for somebody to ask how (Z) does not."""
    stat = Path(f"/proc/{process_id}/stat")
    try:
        return stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_for(condition: Callable[[], object], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def child_id(log: Path) -> int:
    wait_for(lambda: log.exists() and log.read_text().strip())
    return int(log.read_text())


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Start]:
    """Starts a Python that holds a lock and runs a shell script as its child; it is gone after the test."""
    started = []

    def start(script: str) -> subprocess.Popen[bytes]:
        holder = subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path, script], stdout=subprocess.PIPE)
        started.append(holder)
        assert holder.stdout.readline() == b"up\n"
        return holder

    yield start
    for holder in started:
        holder.kill()
        holder.wait()
        holder.stdout.close()


def test_a_program_that_ends_by_itself_says_so_with_the_end_of_its_log(tmp_path: Path) -> None:
    script = "for line in $(seq 30); do echo line $line; done; exit 3"
    with shell(script, tmp_path) as process, pytest.raises(Crashed) as crash:
        watch([process])
    assert "The script ended with status 3" in str(crash.value)
    assert "line 30" in str(crash.value)
    assert "line 10\n" not in str(crash.value)


def test_a_program_that_never_answers_is_given_up(tmp_path: Path) -> None:
    late = pytest.raises(Crashed, match="did not answer within 0 seconds")
    with shell("sleep 60", tmp_path, answers=lambda: False) as process, late:
        process.wait(seconds=0.2)


def test_stopping_ends_what_the_program_started_even_if_it_will_not(tmp_path: Path) -> None:
    with shell(STUBBORN, tmp_path, seconds_to_stop=0.3) as process:
        grandchild = child_id(process.log)
        assert is_alive(grandchild)
    assert not process.is_running()
    wait_for(lambda: not is_alive(grandchild))


def test_the_second_holder_of_a_lock_is_told_who_the_first_is(tmp_path: Path, holder: Start) -> None:
    first = holder("exec sleep 60")
    who = rf"The holder is running already \(process {first.pid}\)"
    with pytest.raises(AlreadyRunning, match=who), only_one(tmp_path / "lock", "The second"):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order(tmp_path: Path, holder: Start, number: int) -> None:
    process = holder("echo $$; exec sleep 60")
    child = child_id(tmp_path / "child.log")
    process.send_signal(number)
    assert process.wait(timeout=10) == 0
    assert not is_alive(child)


def test_a_second_signal_kills_what_takes_too_long(tmp_path: Path, holder: Start) -> None:
    process = holder("trap '' TERM; echo $$; while :; do sleep 0.1; done")
    child = child_id(tmp_path / "child.log")
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)  # the same one, delivered twice: by the terminal and by make
    time.sleep(1.2)
    assert is_alive(child)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=3) == 1
    wait_for(lambda: not is_alive(child), seconds=3)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells a child that its parent has died")
def test_a_kill_of_the_holder_ends_its_children_and_frees_the_lock(tmp_path: Path, holder: Start) -> None:
    process = holder("trap 'sleep 0.5; exit' TERM; echo $$; while :; do sleep 0.1; done")
    child = child_id(tmp_path / "child.log")
    process.kill()
    process.wait()
    with only_one(tmp_path / "lock", "The next"):  # waits until the child, which inherited the lock, has ended
        assert not is_alive(child)


def test_children_that_outlive_a_killed_holder_are_named_with_the_way_to_end_them(
    tmp_path: Path, holder: Start
) -> None:
    process = holder("trap '' TERM; echo $$; while :; do sleep 0.1; done")
    child = child_id(tmp_path / "child.log")
    process.kill()
    process.wait()
    try:
        with pytest.raises(AlreadyRunning, match="fuser -k"), only_one(tmp_path / "lock", "The next", 0.3):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
