"""How does an encryption key go out of use? What it encrypted is written anew with the first of the keys."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from integrations.fields import KeyIsMissing
from integrations.models import Connection


class Command(BaseCommand):
    help = "Encrypts all credentials with the first key of ENCRYPTION_KEYS; afterwards the others can go."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = rotate()
        except KeyIsMissing as error:
            raise CommandError(f"Nothing was changed. {error} Put it back into ENCRYPTION_KEYS.") from None
        self.stdout.write(f"All credentials ({count}) rest under the first key now. The other keys can go.")


def rotate() -> int:
    """All or nothing; returns how many connections there are."""
    with transaction.atomic():
        connections = list(Connection.objects.select_for_update().order_by("pk"))
        for connection in connections:
            connection.credentials = connection.secrets()  # type: ignore[assignment]
            connection.save(update_fields=["credentials"])
    return len(connections)
