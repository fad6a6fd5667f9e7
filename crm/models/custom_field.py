"""What does an admin want to know beside our own fields? Fields added without code, kept in the record."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class CustomField(models.Model):
    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        DATE = "date", "Date"
        PHONE = "phone", "Phone number"
        EMAIL = "email", "E-mail address"
        URL = "url", "Link"
        CHOICE = "choice", "Choice"
        CHECKBOX = "checkbox", "Yes or no"

    class Of(models.TextChoices):
        CONTACT = "contact", "Contact"
        ACCOUNT = "account", "Account"
        ACTIVITY = "activity", "Activity (wrap-up)"

    record = models.CharField(max_length=8, choices=Of)
    key = models.SlugField(help_text="Stands in the API and in mappings; it does not change.")
    title = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.TEXT)
    choices = ArrayField(models.CharField(max_length=80), default=list, blank=True)
    is_required = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["record", "position", "title"]
        constraints = [models.UniqueConstraint(fields=["record", "key"], name="custom_field_key")]

    def __str__(self) -> str:
        return self.title
