"""Who is it? A person, perhaps of a company; a lead is a person in an early stage."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, GeneratedField, Q, Value
from django.db.models.functions import Concat, Trim

from crm.models.plain import Plain
from crm.models.reachable import Reachable


class Contact(Reachable):
    """A person. `plain` (first name first) is searched, `sort_key` (last name first) sorted by."""

    class Stage(models.TextChoices):
        LEAD = "lead", "Lead"
        CUSTOMER = "customer", "Customer"
        FORMER = "former", "Former customer"
        PARTNER = "partner", "Partner"

    first_name = models.CharField(max_length=128, blank=True)
    last_name = models.CharField(max_length=128, blank=True)
    plain = GeneratedField(
        expression=Plain(Trim(Concat(F("first_name"), Value(" "), F("last_name")))),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )
    sort_key = GeneratedField(
        expression=Plain(Trim(Concat(F("last_name"), Value(" "), F("first_name")))),
        output_field=models.TextField(db_collation="C"),
        db_persist=True,
    )
    account = models.ForeignKey(
        "crm.Account", models.SET_NULL, null=True, blank=True, related_name="contacts", db_index=False
    )
    job_title = models.CharField(max_length=128, blank=True)
    stage = models.CharField(max_length=8, choices=Stage, default=Stage.CUSTOMER)
    language = models.CharField(max_length=8, blank=True, help_text="cs, sk, pl, de, en …")
    do_not_call = models.BooleanField(default=False)
    is_vip = models.BooleanField("VIP", default=False)
    alert = models.CharField(
        max_length=120, blank=True, help_text="One line every agent must see: a debt, a complaint."
    )
    address = models.TextField(blank=True)
    description = models.TextField(blank=True)
    owner = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)

    class Meta:
        ordering = ["sort_key", "pk"]
        constraints = [
            models.CheckConstraint(
                name="contact_has_a_name",
                condition=~Q(first_name="", last_name=""),
                violation_error_message="A contact needs a name.",
            )
        ]
        indexes = [
            models.Index(fields=["sort_key", "id"], name="contact_by_name"),
            models.Index(fields=["-changed_at", "-id"], name="contact_by_change"),
            models.Index(fields=["hidden_at"], name="contact_hidden", condition=~Q(hidden_at=None)),
            models.Index(fields=["account", "sort_key"], name="contact_of_account"),
            models.Index(fields=["stage", "sort_key", "id"], name="contact_in_stage"),
            models.Index(fields=["sort_key", "id"], name="contact_vip", condition=Q(is_vip=True)),
            models.Index(fields=["owner", "sort_key", "id"], name="contact_of_owner", condition=~Q(owner=None)),
            GinIndex(OpClass("plain", name="gin_trgm_ops"), name="contact_name_fragment"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def links(self) -> dict[str, Any]:
        return {"contact": self, "account": self.account}

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def initials(self) -> str:
        return (self.first_name[:1] + self.last_name[:1]).upper() or "?"

    @property
    def is_lead(self) -> bool:
        return self.stage == self.Stage.LEAD
