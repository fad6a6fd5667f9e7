"""How is the house set up? Teams, queues and their outcomes, an admin's own fields, people and their sign-ins."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.http import HttpRequest

from crm.forms.admin import NewUserForm, QueueForm, UserForm
from crm.forms.signin import USER_NAME
from crm.models import CustomField, Outcome, Queue, QueueOutcome, Team, User


@admin.register(Team)
class TeamAdmin(admin.ModelAdmin):
    list_display = ("name", "kind")
    list_filter = ("kind",)


class QueueOutcomes(admin.TabularInline):
    model = QueueOutcome
    fields = ("position", "outcome")
    extra = 0


@admin.register(Queue)
class QueueAdmin(admin.ModelAdmin):
    form = QueueForm
    list_display = (
        "title",
        "slug",
        "name",
        "source",
        "country",
        "team",
        "outcome_is_required",
        "wrapup_seconds",
        "gone_at",
    )
    list_filter = ("source", "country", "team")
    list_select_related = ("team",)
    search_fields = ("title", "slug")
    filter_horizontal = ("wrapup_fields",)
    inlines = (QueueOutcomes,)
    fieldsets = (
        (None, {"fields": ("title", "slug", "team", "country", "time_zone")}),
        ("In Daktela", {"fields": ("source", "name")}),
        ("Numbers that are nobody's", {"fields": ("own_numbers", "ignored_numbers")}),
        ("After a call", {"fields": ("outcome_is_required", "wrapup_seconds", "wrapup_fields")}),
    )


@admin.register(Outcome)
class OutcomeAdmin(admin.ModelAdmin):
    list_display = ("title", "asks_call_back", "source", "remote_name", "gone_at")
    list_filter = ("source",)
    readonly_fields = ("source", "gone_at")
    search_fields = ("title",)


@admin.register(CustomField)
class CustomFieldAdmin(admin.ModelAdmin):
    list_display = ("title", "record", "key", "kind", "is_required", "position")
    list_filter = ("record", "kind")
    search_fields = ("title", "key")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Values are kept by record and key, so these two stay."""
        return ("record", "key") if obj else ()


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    """People are switched off, never deleted: what they did stays theirs."""

    form, add_form = UserForm, NewUserForm
    list_display = ("user_name", "name", "role", "extension", "is_active", "source")
    list_filter = ("role", "teams", "is_active", "source")
    search_fields = ("username", "name")
    ordering = ("name",)
    filter_horizontal = ("teams",)
    readonly_fields = ("last_login", "joined_at", "source")
    fieldsets = (
        (None, {"fields": ("username", "password", "name", "email")}),
        ("What this person may do", {"fields": ("role", "teams", "is_active")}),
        ("At work", {"fields": ("extension", "single_key_shortcuts")}),
        ("When", {"fields": ("last_login", "joined_at", "source")}),
    )
    add_fieldsets = (
        (None, {"fields": ("username", "name", "role", "teams", "usable_password", "password1", "password2")}),
    )

    @admin.display(description=USER_NAME, ordering="username")
    def user_name(self, user: User) -> str:
        return user.username

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AccessAttempt)
class SignInAttempts(admin.ModelAdmin):
    """Wrong passwords. Deleting somebody's lets them try again at once."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    search_fields = ("username", "ip_address")
    fields = readonly_fields = (*list_display, "user_agent")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False
