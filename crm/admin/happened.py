"""What happened, and what is to be done? Calls and activities to look at, tasks to change."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from crm import phones, search
from crm.admin.base import BigAdmin, SeenAdmin
from crm.models import Activity, Call, Task


class HappenedAdmin(SeenAdmin):
    """Found by its number, however that is spelled."""

    search_fields = ("number",)
    search_help_text = "A number in any spelling."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        keys = {phones.key(search_term, country) for country in search.countries()}
        return (queryset.filter(number__in=keys) if search_term.strip() else queryset), False


@admin.register(Call)
class CallAdmin(HappenedAdmin):
    list_display = ("started_at", "direction", "number", "queue", "contact", "account", "duration_seconds")
    list_filter = ("direction", "queue")
    list_select_related = ("queue", "contact", "account")


@admin.register(Activity)
class ActivityAdmin(HappenedAdmin):
    list_display = ("time", "type", "direction", "queue", "user", "contact", "title", "outcome", "status")
    list_filter = ("type", "status", "queue")
    list_select_related = ("queue", "user", "contact", "outcome")


@admin.register(Task)
class TaskAdmin(BigAdmin):
    list_display = ("title", "due_at", "is_call_back", "user", "contact", "account", "done_at")
    list_filter = ("is_call_back", "queue", ("done_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "contact", "account")
    search_fields = ("^title",)
    autocomplete_fields = ("contact", "account", "user", "created_by")
    raw_id_fields = ("activity",)
    fields = (
        "title", "text", ("due_at", "done_at", "is_call_back"), ("contact", "account", "number"),
        ("user", "created_by"), ("queue", "activity", "team"), "custom",
    )  # fmt: skip
