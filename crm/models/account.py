"""Which company is it?"""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, GeneratedField, Q

from crm.models.plain import Plain
from crm.models.reachable import Reachable


class Account(Reachable):
    """A company. `plain` is its name in small letters without accents: what lists sort by and searches look in."""

    name = models.CharField(max_length=255)
    plain = GeneratedField(
        expression=Plain(F("name")), output_field=models.TextField(db_collation="C"), db_persist=True
    )
    website = models.URLField(blank=True)
    address = models.TextField(blank=True)
    description = models.TextField(blank=True)
    alert = models.CharField(
        max_length=120, blank=True, help_text="One line every agent must see: a debt, a complaint, VIP."
    )
    owner = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["plain", "pk"]
        indexes = [
            models.Index(fields=["plain", "id"], name="account_by_name"),
            models.Index(fields=["-changed_at", "-id"], name="account_by_change"),
            models.Index(fields=["hidden_at"], name="account_hidden", condition=~Q(hidden_at=None)),
            models.Index(fields=["owner", "plain", "id"], name="account_of_owner", condition=~Q(owner=None)),
            GinIndex(OpClass("plain", name="gin_trgm_ops"), name="account_name_fragment"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def links(self) -> dict[str, Any]:
        return {"account": self}
