"""Which record over there is which of ours, and what did we last take from it or send to it?"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from integrations.models.connection import Connection
from integrations.models.stream import Entity


class RemoteLink(models.Model):
    """The identity map (contract C5). It outlives our record, so that what we deleted does not come back by itself.

    `taken` is the digest of their bytes and of the mapping they went through, `sent` of ours as last written there:
    what has the same digest is not a change (contract C10).
    """

    class State(models.TextChoices):
        LIVE = "live", "live"
        GONE = "gone", "deleted over there"
        SUSPENDED = "suspended", "no longer visible to our user there"

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="links", db_index=False)
    entity = models.CharField(max_length=10, choices=Entity)
    remote_id = models.CharField(max_length=128, db_collation="C")
    contact = models.ForeignKey("crm.Contact", models.SET_NULL, null=True, related_name="links_out", db_index=False)
    account = models.ForeignKey("crm.Account", models.SET_NULL, null=True, related_name="links_out", db_index=False)
    taken = models.BinaryField(max_length=16, null=True)
    sent = models.BinaryField(max_length=16, null=True)
    state = models.CharField(max_length=9, choices=State, default=State.LIVE, db_default=State.LIVE)
    gone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "entity", "remote_id"], name="link_once_a_remote_record"),
            models.UniqueConstraint(
                fields=["contact", "connection"], name="link_once_a_contact", condition=~Q(contact=None)
            ),
            models.UniqueConstraint(
                fields=["account", "connection"], name="link_once_an_account", condition=~Q(account=None)
            ),
        ]
        indexes = [
            models.Index(fields=["taken"], name="link_by_digest", condition=~Q(taken=None)),
            models.Index(
                fields=["connection", "entity"],
                name="link_of_nobody",
                condition=Q(contact=None, account=None, state="live"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.remote_id}"
