"""Who did what to a connection? Django's own log of the admin, shown as the connection's history."""

from __future__ import annotations

from typing import cast

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest

from integrations.models import Connection


def note(request: HttpRequest, connection: Connection, text: str) -> None:
    """A line in the history of the connection: no secret, no customer's data."""
    LogEntry.objects.create(
        user_id=cast(int, request.user.pk),
        content_type=ContentType.objects.get(app_label="integrations", model="connection"),
        object_id=str(connection.pk),
        object_repr=str(connection)[:200],
        action_flag=CHANGE,
        change_message=text,
    )
