"""What flows, in which direction, how far has it got, and by which mapping? A connection's contacts inward, say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import models, transaction

from crm.models import OwnedField
from integrations.clock import now
from integrations.models.connection import Connection
from integrations.models.lease import Leased, LeasedQuerySet


class Direction(models.TextChoices):
    INWARD = "inward", "to us"
    OUTWARD = "outward", "from us"


class Entity(models.TextChoices):
    """In the order in which they run: a contact names its account, an activity its contact."""

    ACCOUNT = "account", "Accounts"
    CONTACT = "contact", "Contacts"
    ACTIVITY = "activity", "Activities"
    TICKET = "ticket", "Tickets"
    USER = "user", "Users"
    QUEUE = "queue", "Queues"
    STATUS = "status", "Statuses"


EVERY_MINUTES: dict[str, int] = {Entity.USER: 24 * 60}  # one stream for the whole directory
OFTEN_MINUTES = 5


class StreamQuerySet(LeasedQuerySet):
    def inward(self, connection: Connection, entity: str) -> Stream:
        """The row that keeps the cursor, the timetable and the lease of what comes in without a mapping of people's."""
        begins = {"is_enabled": True, "every_minutes": EVERY_MINUTES.get(entity, OFTEN_MINUTES), "due_at": now()}
        key = {"connection": connection, "entity": entity, "direction": Direction.INWARD}
        return self.get_or_create(**key, defaults=begins)[0]


class Stream(Leased):
    """One cursor for each connection, entity and direction (contract C3), and the only row that moves it.

    The lease on it is what keeps two runs apart (contract C11). `cursor` is the remote's own, opaque; outward it is
    ours. `due_at` is when the timetable runs it next; empty by hand only.
    """

    class Gone(models.TextChoices):
        """What a deletion in the master does at the other end."""

        KEEP = "keep", "Keep it"
        DEACTIVATE = "deactivate", "Deactivate it"
        DELETE = "delete", "Delete it"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="streams")
    entity = models.CharField(max_length=10, choices=Entity)
    direction = models.CharField(max_length=8, choices=Direction)
    is_enabled = models.BooleanField("runs by the timetable", default=False)
    every_minutes = models.PositiveSmallIntegerField("every … minutes", default=2)
    gone = models.CharField("what is deleted in the master", max_length=10, choices=Gone, default=Gone.DEACTIVATE)
    cursor = models.TextField(blank=True)
    is_full_due = models.BooleanField(default=False, help_text="Everything is compared at the next run.")
    compared_at = models.DateTimeField(null=True, blank=True, help_text="When all ids were last compared.")
    paused_reason = models.CharField(max_length=300, blank=True, help_text="Why it waits for a person.")
    version = models.PositiveIntegerField("mapping version", default=0)
    deletions_asked = models.PositiveIntegerField(default=0, db_default=0, help_text="So many it wants to delete.")
    deletions_approved = models.PositiveIntegerField(
        default=0, db_default=0, help_text="So many deletions a person let the next run do (contract C7)."
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        help_text="Who pressed Sync now, until that run is over; nobody: the timetable.",
    )
    described = models.JSONField(default=dict, db_default={}, help_text="Their fields that we map, and of which kind.")

    objects = StreamQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        ordering = ["connection", "direction", "entity"]
        constraints = [
            models.UniqueConstraint(fields=["connection", "entity", "direction"], name="stream_once_a_direction")
        ]
        indexes = [models.Index(fields=["due_at"], name="stream_due", condition=models.Q(is_enabled=True))]

    def __str__(self) -> str:
        return f"{self.connection}: {self.get_entity_display()} {self.get_direction_display()}"

    @transaction.atomic
    def publish(self, rows: Sequence[Mapping[str, Any]], by: Any) -> MappingVersion:
        """Makes these the rows of the mapping, from the next run on, which compares every record by them.

        The same rows again are no new version. What was suspended stays so while its pair is the same.
        """
        stream = Stream.objects.select_for_update().get(pk=self.pk)
        rows = [dict(row) for row in rows]
        current = self.versions.filter(number=stream.version).first()
        if current and current.rows == rows:
            return current
        suspended = {(one.ours, one.theirs): one.suspended_reason for one in self.mappings.all()}
        self.mappings.all().delete()
        FieldMapping.objects.bulk_create(
            FieldMapping(
                stream=self, position=at, suspended_reason=suspended.get((row["ours"], row["theirs"]), ""), **row
            )
            for at, row in enumerate(rows)
        )
        self.version, self.is_full_due, self.described = stream.version + 1, True, {}
        self.save(update_fields=["version", "is_full_due", "described"])
        self._own(rows)
        self.failures.exclude(state="settled").update(  # what was refused may pass now (contract P4)
            state="waiting", attempts=0, next_try_at=now(), digest=None
        )
        return self.versions.create(number=self.version, rows=rows, by=by)

    def _own(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """What this connection overwrites is read-only here in the records it is the master of (contract C1)."""
        if self.direction != Direction.INWARD:
            return
        master = {"record": self.entity, "master": self.connection.slug}
        fields = {row["ours"] for row in rows if row.get("mode", "overwrite") == "overwrite"}
        OwnedField.objects.filter(**master).exclude(field__in=fields).delete()
        made = [OwnedField(**master, field=field, label=self.connection.title) for field in sorted(fields)]
        OwnedField.objects.bulk_create(
            made, update_conflicts=True, unique_fields=["record", "master", "field"], update_fields=["label"]
        )


class FieldMapping(models.Model):
    """One of our fields paired with one of theirs. A `custom.` prefix means a field an admin added to our records."""

    class Mode(models.TextChoices):
        OVERWRITE = "overwrite", "overwrite"
        IF_NEW = "if_new", "only in a new record"
        IF_EMPTY = "if_empty", "only where empty"
        APPEND = "append", "append"

    stream = models.ForeignKey(Stream, models.CASCADE, related_name="mappings")
    position = models.PositiveSmallIntegerField(default=0)
    ours = models.CharField("our field", max_length=80)
    theirs = models.CharField("their field", max_length=200)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.OVERWRITE)
    transform = models.CharField(max_length=40, blank=True)
    argument = models.CharField(
        "with", max_length=200, blank=True, help_text="What the change needs: a country, a format."
    )
    table = models.JSONField(
        "values", default=dict, blank=True, help_text="Their value to ours (inward), ours to theirs."
    )
    default = models.CharField("if there is none", max_length=200, blank=True)
    suspended_reason = models.CharField(max_length=200, blank=True, help_text="Why this field waits; the others go on.")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["stream", "ours", "theirs"], name="mapping_once_a_pair")]

    def __str__(self) -> str:
        return f"{self.ours} · {self.theirs}"


class MappingVersion(models.Model):
    """The rows of a stream's mapping as they stood: what a run of then went by, and what one can go back to."""

    stream = models.ForeignKey(Stream, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    rows = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["stream", "number"], name="mapping_version_once")]

    def __str__(self) -> str:
        return f"version {self.number}"
