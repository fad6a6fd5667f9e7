"""By what can each list be narrowed? One set of filters for each kind of record, without what a reader may not see."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.utils import timezone
from django_filters import ChoiceFilter, DateFilter, FilterSet, ModelChoiceFilter

from crm.forms import choices
from crm.models import Activity, Contact, Direction, Outcome, Queue, Team, User


def teams_of(request: Any) -> QuerySet[Team]:
    return choices.teams(request.user)


def colleagues_of(request: Any) -> QuerySet[User]:
    return choices.colleagues(request.user)


def queues_of(request: Any) -> QuerySet[Queue]:
    return choices.queues(request.user)


class DayFilter(DateFilter):
    """A whole day of the reader's zone, compared as moments, so that the index on the time is used."""

    def __init__(self, *, field_name: str, is_last: bool, label: str) -> None:
        self.is_last = is_last
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        sane = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2199, 12, 31))]
        super().__init__(field_name=field_name, label=label, widget=widget, validators=sane)

    def filter(self, rows: QuerySet[Any], day: date | None) -> QuerySet[Any]:
        if day is None:
            return rows
        lookup, day = ("lt", day + timedelta(days=1)) if self.is_last else ("gte", day)
        moment = timezone.make_aware(datetime.combine(day, time()))
        return rows.filter(**{f"{self.field_name}__{lookup}": moment})


class OnlyFilter(ChoiceFilter):
    """A choice among named conditions: what is chosen is all that remains."""

    def __init__(self, conditions: dict[str, tuple[str, Q]], label: str = "Only", empty_label: str = "All") -> None:
        self.conditions = {name: condition for name, (_, condition) in conditions.items()}
        titles = [(name, title) for name, (title, _) in conditions.items()]
        super().__init__(label=label, empty_label=empty_label, choices=titles)

    def filter(self, rows: QuerySet[Any], name: str) -> QuerySet[Any]:
        return rows.filter(self.conditions[name]) if name else rows


class ContactFilters(FilterSet):
    stage = ChoiceFilter(label="Stage", empty_label="Any stage", choices=Contact.Stage.choices)
    only = OnlyFilter(
        {
            "vip": ("VIP", Q(is_vip=True)),
            "do-not-call": ("Do not call", Q(do_not_call=True)),
            "alert": ("With an alert", ~Q(alert="")),
            "no-account": ("Without an account", Q(account=None)),
        },
        empty_label="All contacts",
    )
    owner = ModelChoiceFilter(label="Owner", empty_label="Any owner", queryset=colleagues_of)
    team = ModelChoiceFilter(label="Team", empty_label="Any team", queryset=teams_of)


class AccountFilters(FilterSet):
    only = OnlyFilter(
        {"alert": ("With an alert", ~Q(alert="")), "no-owner": ("Without an owner", Q(owner=None))},
        empty_label="All accounts",
    )
    owner = ModelChoiceFilter(label="Owner", empty_label="Any owner", queryset=colleagues_of)
    team = ModelChoiceFilter(label="Team", empty_label="Any team", queryset=teams_of)


class ActivityFilters(FilterSet):
    type = ChoiceFilter(label="Type", empty_label="Any type", choices=Activity.Type.choices)
    only = OnlyFilter(
        {
            "unlinked": ("Not linked", Q(contact=None, account=None) & ~Q(type=Activity.Type.NOTE)),
            "open": ("Not closed", ~Q(status=Activity.Status.CLOSED)),
        },
        empty_label="All activities",
    )
    direction = ChoiceFilter(label="Direction", empty_label="Any direction", choices=Direction.choices)
    queue = ModelChoiceFilter(label="Queue", empty_label="Any queue", queryset=queues_of)
    user = ModelChoiceFilter(label="Agent", empty_label="Any agent", queryset=colleagues_of)
    outcome = ModelChoiceFilter(label="Outcome", empty_label="Any outcome", queryset=Outcome.objects.all())
    since = DayFilter(label="From", field_name="time", is_last=False)
    until = DayFilter(label="To", field_name="time", is_last=True)


class CallFilters(FilterSet):
    only = OnlyFilter(
        {
            "missed": ("Missed", Q(direction=Direction.IN, answered_at=None, ended_at__isnull=False)),
            "unknown": ("Unknown callers", Q(contact=None, account=None) & ~Q(number="")),
        },
        empty_label="All calls",
    )
    direction = ChoiceFilter(label="Direction", empty_label="Any direction", choices=Direction.choices)
    queue = ModelChoiceFilter(label="Queue", empty_label="Any queue", queryset=queues_of)
    since = DayFilter(label="From", field_name="started_at", is_last=False)
    until = DayFilter(label="To", field_name="started_at", is_last=True)


class TaskFilters(FilterSet):
    """Without a word in the address: my own, and open."""

    state = ChoiceFilter(
        label="State", empty_label="Open", choices=[("overdue", "Overdue"), ("done", "Done")], method="of_state"
    )
    whose = ChoiceFilter(label="Whose", empty_label="My tasks", choices=[("all", "Everybody's")], method="of_whom")
    user = ModelChoiceFilter(label="Assigned to", empty_label="Anybody", queryset=colleagues_of)
    only = OnlyFilter(
        {"call-back": ("Call-backs", Q(is_call_back=True)), "nobody": ("Assigned to nobody", Q(user=None))},
        empty_label="All tasks",
    )
    queue = ModelChoiceFilter(label="Queue", empty_label="Any queue", queryset=queues_of)

    def filter_queryset(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        rows = super().filter_queryset(rows)
        chosen = self.form.cleaned_data
        if not chosen.get("state"):
            rows = rows.filter(done_at=None)
        if not (chosen.get("whose") or chosen.get("user") or chosen.get("only") == "nobody"):
            rows = rows.filter(user=self.request.user)
        return rows

    def of_state(self, rows: QuerySet[Any], name: str, state: str) -> QuerySet[Any]:
        if state == "done":
            return rows.exclude(done_at=None)
        return rows.filter(done_at=None, due_at__lt=timezone.now())

    def of_whom(self, rows: QuerySet[Any], name: str, whose: str) -> QuerySet[Any]:
        return rows
