"""What does a queue decide? The country of bare numbers, the team, the outcomes, and which numbers are nobody's."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Value
from django.utils.text import slugify

from crm import phones


class QueueQuerySet(models.QuerySet["Queue"]):
    def free_slugs(self, source: str, names: Iterable[str]) -> dict[str, str]:
        """A slug for each new queue of this connection, by its name over there: the name itself, where that is free."""
        slugs = {name: (slugify(name) or "queue")[:50] for name in names}
        taken = set(self.filter(slug__in=slugs.values()).values_list("slug", flat=True))
        for name, slug in slugs.items():
            slugs[name] = slug if slug not in taken else f"{source[:24]}-{slug[:25]}"
            taken.add(slugs[name])
        return slugs


class Queue(models.Model):
    """Daktela's queue as we use it: `name` is Daktela's own, `slug` stands in the widget's address."""

    slug = models.SlugField(unique=True, help_text="Stands in the widget's address: /widget/<slug>/.")
    name = models.CharField(max_length=64, help_text="The queue's name in Daktela, such as 2000.")
    source = models.CharField(max_length=50, blank=True, help_text="The connection it lives in, by its slug.")
    title = models.CharField(max_length=128)
    country = models.CharField(
        max_length=2, default="CZ", help_text="Numbers without a country code are read as this country's."
    )
    time_zone = models.CharField(
        max_length=40, default="Europe/Prague", help_text="The customers' time zone, for call-backs."
    )
    team = models.ForeignKey("crm.Team", models.PROTECT, null=True, blank=True, related_name="queues")
    own_numbers = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Our own numbers: they match nobody."
    )
    ignored_numbers = ArrayField(
        models.CharField(max_length=40), default=list, blank=True, help_text="Agents add to it with I."
    )
    outcome_is_required = models.BooleanField(default=False)
    wrapup_seconds = models.PositiveIntegerField(null=True, blank=True, default=60, help_text="Empty: no timer.")
    outcomes = models.ManyToManyField("crm.Outcome", through="crm.QueueOutcome", related_name="queues")
    wrapup_fields = models.ManyToManyField("crm.CustomField", blank=True, limit_choices_to={"record": "activity"})

    is_told = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Its connection has told of it by itself."
    )
    gone_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="When it was gone from there.")

    objects = QueueQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        constraints = [models.UniqueConstraint(fields=["source", "name"], name="queue_of_a_source")]

    def __str__(self) -> str:
        return self.title

    def ignore(self, number: str) -> None:
        """From now on this number matches nobody in this queue. Safe beside another agent doing the same."""
        key = phones.key(number, self.country)
        rows = Queue.objects.filter(pk=self.pk).exclude(ignored_numbers__contains=[key])
        rows.update(ignored_numbers=Func(F("ignored_numbers"), Value(key), function="array_append"))

    def heed(self, number: str) -> None:
        """It is looked up again: somebody ignored it by mistake."""
        key = phones.key(number, self.country)
        rows = Queue.objects.filter(pk=self.pk)
        rows.update(ignored_numbers=Func(F("ignored_numbers"), Value(key), function="array_remove"))
