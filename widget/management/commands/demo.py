"""How does a newcomer see everything at work? The CRM with demo data, and a simulated Daktela whose desk rings it."""

import getpass
import json
import os
import sys
import urllib.request
from argparse import ArgumentParser
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import CommandError

from crm import embedded, programs
from crm.models import User
from crm.processes import Process
from integrations.connectors.daktela.connector import Daktela
from widget.demo.centre import CENTRE, PASSWORD, SOURCE, accept_events
from widget.management.commands import run

HOOK = f"/hooks/{SOURCE}/"


class Command(run.Command):
    help = "Runs the demo: everything of `run`, demo data and a simulated Daktela desk."
    name = "The demo"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="start with a fresh database; the keys are kept")

    def handle(self, *args: Any, **options: Any) -> None:
        self.desk_port = programs.free_port(8100)
        self.desk = f"http://127.0.0.1:{self.desk_port}"
        self.dynamics_port = programs.free_port(8200)
        self.dynamics = f"http://127.0.0.1:{self.dynamics_port}"
        super().handle(*args, **options)

    def run(self) -> None:
        if self.options["reset"]:
            self.reset()
        super().run()

    def reset(self) -> None:
        if os.environ.get("DATABASE_URL"):
            raise CommandError("DATABASE_URL is set: empty that database yourself; the demo throws away only its own.")
        embedded.forget(self.state)

    def environment(self) -> dict[str, str]:
        return super().environment() | {
            "OFFICE_ORIGIN": self.office,
            "WIDGET_ORIGIN": f"http://widget.localhost:{self.port}",
            "ALLOWED_EGRESS": f"{self.desk},{self.dynamics}",
        }

    @property
    def seed(self) -> Path:
        """The file with what the desk knows: users, queues and callers of our demo data."""
        return self.state / "demo" / "desk.json"

    def prepare(self) -> None:
        call_command("demo_data", desk_origin=self.desk, seed_file=self.seed, stdout=StringIO())
        self.secret = embedded.kept_key(self.state, "events")
        accept_events(self.secret)

    def processes(self, environment: dict[str, str]) -> list[Process]:
        return [self.simulator(), self.company_crm(), *super().processes(environment)]

    def simulator(self) -> Process:
        widget = f"http://widget.localhost:{self.port}/widget/{{queue}}/"
        program = [sys.executable, "-m", "integrations.connectors.daktela.simulator", "--port", str(self.desk_port)]
        return Process(
            "The desk",
            [*program, "--widget-url", widget, "--seed", str(self.seed)],
            log=self.state / "log" / "desk.log",
            options=programs.HERE,
            answers=lambda: programs.answers(self.desk),
        )

    def company_crm(self) -> Process:
        """A simulated Dynamics 365, to be connected by hand."""
        program = [sys.executable, "-m", "integrations.connectors.dynamics.simulator"]
        return Process(
            "The simulated Dynamics",
            [*program, "--port", str(self.dynamics_port)],
            log=self.state / "log" / "dynamics.log",
            options=programs.HERE,
            answers=lambda: programs.answers(self.dynamics),
        )

    def send_events(self) -> None:
        """Pastes the event template into the simulated Daktela, as an administrator would into a real one."""
        event = {"url": f"{self.office}{HOOK}", "token": self.secret, "template": json.loads(Daktela.template())}
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.desk}/desk/events", json.dumps(event).encode(), headers)  # noqa: S310
        with urllib.request.urlopen(request, timeout=5):  # noqa: S310 - our own, on loopback
            return

    def welcome(self) -> None:
        self.send_events()
        for line in (*self.remarks(), self.style.SUCCESS("\nCallroom is up."), *self.addresses()):
            self.stdout.write(line)

    def remarks(self) -> Iterator[str]:
        ports = (8000, self.port, "the CRM"), (8100, self.desk_port, "the desk"), (8200, self.dynamics_port, "Dynamics")
        for usual, port, what in ports:
            if port != usual:
                yield f"Port {usual} is taken, so {what} is at {port}."
        if connection := os.environ.get("SSH_CONNECTION"):
            here = f"{getpass.getuser()}@{connection.split()[2]}"
            forwards = " ".join(f"-L {port}:127.0.0.1:{port}" for _, port, _ in ports)
            yield f"This machine is remote. On yours, first: ssh -N {forwards} {here}"

    def addresses(self) -> Iterator[str]:
        yield f"  the desk      {self.desk}/   a simulated Daktela: pick an agent, then ring"
        yield f"  the office    {self.office}/   the CRM"
        yield "                as admin, Integrations there: what flows to Daktela and back"
        yield f"  a Dynamics    {self.dynamics}/   a simulated Dynamics 365 to connect there; it says what to enter"
        yield f"  log-ins       everybody's password is {PASSWORD!r}"
        for role, label in User.Role.choices:
            names = (row["username"] for row in CENTRE["users"] if row.get("role", User.Role.AGENT) == role)
            yield f"    {label.lower():11} {', '.join(names)}"
        yield f"Ctrl-C stops it. Its logs are in {self.state / 'log'}."
