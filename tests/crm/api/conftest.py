"""How do tests talk to the API? In JSON, with the answer's body at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from crm.models import User

Send = Callable[..., HttpResponse]


@pytest.fixture
def send(client_of: Callable[[User | None], Client]) -> Send:
    """`send(user, "post", "contacts/", {…})`; the answer is JSON where there is one."""

    def sender(user: User | None, verb: str, path: str, body: Any = None) -> HttpResponse:
        if verb == "get":
            return client_of(user).get(f"/api/{path}")
        return getattr(client_of(user), verb)(f"/api/{path}", body, content_type="application/json")

    return sender
