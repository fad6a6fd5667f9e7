"""Whose is this e-mail address? One address of one contact or account, compared in small letters."""

from __future__ import annotations

from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower


class EmailAddress(models.Model):
    contact = models.ForeignKey(
        "crm.Contact", models.CASCADE, null=True, blank=True, related_name="email_addresses", db_index=False
    )
    account = models.ForeignKey(
        "crm.Account", models.CASCADE, null=True, blank=True, related_name="email_addresses", db_index=False
    )
    address = models.EmailField(max_length=254)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="address_of_a_contact_or_an_account",
                condition=Q(contact=None, account__isnull=False) | Q(contact__isnull=False, account=None),
                violation_error_message="An address belongs to one contact or one account.",
            ),
            models.UniqueConstraint("contact", Lower("address"), name="address_once_a_contact"),
            models.UniqueConstraint("account", Lower("address"), name="address_once_an_account"),
        ]
        indexes = [models.Index(OpClass(Lower("address"), name="text_pattern_ops"), name="address_in_small_letters")]

    def __str__(self) -> str:
        return self.address
