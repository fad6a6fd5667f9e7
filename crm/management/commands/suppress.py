"""Whom must nobody keep again? Puts numbers and e-mail addresses on the list, or takes them off it."""

from __future__ import annotations

import sys
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crm import phones
from crm.models import Suppression


class Command(BaseCommand):
    help = "Reads numbers and e-mail addresses, one a line, and keeps their keyed hashes: no writer keeps them again."
    stealth_options = ("stdin",)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--country", default="CZ", help="Where a number without a country code is read.")
        parser.add_argument("--lift", action="store_true", help="They may be kept again.")

    def handle(self, *_: Any, country: str, lift: bool, stdin: TextIO = sys.stdin, **__: Any) -> None:
        """From standard input: what stands on a command line is seen by others and kept by the shell."""
        lines = [line.strip() for line in stdin if line.strip()]
        emails = [line for line in lines if "@" in line]
        numbers = [phones.key(line, country.upper()) for line in lines if "@" not in line]
        if "" in numbers:
            raise CommandError("A line is neither a number nor an e-mail address. Nothing was done.")
        for kind, values in (("number", numbers), ("email", emails)):
            Suppression.objects.lift(kind, values) if lift else Suppression.objects.suppress(kind, values)
        self.stdout.write(f"{'Taken off' if lift else 'On'} the list: {len(lines)}")
