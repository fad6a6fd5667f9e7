"""Which systems are we connected to? A connector, its address, its credentials and its choices."""

from __future__ import annotations

import uuid
from typing import Any, cast
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from pydantic import ValidationError as PydanticError

from integrations import pace
from integrations.connectors import base, get
from integrations.connectors.errors import ConfigurationError
from integrations.connectors.http import DEADLINE_SECONDS
from integrations.fields import EncryptedJSONField, KeyIsMissing


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


class ConnectionQuerySet(models.QuerySet["Connection"]):
    def framing_origins(self) -> list[str]:
        """Who may frame the widget: the addresses of the enabled Daktelas, and nobody else's."""
        daktelas = self.filter(connector=Connection.Connector.DAKTELA, is_enabled=True)
        return list(daktelas.order_by("origin").values_list("origin", flat=True))

    def serving(self, source: str) -> Connection | None:
        """The enabled connection that a queue or an activity of this source comes from."""
        return self.filter(slug=source, is_enabled=True).first()


class Connection(models.Model):
    class Connector(models.TextChoices):
        DAKTELA = "daktela", "Daktela"
        DYNAMICS = "dynamics", "Dynamics 365"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True, help_text="How our records name it; it does not change.")
    connector = models.CharField(max_length=20, choices=Connector, default=Connector.DAKTELA)
    title = models.CharField(max_length=80)
    origin = models.CharField(
        "address", max_length=200, validators=[validate_origin], help_text="https://company.daktela.com"
    )
    time_zone = models.CharField(max_length=40, default="Europe/Prague", help_text="Its times come bare, in this zone.")
    is_enabled = models.BooleanField(default=True, help_text="Only an enabled Daktela may frame the widget.")
    settings = models.JSONField(default=dict, blank=True)
    credentials = EncryptedJSONField(default=dict, blank=True)
    webhook_keys = models.JSONField(default=list, blank=True, help_text="SHA-256 of each secret that opens the inbox.")
    refused_count = models.PositiveIntegerField(default=0, help_text="Webhooks that came with a wrong secret.")
    rests_until = models.DateTimeField(null=True, blank=True, help_text="Nobody asks it anything before then.")
    failures_in_a_row = models.PositiveSmallIntegerField(default=0)
    paused_reason = models.CharField(max_length=300, blank=True, help_text="Why it waits for a person.")
    quota = models.JSONField(default=dict, blank=True, help_text="What it said of our quota: used, limit, at.")
    findings = models.JSONField(default=list, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title

    def secrets(self) -> dict[str, Any]:
        """The credentials, decrypted. Never log, show or send them anywhere but to `origin`."""
        field = cast(EncryptedJSONField, Connection._meta.get_field("credentials"))
        return field.open(self)

    def open(self, *, deadline_seconds: float = DEADLINE_SECONDS) -> base.Connector:
        """Its connector, ready to ask; to be closed, so use it in a `with`. Raises ConfigurationError."""
        try:
            made = get(self.connector)
            access = base.Access(
                self.origin,
                ZoneInfo(self.time_zone),
                {**self.settings, **self.secrets()},
                settings.ALLOWED_EGRESS,
                pace.Counted(pace.of(self)),
                deadline_seconds,
            )
            return made(access)
        except KeyError as error:
            raise ConfigurationError(f"This version has no connector {self.connector}.") from error
        except KeyIsMissing as error:
            raise ConfigurationError("Its credentials cannot be read: their key is not in ENCRYPTION_KEYS.") from error
        except PydanticError as error:
            names = ", ".join(str(problem["loc"][0]) for problem in error.errors() if problem["loc"])
            raise ConfigurationError(f"Its settings are not complete: {names}.") from error

    def move_to(self, origin: str) -> None:
        """A new address wipes the secret: it must not be sent where it was not meant for (threat 12)."""
        if origin != self.origin:
            self.origin = origin
            self.credentials = {}  # type: ignore[assignment]
