"""How does Callroom start as one? Servers, schema, static files, web and worker; stopped in the reverse order."""

from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from crm import embedded, programs
from crm.embedded.binaries import NoServer
from crm.processes import AlreadyRunning, Crashed, Process, only_one, stopped_by_signals, watch


class Command(BaseCommand):
    help = "Runs the web server and the worker, and PostgreSQL and Valkey where the environment names none."
    requires_system_checks = []
    name = "Callroom"

    def handle(self, *args: Any, **options: Any) -> None:
        self.options = options
        self.state = settings.STATE_DIR.resolve()
        self.port = programs.free_port(8000)
        self.office = f"http://localhost:{self.port}"
        try:
            with stopped_by_signals(self.stdout.write), only_one(self.state / "lock", f"{self.name} at {self.office}"):
                self.run()
        except (AlreadyRunning, Crashed, NoServer) as problem:
            raise CommandError(str(problem)) from None

    def run(self) -> None:
        """Ends only by a signal, or with Crashed."""
        environment = self.environment()
        with embedded.running(self.state) as servers, ExitStack() as stack:
            call_command("migrate", verbosity=0)
            call_command("collectstatic", interactive=False, verbosity=0)
            self.prepare()
            started = [stack.enter_context(program) for program in self.processes(environment)]
            for program in started:
                program.wait(seconds=60)
            self.welcome()
            self.stdout.flush()  # into a file or a pipe too: somebody waits for these words
            watch([*servers, *started])

    def environment(self) -> dict[str, str]:
        """What the programs are told beyond our own environment."""
        return {"CALLROOM_STATE": str(self.state)}

    def prepare(self) -> None:
        """Brings in the data that the programs need, once the schema is there."""

    def processes(self, environment: dict[str, str]) -> list[Process]:
        """In the order they start; the last is stopped first."""
        return [programs.web(self.state, self.port, environment), programs.worker(self.state, environment)]

    def welcome(self) -> None:
        self.stdout.write(f"Callroom answers at {self.office}. Ctrl-C stops it.")
