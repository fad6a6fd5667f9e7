"""How does an empty database become a contact centre? `manage.py demo_data` fills it, once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from widget import demo
from widget.demo import centre, seed


class Command(BaseCommand):
    help = "Fills an empty database with the demo's contact centre, and writes what the simulated Daktela knows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--desk-origin", default="http://127.0.0.1:8100", help="where the simulated Daktela is")
        parser.add_argument("--seed-file", type=Path, help="where to write its users, queues and callers")

    def handle(self, *, desk_origin: str, seed_file: Path | None, **_: Any) -> None:
        if demo.is_there():
            centre.move_desk(desk_origin)
            self.stdout.write("The demo data is there.")
        else:
            demo.fill(desk_origin)
            self.stdout.write("The demo data is written.")
        if seed_file:
            seed.write(seed_file)
