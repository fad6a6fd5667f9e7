"""Does the connection work? Each thing a sync needs, looked at and put into words, within a request."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_GET, require_POST

from integrations.clock import now
from integrations.connectors.base import Finding
from integrations.connectors.errors import ConnectorError
from integrations.fields import KeyIsMissing
from integrations.models import Connection
from integrations.panel import page

DEADLINE_SECONDS = 10.0  # of the whole check
REQUEST_SECONDS = 4.0  # of each of its requests
UNREADABLE = Finding(
    "Credentials",
    "bad",
    "The kept credentials cannot be read: their key is not in ENCRYPTION_KEYS.",
    "Put the key back, or enter the credentials again under Settings.",
)
TOO_SLOW = Finding(
    "Time",
    "warn",
    f"The check was ended after {DEADLINE_SECONDS:.0f} seconds: what follows was not looked at.",
    "It answers slowly. Check again in a while; if it stays so, ask whoever runs it.",
)


@require_GET
def show(request: HttpRequest, pk: UUID) -> TemplateResponse:
    return page.show(request, page.connection_or_404(pk), "check")


@require_POST
def run(request: HttpRequest, pk: UUID) -> HttpResponse:
    look(page.connection_or_404(pk))
    return page.to("check", pk)


def look(connection: Connection) -> None:
    """Asks, and keeps what was found. Nothing bad found: what paused the connection is over."""
    findings = list(found(connection))
    connection.findings = [asdict(finding) for finding in findings]
    connection.checked_at = now()
    fields = ["findings", "checked_at"]
    if findings and not any(finding.tone == "bad" for finding in findings):
        connection.paused_reason = ""
        fields.append("paused_reason")
    connection.save(update_fields=fields)


def found(connection: Connection) -> Iterator[Finding]:
    ends = time.monotonic() + DEADLINE_SECONDS
    try:
        with connection.open(deadline_seconds=REQUEST_SECONDS) as connector:
            for finding in connector.check():
                yield finding
                if time.monotonic() > ends:
                    yield TOO_SLOW
                    return
    except KeyIsMissing:
        yield UNREADABLE
    except ConnectorError as error:
        yield Finding("Connection", "bad", str(error), "Correct it under Settings, then check again.")
