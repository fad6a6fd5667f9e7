"""What is promised, to whom, by when? A task; a promise is a task the customer was told about."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from crm.models.record import Record, RecordQuerySet

YEARS = range(1900, 2200)


def is_of_our_time(moment: datetime) -> None:
    """Refuses a slip of the finger: the last hours of 9999 are the year 10000 elsewhere, which no page can show."""
    if moment.year not in YEARS:
        raise ValidationError(f"Write a year from {YEARS[0]} to {YEARS[-1]}.", code="not_of_our_time")


class TaskQuerySet(RecordQuerySet):
    def open(self) -> Any:
        return self.filter(done_at=None)


class Task(Record):
    title = models.CharField(max_length=255)
    text = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True, blank=True, validators=[is_of_our_time])
    is_call_back = models.BooleanField(default=False)
    contact = models.ForeignKey(
        "crm.Contact", models.CASCADE, null=True, blank=True, related_name="tasks", db_index=False
    )
    account = models.ForeignKey(
        "crm.Account", models.CASCADE, null=True, blank=True, related_name="tasks", db_index=False
    )
    activity = models.ForeignKey("crm.Activity", models.SET_NULL, null=True, blank=True, related_name="tasks")
    queue = models.ForeignKey("crm.Queue", models.SET_NULL, null=True, blank=True, related_name="tasks", db_index=False)
    number = models.CharField(
        max_length=40, blank=True, db_collation="C", help_text="Whom to call, where nobody is known."
    )
    user = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="tasks", db_index=False)
    created_by = models.ForeignKey("crm.User", models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    request_id = models.UUIDField(
        null=True, blank=True, unique=True, help_text="One click makes one task, however often it arrives."
    )
    done_at = models.DateTimeField(null=True, blank=True, validators=[is_of_our_time])

    objects = TaskQuerySet.as_manager()  # type: ignore[misc]  # the plugin makes it an instance variable

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [
            models.Index(fields=["user", "due_at", "id"], name="task_of_user", condition=models.Q(done_at=None)),
            models.Index(fields=["contact", "due_at", "id"], name="task_of_contact"),
            models.Index(fields=["account", "due_at", "id"], name="task_of_account"),
            models.Index(
                fields=["number"], name="task_of_number", condition=models.Q(done_at=None) & ~models.Q(number="")
            ),
            models.Index(fields=["due_at", "id"], name="task_by_due"),
            models.Index(fields=["due_at", "id"], name="task_open_by_due", condition=models.Q(done_at=None)),
            models.Index(fields=["-done_at", "-id"], name="task_done", condition=~models.Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_overdue(self) -> bool:
        return self.done_at is None and self.due_at is not None and self.due_at < timezone.now()

    def finish(self) -> None:
        Task.objects.filter(pk=self.pk, done_at=None).update(done_at=timezone.now(), changed_at=timezone.now())

    def reopen(self) -> None:
        Task.objects.filter(pk=self.pk).update(done_at=None, changed_at=timezone.now())
