"""Whose session is this? Django's session row with its user in a column, so that one statement can check both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

if TYPE_CHECKING:
    from django.contrib.sessions.backends.db import SessionStore


class Session(AbstractBaseSession):
    user = models.ForeignKey("crm.User", models.CASCADE, null=True, related_name="sessions")

    @classmethod
    def get_session_store_class(cls) -> type[SessionStore]:
        from crm.sessions import SessionStore

        return SessionStore
