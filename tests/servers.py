"""Which PostgreSQL, Valkey and settings do the tests use? Their own, started before Django reads its settings.

A pytest plugin (pyproject.toml names it). The run starts one PostgreSQL, without fsync; each process of the run starts
its own Valkey, so that parallel tests do not wake each other. DATABASE_URL and REDIS_URL of the environment win.
"""

import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path

import pytest

from crm import embedded
from crm.processes import AlreadyRunning, only_one

RUNS = Path(__file__).resolve().parent.parent / "var" / "tests"
SETTINGS = {
    "SECRET_KEY": "of-the-tests",
    "ENCRYPTION_KEYS": "1:dGhlIGtleSBvZiB0aGUgdGVzdHMsIDMyIGJ5dGVzISE=",
    "OFFICE_ORIGIN": "http://localhost:8000",
    "WIDGET_ORIGIN": "http://widget.localhost:8000",
    "STATIC_STORAGE": "django.contrib.staticfiles.storage.StaticFilesStorage",
    "LOG_LEVEL": "WARNING",
}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Wraps pytest-django's hook of this name, which loads the settings."""
    services = ExitStack()
    early_config.add_cleanup(services.close)
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    state = Path(os.environ["CALLROOM_STATE"]) / worker if worker else services.enter_context(free_state())
    services.enter_context(embedded.running(state, fsync=False))
    os.environ |= SETTINGS | {"CALLROOM_STATE": str(state), "DATABASE_URL": embedded.database_url(state)}
    return (yield)


@contextmanager
def free_state() -> Iterator[Path]:
    """An empty state folder that no other run of this checkout uses. What a killed run left in it is removed."""
    with ExitStack() as lock:
        for number in count(1):
            with suppress(AlreadyRunning):
                lock.enter_context(only_one(RUNS / f"{number}.lock", "A test run", seconds_to_wait=0))
                break
        state = RUNS / str(number)
        embedded.forget(state)
        shutil.rmtree(state, ignore_errors=True)
        yield state
