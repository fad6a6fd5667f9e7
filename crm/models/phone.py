"""Whose is this number? One normalised number of one contact or account, and how sure we are of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import connection, models, transaction
from django.db.models import GeneratedField, Q
from django.db.models.functions import Now, Right

from crm import phones

if TYPE_CHECKING:
    from crm.models.account import Account
    from crm.models.contact import Contact

SHARED_BY = 3  # so many confirmed people make a number shared: it never opens one of them by itself again


class PhoneNumber(models.Model):
    """`number` is what `phones.key` returns; `suffix`, its last eight digits, is the one key every look-up goes by."""

    class Kind(models.TextChoices):
        MOBILE = "mobile", "mobile"
        WORK = "work", "work"
        HOME = "home", "home"
        SWITCHBOARD = "switchboard", "switchboard"
        OTHER = "other", "other"

    contact = models.ForeignKey(
        "crm.Contact", models.CASCADE, null=True, blank=True, related_name="phone_numbers", db_index=False
    )
    account = models.ForeignKey(
        "crm.Account", models.CASCADE, null=True, blank=True, related_name="phone_numbers", db_index=False
    )
    number = models.CharField(max_length=40, db_collation="C")
    suffix = GeneratedField(
        expression=Right("number", phones.SUFFIX_LENGTH),
        output_field=models.CharField(max_length=8, db_collation="C"),
        db_persist=True,
    )
    extension = models.CharField(max_length=20, blank=True)
    written = models.CharField("as written", max_length=64, blank=True)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.OTHER)
    custom_field = models.ForeignKey("crm.CustomField", models.CASCADE, null=True, blank=True, related_name="+")
    is_shared = models.BooleanField(default=False, help_text="Several people answer it: it never opens one by itself.")
    confirmed_at = models.DateTimeField(
        null=True, blank=True, help_text="When an agent last said: yes, it is this person."
    )
    rejected_at = models.DateTimeField(
        null=True, blank=True, help_text="When an agent last said: no, somebody else called."
    )

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="number_of_a_contact_or_an_account",
                condition=Q(contact=None, account__isnull=False) | Q(contact__isnull=False, account=None),
                violation_error_message="A number belongs to one contact or one account.",
            ),
            models.CheckConstraint(
                name="number_is_there", condition=~Q(number=""), violation_error_message="A number needs digits."
            ),
            models.UniqueConstraint(fields=["contact", "number", "extension"], name="number_once_a_contact"),
            models.UniqueConstraint(fields=["account", "number", "extension"], name="number_once_an_account"),
        ]
        indexes = [
            models.Index(fields=["suffix", "number"], name="number_by_suffix"),
            GinIndex(OpClass("number", name="gin_trgm_ops"), name="number_fragment"),
        ]

    def __str__(self) -> str:
        return phones.spell(self.number) + (f" ext. {self.extension}" if self.extension else "")

    def confirm(self) -> None:
        """An agent said: yes, it is this person. Teaches; the third confirmed person makes the number shared."""
        same = PhoneNumber.objects.filter(number=self.number, extension=self.extension)
        with transaction.atomic(), connection.cursor() as cursor:
            # One after another, also for people whose rows are not committed yet: else three at once share nothing.
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [self.number])
            PhoneNumber.objects.filter(pk=self.pk).update(confirmed_at=Now(), rejected_at=None)
            people = same.exclude(confirmed_at=None).exclude(contact=None).filter(contact__hidden_at=None)
            if people.values("contact").distinct().count() >= SHARED_BY:
                same.update(is_shared=True)

    def reject(self) -> None:
        """An agent said: no, somebody else called. The next call asks before it opens this person."""
        PhoneNumber.objects.filter(pk=self.pk).update(rejected_at=Now())

    @property
    def owner(self) -> Contact | Account:
        return self.contact or self.account  # type: ignore[return-value]
