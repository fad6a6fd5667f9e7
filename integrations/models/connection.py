"""Which systems are we connected to? A connector, its address, its credentials and its choices."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models

from integrations.fields import EncryptedJSONField


def validate_origin(value: str) -> None:
    """An address is a scheme, a host and perhaps a port: it goes into a policy header as it is."""
    parts = urlsplit(value)
    if (
        parts.scheme not in ("https", "http")
        or not parts.hostname
        or value != f"{parts.scheme}://{parts.netloc}"
        or "@" in value
    ):
        raise ValidationError("Write it like https://company.daktela.com, without a path.")
    if not all(letter.isascii() and (letter.isalnum() or letter in ".-:[]") for letter in parts.netloc):
        raise ValidationError("A host name has letters, digits, dots and hyphens only.")


class Connection(models.Model):
    class Connector(models.TextChoices):
        DAKTELA = "daktela", "Daktela"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True, help_text="How our records name it; it does not change.")
    connector = models.CharField(max_length=20, choices=Connector, default=Connector.DAKTELA)
    title = models.CharField(max_length=80)
    origin = models.CharField(
        "address", max_length=200, validators=[validate_origin], help_text="https://company.daktela.com"
    )
    time_zone = models.CharField(max_length=40, default="Europe/Prague", help_text="Its times come bare, in this zone.")
    is_enabled = models.BooleanField(default=True, help_text="Only an enabled Daktela may frame the widget.")
    credentials = EncryptedJSONField(default=dict, blank=True)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def secrets(self) -> dict[str, Any]:
        """The credentials, decrypted. Never log, show or send them anywhere but to `origin`."""
        return Connection._meta.get_field("credentials").open(self)  # type: ignore[union-attr]

    def move_to(self, origin: str) -> None:
        """A new address wipes the secret: it must not be sent where it was not meant for (threat 12)."""
        if origin != self.origin:
            self.origin, self.credentials = origin, {}
