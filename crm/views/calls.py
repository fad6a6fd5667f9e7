"""What happened on the line? The list of calls, and one call with everybody's part in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from crm import phones
from crm.models import Activity, Call, User
from crm.views.base import EVERYONE, OfficeRequest, opens_to, page
from crm.views.filters import CallFilters
from crm.views.lists import RecordList

EARLIER = 10  # other calls with the same number


class CallList(RecordList):
    model = Call
    name, title, singular, icon = "calls", "Calls", "call", "phone"
    filters = CallFilters
    orders = {"-time": ("Newest first", ("-started_at", "-pk")), "time": ("Oldest first", ("started_at", "pk"))}

    def shown(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        return with_parts(rows, user)

    def tabs(self, user: User) -> Sequence[tuple[str, Mapping[str, str]]]:
        return [
            ("All", {}),
            ("Missed", {"only": "missed"}),
            ("Unknown callers", {"only": "unknown"}),
            ("Incoming", {"direction": "in"}),
            ("Outgoing", {"direction": "out"}),
        ]


def with_parts(calls: QuerySet[Any], user: User) -> QuerySet[Any]:
    """Calls with whom they were with and, in `parts`, who of us took part, in the order of the transfers."""
    parts = Activity.objects.visible_to(user).select_related("user", "outcome").order_by("time", "pk")
    return calls.select_related("contact", "account", "queue").prefetch_related(
        Prefetch("activities", parts, to_attr="parts")
    )


@opens_to(EVERYONE)
def calls(request: OfficeRequest) -> HttpResponse:
    return CallList().show(request)


@opens_to(EVERYONE)
def call(request: OfficeRequest, pk: int) -> HttpResponse:
    everything = Call.objects.visible_to(request.user)
    call = get_object_or_404(with_parts(everything, request.user), pk=pk)
    same_number = everything.filter(number=call.number).exclude(pk=pk) if call.number else everything.none()
    context = {
        "call": call,
        "country": phones.country_of(call.number),
        "earlier": with_parts(same_number, request.user)[:EARLIER],
    }
    return page(request, "crm/call.html", context)
