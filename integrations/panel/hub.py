"""Which systems can we connect to, which are connected, and how is each doing? Manage > Integrations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from integrations import connectors, health
from integrations.connectors.base import Connector, Receiver
from integrations.health import Health
from integrations.models import Connection, Entity


@dataclass
class Card:
    """One system, its connections, and what flows between it and us."""

    slug: str
    label: str
    flows: list[str]
    connections: list[Health] = field(default_factory=list)


def show(request: HttpRequest) -> TemplateResponse:
    context: dict[str, Any] = {"title": "Integrations", "cards": cards(), "opts": Connection._meta}
    return TemplateResponse(request, "admin/integrations/hub.html", admin.site.each_context(request) | context)


def cards() -> list[Card]:
    """Every connector there is; a connection whose connector is gone has a card of its own."""
    found = {one.slug: Card(one.slug, one.label, flows(one)) for one in connectors.CONNECTORS}
    for one in health.of_all(Connection.objects.all()):
        slug = one.connection.connector
        card = found.setdefault(slug, Card("", f"{slug}: not in this version", []))
        card.connections.append(one)
    return list(found.values())


def flows(connector: type[Connector]) -> list[str]:
    """What it can do for us, in words."""
    lines = []
    if connector.inward:
        lines.append(f"{_listed(connector.inward)} come from it.")
    if connector.outward:
        lines.append(f"{_listed(connector.outward)} go to it.")
    if issubclass(connector, Receiver):
        lines.append("Its calls, e-mails, chats and messages come in as they happen.")
    return lines


def _listed(entities: tuple[str, ...]) -> str:
    words = [str(Entity(one).label).lower() for one in Entity.values if one in entities]
    return " and ".join(words).capitalize()
