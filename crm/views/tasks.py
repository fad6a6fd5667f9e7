"""What is to be done? The list of tasks; making, changing and finishing one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from crm.forms import TaskForm
from crm.forms.work import new_task
from crm.models import Account, Contact, Task, User
from crm.views.base import EVERYONE, FORM, WRITE, OfficeRequest, back, named_in, opens_to, page, url_of
from crm.views.filters import TaskFilters
from crm.views.lists import Order, RecordList


class TaskList(RecordList):
    model = Task
    name, title, singular, icon = "tasks", "Tasks", "task", "square-check"
    filters = TaskFilters
    orders = {"due": ("By due date", ("due_at", "pk"))}
    can_be_created = True

    def shown(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return rows.select_related("contact", "account", "user")

    def tabs(self, user: User) -> Sequence[tuple[str, Mapping[str, str]]]:
        return [
            ("Mine", {}),
            ("Mine, overdue", {"state": "overdue"}),
            ("Everybody's", {"whose": "all"}),
            ("Call-backs", {"only": "call-back", "whose": "all"}),
            ("Nobody's", {"only": "nobody"}),
            ("Done", {"state": "done", "whose": "all"}),
        ]

    def order(self, query: Mapping[str, str]) -> tuple[str, Order]:
        if query.get("state") == "done":
            return "-done", ("-done_at", "-pk")
        return super().order(query)


@opens_to(EVERYONE)
def tasks(request: OfficeRequest) -> HttpResponse:
    return TaskList().show(request)


@opens_to(EVERYONE, FORM)
def task_new(request: OfficeRequest) -> HttpResponse:
    """`?contact=` or `?account=` say about whom it is."""
    about = named_in(request, Contact, Account)
    return _edit(request, new_task(about, request.user), {"title": "New task", "about": about})


@opens_to(EVERYONE, FORM)
def task(request: OfficeRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(Task.objects.visible_to(request.user).select_related("contact", "account"), pk=pk)
    return _edit(request, task, {"title": "Task", "about": task.contact or task.account})


@opens_to(EVERYONE, WRITE)
def task_done(request: OfficeRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(Task.objects.visible_to(request.user), pk=pk)
    task.finish()
    messages.success(request, f"Done: {task}")
    return back(request, "crm:tasks")


@opens_to(EVERYONE, WRITE)
def task_reopen(request: OfficeRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(Task.objects.visible_to(request.user), pk=pk)
    task.reopen()
    messages.success(request, f"Open again: {task}")
    return back(request, "crm:tasks")


def _edit(request: OfficeRequest, task: Task, context: dict[str, Any]) -> HttpResponse:
    form = TaskForm(request.POST or None, instance=task, user=request.user)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, f"Saved: {task}")
        return redirect(url_of(context["about"]) if context["about"] else "crm:tasks")
    return page(request, "crm/task.html", {"form": form, "task": task, **context}, status=422 if form.errors else 200)
