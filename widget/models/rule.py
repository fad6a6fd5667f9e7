"""What does a call open? Screen-pop rules per queue and call type, and the example calls they are tried on."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class CallType(models.TextChoices):
    """The call subtypes of the ipSCAPE Dynamics adapter (seed 001)."""

    MANUAL = "manual", "Manual"
    INBOUND = "inbound", "Inbound"
    PREVIEW = "preview", "Preview"
    OUTBOUND = "outbound", "Outbound"
    DEFAULT = "default", "Default"


class Searched(models.TextChoices):
    CONTACT = "contact", "Contacts"
    ACCOUNT = "account", "Accounts"
    LEAD = "lead", "Leads"


class ScreenPopRule(models.Model):
    """The most specific counts: this queue and type, this queue's default, any queue's type, any queue's default."""

    class OnOne(models.TextChoices):
        OPEN = "open", "Open it"
        ASK = "ask", "Ask whether it is the caller"

    class OnMany(models.TextChoices):
        ASK = "ask", "Let the agent choose"
        OPEN = "open", "Open the best"

    class OnNone(models.TextChoices):
        OFFER = "offer", "Offer a new record"
        SEARCH = "search", "Only search"

    queue = models.ForeignKey(
        "crm.Queue", models.CASCADE, null=True, blank=True, related_name="rules", help_text="Empty: every queue."
    )
    call_type = models.CharField(max_length=8, choices=CallType, default=CallType.DEFAULT)
    order = ArrayField(models.CharField(max_length=8, choices=Searched), verbose_name="searched, in this order")
    on_one = models.CharField("one match", max_length=4, choices=OnOne, default=OnOne.OPEN)
    on_many = models.CharField("several matches", max_length=4, choices=OnMany, default=OnMany.ASK)
    on_none = models.CharField("no match", max_length=6, choices=OnNone, default=OnNone.OFFER)
    fields = ArrayField(
        models.CharField(max_length=60), default=list, blank=True, help_text="The fields the card shows, in this order."
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "screen-pop rule"
        ordering = ["queue", "call_type"]
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "call_type"],
                name="rule_once",
                nulls_distinct=False,
                violation_error_message="There is a rule for this queue and call type.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.queue or 'Every queue'}: {self.get_call_type_display()}"


class ExampleCall(models.Model):
    """A call and what the rules must do with it; tried whenever a rule is saved."""

    title = models.CharField(max_length=120)
    queue = models.ForeignKey("crm.Queue", models.CASCADE, related_name="+")
    number = models.CharField(max_length=64, blank=True)
    call_type = models.CharField(max_length=8, choices=CallType, default=CallType.INBOUND)
    expected = models.CharField(max_length=200, help_text="What the rule bench says, such as: opens Jana Nováková.")

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title
