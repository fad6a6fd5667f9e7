"""What does the office see of people? Their list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from crm.models import Contact, User
from crm.views.base import EVERYONE, OfficeRequest, opens_to
from crm.views.filters import ContactFilters
from crm.views.lists import RecordList, last_activity


class ContactList(RecordList):
    model = Contact
    name, title, singular, icon = "contacts", "Contacts", "contact", "users"
    filters = ContactFilters
    orders = {
        "name": ("By name", ("sort_key", "pk")),
        "-name": ("By name, from Z", ("-sort_key", "-pk")),
        "-changed": ("Last changed first", ("-changed_at", "-pk")),
    }
    can_be_created = True

    def shown(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        rows = rows.select_related("account").prefetch_related("phone_numbers", "email_addresses")
        return rows.annotate(last_activity_at=last_activity("contact", user))

    def tabs(self, user: User) -> Sequence[tuple[str, Mapping[str, str]]]:
        return [
            ("All", {}),
            ("Mine", {"owner": str(user.pk)}),
            ("Customers", {"stage": Contact.Stage.CUSTOMER}),
            ("Leads", {"stage": Contact.Stage.LEAD}),
            ("VIP", {"only": "vip"}),
        ]


@opens_to(EVERYONE)
def contacts(request: OfficeRequest) -> HttpResponse:
    return ContactList().show(request)
