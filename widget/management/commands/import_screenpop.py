"""How do an ipSCAPE site's screen-pop rules come here? From its configuration file, with a report of every setting."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from crm.models import Queue, User
from widget import rulebench
from widget.imports import ipscape
from widget.imports.ipscape import ImportedRule, Line, Reading, Refused, Verdict
from widget.models import ScreenPopRule
from widget.rule_forms import custom_titles


class Command(BaseCommand):
    help = (
        "Reads the configuration object of ipSCAPE's Dynamics adapter, writes its screen-pop rules, and reports what "
        "was taken and what has no counterpart. Safe to repeat; with an error nothing is written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the configuration, as JSON; comments and last commas may stay")
        parser.add_argument("--queue", metavar="SLUG", help="rules for this queue only; without it for every queue")
        parser.add_argument("--dry-run", action="store_true", help="report only, write nothing")
        parser.add_argument("--all-the-same", action="store_true", help="write even if an example call no longer holds")

    def handle(self, *args: Any, **options: Any) -> None:
        queue = _queue(options["queue"])
        reading = self._read(options["file"])
        self._report(reading.lines)
        with transaction.atomic():
            before = rulebench.saved_rules()
            for rule in reading.rules.values():
                self.stdout.write(f"{_save(rule, queue)}: {rule.call_type} of {queue or 'every queue'}")
            self._try_examples(before, queue, all_the_same=options["all_the_same"])
            transaction.set_rollback(options["dry_run"])
        self.stdout.write("Nothing was written: this was a dry run." if options["dry_run"] else "Done.")

    def _read(self, file: Path) -> Reading:
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{file} cannot be read as UTF-8 text: {error}") from error
        try:
            return ipscape.read(text, custom_titles())
        except Refused as refusal:
            self._report(refusal.lines)
            raise CommandError(
                f"Nothing was written: correct {len(refusal.lines)} of the file's settings."
            ) from refusal

    def _report(self, lines: Any) -> None:
        for line in dict.fromkeys(lines):
            self.stdout.write(f"{line.verdict:9} {_printable(line)}", self._style(line.verdict))

    def _style(self, verdict: Verdict) -> Any:
        worrying = {
            Verdict.WRONG: self.style.ERROR,
            Verdict.UNSAFE: self.style.WARNING,
            Verdict.UNKNOWN: self.style.WARNING,
        }
        return worrying.get(verdict)

    def _try_examples(self, before: list[Any], queue: Queue | None, *, all_the_same: bool) -> None:
        """As the admin does on save: what held must hold, unless a person says otherwise."""
        admin = User.objects.filter(role=User.Role.ADMIN, is_active=True).first()
        if admin is None:
            self.stdout.write("Example calls were not tried: there is no administrator whose eyes to try them with.")
            return
        tried = rulebench.try_examples(admin, before, rulebench.saved_rules(), {queue.pk} if queue else None)
        broken = [one for one in tried if one.is_broken]
        for one in broken:
            self.stdout.write(f"breaks    “{one.example}”: must be “{one.before}”, would be “{one.after}”")
        if broken and not all_the_same:
            raise CommandError("Nothing was written: example calls would break. Correct them, or say --all-the-same.")


def _queue(slug: str | None) -> Queue | None:
    if slug is None:
        return None
    try:
        return Queue.objects.get(slug=slug)
    except Queue.DoesNotExist as error:
        known = ", ".join(Queue.objects.values_list("slug", flat=True)) or "none yet"
        raise CommandError(f"There is no queue “{slug}”. Queues: {known}.") from error


def _save(rule: ImportedRule, queue: Queue | None) -> str:
    """What the file says is set; what it says nothing of (one match, several) stays as the admin left it."""
    values = {"order": list(rule.order), "on_none": rule.on_none, "fields": list(rule.fields)}
    saved = ScreenPopRule.objects.filter(queue=queue, call_type=rule.call_type).first()
    if saved and all(getattr(saved, name) == value for name, value in values.items()):
        return "unchanged"
    ScreenPopRule.objects.update_or_create(queue=queue, call_type=rule.call_type, defaults=values)
    return "changed" if saved else "created"


def _printable(line: Line) -> str:
    text = f"{line.place}: {line.text}"
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
