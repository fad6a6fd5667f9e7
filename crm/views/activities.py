"""Who did what for a customer? The list of activities and one activity: its person, its company, its outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from crm.forms import OutcomeForm
from crm.models import Activity, User
from crm.views.base import EVERYONE, WRITE, OfficeRequest, opens_to, page, url_of
from crm.views.filters import ActivityFilters
from crm.views.lists import RecordList
from crm.views.records import custom_values


class ActivityList(RecordList):
    model = Activity
    name, title, singular, icon = "activities", "Activities", "activity", "history"
    filters = ActivityFilters
    orders = {"-time": ("Newest first", ("-time", "-pk")), "time": ("Oldest first", ("time", "pk"))}

    def shown(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.select_related("contact", "account", "user", "queue", "outcome").defer("text")

    def tabs(self, user: User) -> Sequence[tuple[str, Mapping[str, str]]]:
        return [
            ("All", {}),
            ("Mine", {"user": str(user.pk)}),
            ("Calls", {"type": Activity.Type.CALL}),
            ("E-mails", {"type": Activity.Type.EMAIL}),
            ("Chats", {"type": Activity.Type.CHAT}),
            ("Notes", {"type": Activity.Type.NOTE}),
            ("Not linked", {"only": "unlinked"}),
        ]


@opens_to(EVERYONE)
def activities(request: OfficeRequest) -> HttpResponse:
    return ActivityList().show(request)


@opens_to(EVERYONE)
def activity(request: OfficeRequest, pk: int) -> HttpResponse:
    return _show(request, _get(request.user, pk))


@opens_to(EVERYONE, WRITE)
def correct_outcome(request: OfficeRequest, pk: int) -> HttpResponse:
    """An agent corrects his own, the office everybody's."""
    activity = _get(request.user, pk)
    form = OutcomeForm(request.POST, activity=activity)
    if not may_correct(activity, request.user):
        messages.error(request, "This is another agent's activity. Only they and the back office change its outcome.")
    elif not form.is_valid():
        return _show(request, activity, form)
    else:
        activity.correct_outcome(form.cleaned_data["outcome"], by=request.user)
        messages.success(request, f"Outcome: {activity.outcome}")
    return redirect(url_of(activity))


def may_correct(activity: Activity, user: User) -> bool:
    return user.role != User.Role.AGENT or activity.user_id == user.pk


def _get(user: User, pk: int) -> Activity:
    rows = Activity.objects.visible_to(user)
    return get_object_or_404(rows.select_related("contact", "account", "user", "queue", "outcome", "call"), pk=pk)


def _show(request: OfficeRequest, activity: Activity, form: OutcomeForm | None = None) -> HttpResponse:
    others = Activity.objects.none()
    if activity.call_id:
        others = Activity.objects.visible_to(request.user).filter(call=activity.call_id).exclude(pk=activity.pk)
    context = {
        "activity": activity,
        "others": others.select_related("user", "outcome").order_by("time", "pk"),
        "wrapup": custom_values(activity),
        "outcome_form": form or OutcomeForm(activity=activity),
        "may_be_heard": activity.may_be_heard_by(request.user),
        "may_correct": may_correct(activity, request.user),
    }
    return page(request, "crm/activity.html", context, status=422 if form else 200)
