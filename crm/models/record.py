"""What has every record of ours in common? A team that may see it, an admin's extra fields, and when it changed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

if TYPE_CHECKING:
    from crm.models.user import User


class RecordQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """The rows this user may see: an admin all, others those of their own teams and those of no team."""
        if user.is_admin:
            return self
        return self.filter(Q(team=None) | Q(team__in=user.teams.all()))

    def changed_since(self, moment: datetime) -> Self:
        return self.filter(changed_at__gte=moment).order_by("changed_at", "pk")


class Record(models.Model):
    """The abstract parent of what customers' data is kept in."""

    team = models.ForeignKey("crm.Team", models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    custom = models.JSONField("more fields", default=dict, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    changed_at = models.DateTimeField(auto_now=True, db_default=Now())

    objects = RecordQuerySet.as_manager()

    class Meta:
        abstract = True

    def is_visible_to(self, user: User) -> bool:
        """The same as the queryset says, for a record that came along with another, such as a call's contact."""
        return self.is_shared_with(user)

    def is_shared_with(self, user: User) -> bool:
        """By its team alone."""
        return self.team_id is None or user.is_admin or self.team_id in user.team_ids
