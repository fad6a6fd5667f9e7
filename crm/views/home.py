"""What waits for me? My tasks, my team's calls, and the numbers nobody knows. And the one search box."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpResponse
from django.utils import timezone

from crm.models import Call, Task, User
from crm.search import find
from crm.views.base import EVERYONE, WRITE, OfficeRequest, opens_to, page
from crm.views.calls import with_parts

SHOWN = 8
CALLS = 15  # as high as the two lists beside them
RECENT = timedelta(days=30)
LOOKED_AT = 300  # calls of unknown numbers, newest first
FOUND = 30  # of each kind, on the page of results


@opens_to(EVERYONE)
def home(request: OfficeRequest) -> HttpResponse:
    user = request.user
    mine = Task.objects.visible_to(user).open().filter(user=user).select_related("contact", "account")
    calls = with_parts(Call.objects.visible_to(user), user)
    context = {"tasks": mine.order_by("due_at", "pk")[:SHOWN], "calls": calls[:CALLS], "unknown": unknown_callers(user)}
    return page(request, "crm/home.html", context)


@dataclass(frozen=True, slots=True)
class UnknownCaller:
    number: str
    calls: int
    last: Call


def unknown_callers(user: User) -> list[UnknownCaller]:
    """The numbers without an owner that called last, with how often each did lately."""
    calls = Call.objects.visible_to(user).filter(contact=None, account=None, started_at__gte=timezone.now() - RECENT)
    newest: dict[str, Call] = {}
    often = Counter[str]()
    for call in calls.exclude(number="").select_related("queue").order_by("-started_at", "-pk")[:LOOKED_AT]:
        newest.setdefault(call.number, call)
        often[call.number] += 1
    return [UnknownCaller(number, often[number], call) for number, call in list(newest.items())[:SHOWN]]


@opens_to(EVERYONE)
def search(request: OfficeRequest) -> HttpResponse:
    """The page of results, reached with Enter. Its address holds what was looked for, so that it can be reloaded.

    That may be a name or a number, so: no access log is kept, the referrer stays on this site, and nothing that is
    only typed gets into an address (`search_live`).
    """
    results = find(request.GET.get("q", ""), request.user, FOUND)
    return page(request, "crm/search.html", {"results": results})


@opens_to(EVERYONE, WRITE)
def search_live(request: OfficeRequest) -> HttpResponse:
    """The results below the search box while somebody types: by POST, so that no address has it."""
    results = find(request.POST.get("q", ""), request.user)
    return page(request, "crm/_search.html", {"results": results})
