"""Which fields of a record are not ours to write? Those that another system is the master of (contract C1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

if TYPE_CHECKING:
    from crm.models.reachable import Reachable

EMAIL = "email"
PHONE = "phone."  # and the kind of number
CUSTOM = "custom."  # and the key of an admin's field


class Owned(Exception):
    """Somebody wanted to write what another system says; the text is for the writer."""

    def __init__(self, what: str, label: str) -> None:
        super().__init__(f"{what} come from {label}: change them there.")


def refusal(label: str) -> str:
    """Why a field is not written, and what to do."""
    return f"This comes from {label}: change it there."


class OwnedFieldQuerySet(models.QuerySet["OwnedField"]):
    def of(self, record: Reachable) -> dict[str, str]:
        """The fields of this record that are read-only here, each with the system one changes it in."""
        if not record.master:
            return {}
        rows = self.filter(record=record._meta.model_name, master=record.master)
        return dict(rows.values_list("field", "label"))

    def label(self, master: str) -> str:
        """What people call that system; its slug, where it owns no field any more."""
        return self.filter(master=master).values_list("label", flat=True).first() or master


class OwnedField(models.Model):
    """Written by whoever maps fields; every form and the API ask it.

    `field` is one of ours, `custom.<key>`, `email` for all addresses, or `phone.<kind>` for all numbers of a kind: the
    master replaces those as a whole, so nobody else adds to them. Numbers of other kinds stay everybody's.
    """

    record = models.CharField(max_length=10)
    field = models.CharField(max_length=80)
    master = models.CharField(max_length=50, help_text="The connection, by its slug.")
    label = models.CharField(max_length=80, help_text="What people call that system.")

    objects = OwnedFieldQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "master", "field"], name="owned_field_once")]

    def __str__(self) -> str:
        return f"{self.record}.{self.field} belongs to {self.label}"
