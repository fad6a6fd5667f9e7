"""Which people and companies are there? With what was deleted in their master, and what only their master changes.

Lists are searched by the one search box's own statements, so that a million rows cost what a thousand cost.
"""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet, Value
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime

from crm import search
from crm.admin.base import BigAdmin
from crm.forms.admin import AddressForm, NumberForm, OwnedNumbers
from crm.models import Account, Contact, EmailAddress, PhoneNumber, User
from crm.models.ownership import EMAIL
from crm.models.plain import Plain

FOUND = 100


class ReachableAdmin(BigAdmin):
    """Shows what is hidden as well: deleted in its master, with the mark, and the way to bring it back."""

    readonly_fields: ClassVar[tuple[str, ...]] = ("custom", "hidden_at")
    actions = ("bring_back",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What comes from the record's master as well: the API and the office's forms do not write it either."""
        shown = {field.name for field in self.model._meta.fields}
        return (*self.readonly_fields, *(name for name in (obj.owned if obj else ()) if name in shown))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        text = (
            f"Mastered in {obj.master_label}: what cannot be changed here is changed there."
            if obj and obj.owned
            else ""
        )
        return [(None, {"fields": self.fields, "description": text})]

    @admin.display(description="Deleted in its master", ordering="hidden_at")
    def deleted(self, record: Any) -> str:
        return f"{record.master} · {date_format(localtime(record.hidden_at))}" if record.hidden_at else ""

    @admin.action(description="Bring back what was deleted in its master", permissions=["change"])
    def bring_back(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        count = rows.bring_back()  # type: ignore[attr-defined]
        text = f"Brought back: {count}. They are ours now, and changed here."
        self.message_user(request, text if count else "None of these was deleted in its master.")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return found(queryset, search_term, request, self.model), False


class Numbers(admin.TabularInline):
    model = PhoneNumber
    form, formset = NumberForm, OwnedNumbers
    fields = ("written", "country", "kind", "is_shared", "number", "confirmed_at")
    readonly_fields = ("number", "confirmed_at")
    extra = 0


class Addresses(admin.TabularInline):
    model = EmailAddress
    form = AddressForm
    fields = ("address",)
    extra = 0

    def is_ours(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None or EMAIL not in obj.owned

    has_add_permission = has_change_permission = has_delete_permission = is_ours


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
