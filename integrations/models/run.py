"""What happened in a run, record by record, and what did not?"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from integrations.clock import now
from integrations.models.stream import Stream


class SyncRun(models.Model):
    """`changed`, `settled` and the other counts rise page by page, in the transaction of the page."""

    class Kind(models.TextChoices):
        CHANGES = "changes", "sync of changes"
        FULL = "full", "sync of everything"
        IDS = "ids", "comparison of ids"
        RETRY = "retry", "retry"
        DRY = "dry", "dry run"
        ROLLBACK = "rollback", "roll back"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        WITH_ERRORS = "errors", "Done with errors"
        STOPPED = "stopped", "Stopped: it needs a person"
        FAILED = "failed", "Broken off, tried again later"

    stream = models.ForeignKey(Stream, models.CASCADE, related_name="runs")
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.CHANGES)
    state = models.CharField(max_length=8, choices=State, default=State.RUNNING)
    fence = models.BigIntegerField(default=0, help_text="Of the stream's lease: an older run writes nothing more.")
    version = models.PositiveIntegerField("mapping version", default=0)
    started_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    expected = models.PositiveIntegerField(null=True, blank=True)
    seen = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    deleted = models.PositiveIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)
    message = models.CharField(max_length=300, blank=True)
    undone_by = models.OneToOneField("self", models.SET_NULL, null=True, blank=True, related_name="undoes")

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["stream"], name="one_run_at_a_time", condition=Q(state="running"))
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} of {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_undone(self) -> bool:
        """Not by a roll-back that broke off: the next one goes on from there."""
        return self.undone_by is not None and self.undone_by.state in (self.State.DONE, self.State.WITH_ERRORS)


class RecordChange(models.Model):
    """What a run did, or a dry run would do, to one record: the fields before and after, to show and to undo it."""

    class Action(models.TextChoices):
        CREATED = "created", "created"
        UPDATED = "updated", "updated"
        HIDDEN = "hidden", "deleted"
        MERGED = "merged", "merged"
        REJECTED = "rejected", "rejected"

    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="changes", db_index=False)
    remote_id = models.CharField(max_length=128, blank=True)
    record_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=8, choices=Action)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = models.CharField(max_length=300, blank=True)
    written_at = models.DateTimeField(null=True, help_text="The record's changed_at by this update of it.")

    class Meta:
        indexes = [models.Index(fields=["run", "action", "id"], name="change_of_run")]

    def __str__(self) -> str:
        return f"{self.action} {self.remote_id}"


class RecordFailure(models.Model):
    """The quarantine: it owns a record from the moment the cursor passed it by (contract C6).

    `key` is the remote id (inward) or our id (outward). Tried again after 1 min … 24 h; dead when refused for good.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "Tried again"
        DEAD = "dead", "Needs a person"
        SETTLED = "settled", "Settled"

    stream = models.ForeignKey(Stream, models.CASCADE, related_name="failures", db_index=False)
    run = models.ForeignKey(SyncRun, models.SET_NULL, null=True, related_name="failures")
    key = models.CharField(max_length=128, db_collation="C")
    field = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(default=now)
    settled_at = models.DateTimeField(null=True)
    digest = models.BinaryField(max_length=16, null=True, help_text="Of what was refused: the same is not sent again.")

    class Meta:
        ordering = ["-failed_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["stream", "key"], name="failure_once_a_record")]
        indexes = [models.Index(fields=["next_try_at"], name="failure_due", condition=Q(state="waiting"))]

    def __str__(self) -> str:
        return f"{self.key}: {self.reason}"
