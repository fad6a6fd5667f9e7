"""What do we know of an activity over there, in which order did we learn it, and is it over?"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from integrations.models.connection import Connection
from integrations.models.lease import Leased


class ActivityCopy(Leased):
    """Daktela's side of one activity, beside ours (crm.Activity): what is merged, and what is yet to be asked.

    `asked` is the number of the last read that was begun, `applied` of the one that counts: a snapshot read before
    that is dropped (contract A2). `partial` holds what webhooks claimed since, by the `asked` of then, and `named` what
    identifiers were told (calls.merge). `due_at` is when it is read again; empty once it is closed and read.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="copies", db_index=False)
    name = models.CharField(max_length=128, db_collation="C", help_text="What Daktela calls it: its `name`.")
    activity = models.OneToOneField("crm.Activity", models.SET_NULL, null=True, related_name="copy")
    asked = models.PositiveIntegerField(default=0)
    applied = models.PositiveIntegerField(default=0)
    snapshot = models.JSONField(default=dict)
    partial = models.JSONField(default=dict)
    named = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    is_provisional = models.BooleanField(default=True)
    is_closed = models.BooleanField(default=False)
    is_gone = models.BooleanField(default=False)
    revision = models.PositiveIntegerField(default=0)
    anomalies = models.JSONField(default=list)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "name"], name="copy_once_an_activity")]
        indexes = [models.Index(fields=["due_at"], name="copy_due", condition=~Q(due_at=None))]

    def __str__(self) -> str:
        return self.name
