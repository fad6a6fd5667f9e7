"""What does the office see of companies? Their list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from crm.models import Account, User
from crm.views.base import EVERYONE, OfficeRequest, opens_to
from crm.views.filters import AccountFilters
from crm.views.lists import RecordList, last_activity


class AccountList(RecordList):
    model = Account
    name, title, singular, icon = "accounts", "Accounts", "account", "building-2"
    filters = AccountFilters
    orders = {
        "name": ("By name", ("plain", "pk")),
        "-name": ("By name, from Z", ("-plain", "-pk")),
        "-changed": ("Last changed first", ("-changed_at", "-pk")),
    }
    can_be_created = True

    def shown(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        rows = rows.select_related("owner").prefetch_related("phone_numbers")
        return rows.annotate(last_activity_at=last_activity("account", user))

    def tabs(self, user: User) -> Sequence[tuple[str, Mapping[str, str]]]:
        return [("All", {}), ("Mine", {"owner": str(user.pk)}), ("With an alert", {"only": "alert"})]


@opens_to(EVERYONE)
def accounts(request: OfficeRequest) -> HttpResponse:
    return AccountList().show(request)
