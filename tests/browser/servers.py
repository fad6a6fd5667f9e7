"""What runs while a browser looks? Granian with the product on the tests' database, and a simulated Daktela."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from crm import programs
from integrations.connectors.daktela.simulator import Simulator

MANIFEST = "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"


@dataclass(frozen=True)
class Servers:
    """The office and the widget are one server under two host names; the desk is another site."""

    port: int
    simulator: Simulator

    @property
    def office(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def widget(self) -> str:
        return f"http://widget.localhost:{self.port}"

    @property
    def desk(self) -> str:
        return self.simulator.url

    @property
    def hosts(self) -> set[str]:
        return {address.removeprefix("http://") for address in (self.office, self.widget, self.desk)}


@contextmanager
def serving(state: Path) -> Iterator[Servers]:
    port = free_port()
    with ExitStack() as stack:
        simulator = stack.enter_context(Simulator(f"http://widget.localhost:{port}/widget/{{queue}}/"))
        collect(state / "static")
        servers = Servers(port, simulator)
        stack.enter_context(programs.web(state, port, environment(state, servers))).wait(30)
        yield servers


def free_port() -> int:
    """One that the system gives out: looking for the next free one, two test processes would find the same."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def collect(folder: Path) -> None:
    """The static files as production serves them, under the names that hold their hash."""
    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": MANIFEST}}
    with override_settings(STATIC_ROOT=folder, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)


def environment(state: Path, servers: Servers) -> dict[str, str]:
    database = connection.settings_dict
    host = database["HOST"] or database["OPTIONS"]["host"]
    return {
        "CALLROOM_STATE": str(state),
        "STATIC_STORAGE": MANIFEST,
        "DATABASE_URL": f"postgresql://{database['USER']}@:{database['PORT'] or 5432}/{database['NAME']}?host={host}",
        "REDIS_URL": settings.REDIS_URL,
        "OFFICE_ORIGIN": servers.office,
        "WIDGET_ORIGIN": servers.widget,
        "ALLOWED_EGRESS": servers.desk,
    }


BUSY = """
select count(*) from pg_stat_activity
where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()
"""


def settle() -> None:
    """Waits until the requests of pages that were closed are over: the tables are emptied next, and would deadlock."""
    quiet = 0
    while quiet < 3:
        with connection.cursor() as cursor:
            cursor.execute(BUSY)
            quiet = 0 if cursor.fetchone()[0] else quiet + 1
        time.sleep(0.02)
