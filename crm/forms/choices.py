"""What may a user choose from? Teams, colleagues and queues; an admin from all of them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from crm.models import Queue, Team, User


def teams(user: User) -> QuerySet[Team]:
    return Team.objects.all() if user.is_admin else user.teams.all()


def colleagues(user: User) -> QuerySet[User]:
    """To whom this user may hand something: the people of the same teams."""
    people = User.objects.filter(is_active=True)
    if user.is_admin:
        return people
    members = User.teams.through.objects.filter(team__in=user.teams.all())
    return people.filter(Q(pk=user.pk) | Q(pk__in=members.values("user")))


def queues(user: User) -> QuerySet[Queue]:
    return Queue.objects.all() if user.is_admin else Queue.objects.filter(Q(team=None) | Q(team__in=user.teams.all()))


def country_of(user: User) -> str:
    """In which country this user's numbers without a code are read: that of the first queue of the teams."""
    return queues(user).order_by("pk").values_list("country", flat=True).first() or "CZ"
