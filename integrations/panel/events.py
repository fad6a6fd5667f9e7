"""What does an admin paste into the other system so that its events come to us, and which secret opens our inbox?"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from integrations.connectors.base import Receiver
from integrations.models import Connection, WebhookEvent
from integrations.panel import audit, page

BYTES = 32  # 256 bit, twice what threat 4 asks for
MOST_KEYS = 5
MARK = 8  # letters of the SHA-256, by which a secret is told from another without being shown


@require_GET
def show(request: HttpRequest, pk: UUID) -> TemplateResponse:
    return _page(request, receiving_or_404(pk))


def receiving_or_404(pk: UUID) -> Connection:
    connection = page.connection_or_404(pk)
    connector = page.connector_of(connection)
    if connector is None or not issubclass(connector, Receiver):
        raise Http404
    return connection


def _page(request: HttpRequest, connection: Connection, secret: str = "") -> TemplateResponse:
    connector: Any = page.connector_of(connection)
    events = WebhookEvent.objects.filter(connection=connection)
    return page.show(
        request,
        connection,
        "events",
        address=f"{settings.OFFICE_ORIGIN}{reverse('hook', args=[connection.slug])}",
        template_text=connector.template(),
        secret=secret,
        keys=[(key, key[:MARK]) for key in connection.webhook_keys],
        mark=hashlib.sha256(secret.encode()).hexdigest()[:MARK],
        latest=events.only("received_at").first(),
    )


@require_POST
def add_key(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A new secret, shown this once; the old ones go on until they are revoked, so that nothing is lost meanwhile."""
    receiving_or_404(pk)
    secret = secrets.token_urlsafe(BYTES)
    key = hashlib.sha256(secret.encode()).hexdigest()
    with transaction.atomic():
        connection = Connection.objects.select_for_update().get(pk=pk)
        if len(connection.webhook_keys) >= MOST_KEYS:
            messages.error(request, f"There are {MOST_KEYS} secrets already. Revoke one that is no longer used.")
            return page.to("events", pk)
        connection.webhook_keys = [*connection.webhook_keys, key]
        connection.save(update_fields=["webhook_keys"])
        audit.note(request, connection, f"A new secret for events: {key[:MARK]}.")
    answer = _page(request, connection, secret)
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def revoke_key(request: HttpRequest, pk: UUID) -> HttpResponse:
    """`key` is its SHA-256. What comes with it from now on is refused."""
    receiving_or_404(pk)
    with transaction.atomic():
        connection = Connection.objects.select_for_update().get(pk=pk)
        left = [key for key in connection.webhook_keys if key != request.POST.get("key")]
        if len(left) != len(connection.webhook_keys):
            connection.webhook_keys = left
            connection.save(update_fields=["webhook_keys"])
            audit.note(request, connection, "A secret for events revoked.")
            messages.success(request, "The secret is revoked: what comes with it is refused from now on.")
    return page.to("events", pk)
