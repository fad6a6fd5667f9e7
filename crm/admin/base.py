"""How does an administrator page through a million rows? Counted to CAPPED, with nothing loaded that is not shown."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

from crm.forms.admin import Chooser

CAPPED = 1_000


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


class SeenAdmin(BigAdmin):
    """What happened is looked at: it is not made up, nobody changes it, and it stays."""

    readonly_fields: ClassVar[tuple[str, ...]] = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
