"""Does `manage.py demo` bring everything up, say where it is, refuse a second one, and leave nothing behind?"""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm import embedded, programs

ROOT = Path(__file__).resolve().parents[4]
OF_THE_TESTS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "STATIC_STORAGE", "PYTHONUNBUFFERED")


class Demo:
    """A demo with a state folder of its own, started as a newcomer starts it."""

    def __init__(self, state: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
        self.environment = {**kept, "CALLROOM_STATE": str(state), "SSH_CONNECTION": "10.0.0.1 50000 10.0.0.2 22"}
        self.output = state.parent / "output"

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        with self.output.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "manage.py", "demo", *options],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait(self, process: subprocess.Popen[bytes], words: str = "Ctrl-C stops it", seconds: float = 120) -> str:
        """What the demo has said, once that holds these words."""
        deadline = time.monotonic() + seconds
        while words not in (said := self.output.read_text()):
            assert process.poll() is None, said
            assert time.monotonic() < deadline, said
            time.sleep(0.1)
        return said


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    yield Demo(tmp_path / "var")
    embedded.forget(tmp_path / "var")


def get(url: str, host: str = "") -> tuple[int, str]:
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.status, answer.read().decode()


def processes_of(state: Path) -> list[str]:
    """The command lines of the processes that were told of this state folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if str(state).encode() in (process / "cmdline").read_bytes() + (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # it has ended meanwhile, or is not ours
            continue
    return found


def test_everything_comes_up_says_where_it_is_and_leaves_nothing_behind(demo: Demo, tmp_path: Path) -> None:
    process = demo.start()
    try:
        said = demo.wait(process)
        desk, office, dynamics = re.findall(r"http://\S+", said.partition("Callroom is up")[2])
        port = office.rstrip("/").rpartition(":")[2]
        assert get(f"{office}sign-in/")[0] == 200
        assert get(desk)[0] == 200
        assert "Client secret" in get(dynamics)[1]
        card = f"http://127.0.0.1:{port}/widget/2000/?clid=773796041&direction=in&callid=1&activity=activities_1"
        assert get(card, host=f"widget.localhost:{port}")[0] == 200
        assert "everybody's password is 'demo'" in said
        assert "petr" in said
        assert f"ssh -N -L {port}:127.0.0.1:{port}" in said

        again = subprocess.run(
            [sys.executable, "manage.py", "demo"], cwd=ROOT, env=demo.environment, capture_output=True, text=True
        )
        assert f"The demo at http://localhost:{port} is running already (process {process.pid})." in again.stderr
        assert again.returncode == 1
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    assert processes_of(tmp_path / "var") == []


def test_a_part_that_crashes_is_named_and_ends_the_rest(demo: Demo, tmp_path: Path) -> None:
    process = demo.start()
    demo.wait(process)
    desk = next(path for path in Path("/proc").glob("[0-9]*") if is_desk_of(path, tmp_path / "var"))
    os.kill(int(desk.name), signal.SIGKILL)
    assert process.wait(timeout=60) == 1
    assert "The desk ended with status -9" in demo.output.read_text()
    assert processes_of(tmp_path / "var") == []


def is_desk_of(process: Path, state: Path) -> bool:
    try:
        command = (process / "cmdline").read_text()
    except OSError:
        return False
    return "simulator" in command and str(state) in command


def test_a_taken_port_is_left_to_whoever_has_it() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert not programs.is_free(port)
        assert programs.free_port(port) > port


def test_a_reset_leaves_a_database_alone_that_is_not_ours(demo: Demo) -> None:
    """It would be somebody's own: DATABASE_URL names it."""
    own = {name: os.environ[name] for name in OF_THE_TESTS if name in os.environ}
    refused = subprocess.run(
        [sys.executable, "manage.py", "demo", "--reset"],
        cwd=ROOT,
        env=demo.environment | own,
        capture_output=True,
        text=True,
    )
    assert "DATABASE_URL is set: empty that database yourself" in refused.stderr
    assert refused.returncode == 1
