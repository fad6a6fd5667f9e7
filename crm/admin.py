"""What can an administrator look at and set? Records, queues and their outcomes, teams and people.

Lists are searched by the one search box's own statements, and counted no further than to CAPPED, so that a million rows
cost what a thousand cost.
"""

from __future__ import annotations

from typing import Any, ClassVar, cast

from axes.models import AccessAttempt
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.core.paginator import Paginator
from django.db import models
from django.db.models import QuerySet, Value
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime

from crm import phones, search
from crm.forms.admin import AddressForm, Chooser, NewUserForm, NumberForm, QueueForm, UserForm
from crm.forms.signin import USER_NAME
from crm.models import (
    Account,
    Activity,
    Call,
    Contact,
    CustomField,
    EmailAddress,
    Outcome,
    PhoneNumber,
    Queue,
    QueueOutcome,
    Task,
    Team,
    User,
)
from crm.models.plain import Plain

CAPPED = 1_000
FOUND = 100


admin.site.unregister(Group)  # rights follow the role


class CappedPaginator(Paginator):
    """Counts to CAPPED and no further; what is beyond is found by searching."""

    @property
    def count(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[:CAPPED].values("pk").count()


class BigAdmin(admin.ModelAdmin):
    """For tables with a million rows: nothing is counted or loaded that is not shown."""

    paginator = CappedPaginator
    show_full_result_count = False
    list_per_page = 50
    list_max_show_all = 0
    # the office's forms know its kinds, and which of them are telephone numbers
    readonly_fields: ClassVar[tuple[str, ...]] = ("custom",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", Chooser(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class ReachableAdmin(BigAdmin):
    """Shows what is hidden as well: deleted in its master, with the mark, and the way to bring it back."""

    readonly_fields: ClassVar[tuple[str, ...]] = ("custom", "hidden_at")
    actions = ("bring_back",)

    @admin.display(description="Deleted in its master", ordering="hidden_at")
    def deleted(self, record: Any) -> str:
        return f"{record.master} · {date_format(localtime(record.hidden_at))}" if record.hidden_at else ""

    @admin.action(description="Bring back what was deleted in its master", permissions=["change"])
    def bring_back(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        count = rows.bring_back()  # type: ignore[attr-defined]
        text = f"Brought back: {count}. They are ours now: nothing from their old master writes into them."
        self.message_user(request, text if count else "None of these was deleted in its master.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return found(queryset, search_term, request, self.model), False


class Numbers(admin.TabularInline):
    model = PhoneNumber
    form = NumberForm
    fields = ("written", "country", "kind", "is_shared", "number", "confirmed_at")
    readonly_fields = ("number", "confirmed_at")
    extra = 0


class Addresses(admin.TabularInline):
    model = EmailAddress
    form = AddressForm
    fields = ("address",)
    extra = 0


@admin.register(Contact)
class ContactAdmin(ReachableAdmin):
    list_display = ("__str__", "account", "stage", "language", "team", "is_vip", "do_not_call", "deleted", "changed_at")
    list_filter = ("stage", "team", "is_vip", "do_not_call", ("hidden_at", admin.EmptyFieldListFilter))
    list_select_related = ("account", "team")
    search_fields = ("plain",)
    search_help_text = "A name, an e-mail address, or a number in any spelling."
    autocomplete_fields = ("account", "owner")
    fields = (
        ("first_name", "last_name"), ("account", "job_title"), ("stage", "language"), ("do_not_call", "is_vip"),
        "alert", "address", "description", ("owner", "team"), "custom", "hidden_at",
    )  # fmt: skip
    inlines = (Numbers, Addresses)


@admin.register(Account)
class AccountAdmin(ReachableAdmin):
    list_display = ("name", "website", "team", "alert", "deleted", "changed_at")
    list_filter = ("team", ("hidden_at", admin.EmptyFieldListFilter))
    list_select_related = ("team",)
    search_fields = ("plain",)
    search_help_text = "A name, an e-mail address, or a number in any spelling."
    autocomplete_fields = ("owner",)
    fields = ("name", "website", "alert", "address", "description", ("owner", "team"), "custom", "hidden_at")
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    inlines = (Numbers, Addresses)


def found(rows: QuerySet[Any], text: str, request: HttpRequest, model: type[Any]) -> QuerySet[Any]:
    """What the office's search box would find, and what is hidden from it, as a queryset of the admin."""
    if not text.strip():
        return rows
    results = search.find(text, cast(User, request.user), FOUND)
    hits = results.contacts if model is Contact else results.accounts
    hidden = model.objects.filter(hidden_at__isnull=False, plain__contains=Plain(Value(results.text)))
    return rows.filter(pk__in=[*(hit.record.pk for hit in hits), *hidden.values_list("pk", flat=True)[:FOUND]])


class HappenedAdmin(BigAdmin):
    """What happened is looked at: it is not made up, and it stays."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

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
    search_fields = ("number",)
    search_help_text = "A number in any spelling."


@admin.register(Activity)
class ActivityAdmin(HappenedAdmin):
    list_display = ("time", "type", "direction", "queue", "user", "contact", "title", "outcome", "status")
    list_filter = ("type", "status", "queue")
    list_select_related = ("queue", "user", "contact", "outcome")
    search_fields = ("number",)
    search_help_text = "A number in any spelling."


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
    list_display = ("title", "slug", "name", "source", "country", "team", "outcome_is_required", "wrapup_seconds")
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
    list_display = ("title", "asks_call_back", "remote_name")
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
    list_display = ("user_name", "name", "role", "extension", "is_active")
    list_filter = ("role", "teams", "is_active")
    search_fields = ("username", "name")
    ordering = ("name",)
    filter_horizontal = ("teams",)
    readonly_fields = ("last_login", "joined_at")
    fieldsets = (
        (None, {"fields": ("username", "password", "name", "email")}),
        ("What this person may do", {"fields": ("role", "teams", "is_active")}),
        ("At work", {"fields": ("extension", "single_key_shortcuts")}),
        ("When", {"fields": ("last_login", "joined_at")}),
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
