"""Whose call was it? A person and a company for an activity or a whole call: found, linked, taken off again."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from crm import ids, phones
from crm.models import Account, Activity, Call, Contact, Erased, Owned, User
from crm.search import find
from crm.views.base import EVERYONE, WRITE, OfficeRequest, opens_to, page, url_of

RECORDS: dict[str, type[Contact] | type[Account]] = {"contact": Contact, "account": Account}


@opens_to(EVERYONE, WRITE)
def candidates(request: OfficeRequest, model: type[Activity] | type[Call], pk: int) -> HttpResponse:
    """People and companies that fit what is typed; by POST, because that may be a name."""
    linked = _get(model, request.user, pk)
    results = find(request.POST.get("text", ""), request.user)
    return page(request, "crm/_candidates.html", {"linked": linked, "results": results})


@opens_to(EVERYONE, WRITE)
def link(request: OfficeRequest, model: type[Activity] | type[Call], pk: int) -> HttpResponse:
    """`record` is contact-12 or account-7; with `remember` its number becomes theirs, and so do its earlier calls."""
    linked = _get(model, request.user, pk)
    record = _record(request.user, request.POST.get("record", ""))
    if record is None:
        messages.error(request, "This contact or account is gone, or belongs to another team. Search again.")
        return redirect(url_of(linked))
    person, company = (None, record) if isinstance(record, Account) else (record, None)
    linked.link_to(person, company, by=request.user)
    try:
        adopted = _remember(linked, record) if request.POST.get("remember") else 0
    except (Erased, Owned) as error:
        adopted = 0
        messages.warning(request, str(error))
    messages.success(request, f"Linked to {record}." + (f" Earlier calls linked too: {adopted}." if adopted else ""))
    return redirect(url_of(linked))


@opens_to(EVERYONE, WRITE)
def unlink(request: OfficeRequest, model: type[Activity] | type[Call], pk: int) -> HttpResponse:
    """`what` is person or company; without it both go."""
    linked = _get(model, request.user, pk)
    what = request.POST.get("what", "")
    linked.unlink(person=what != "company", company=what != "person")
    messages.success(request, "Unlinked. Search again, should it have been somebody else.")
    return redirect(url_of(linked))


def _get(model: type[Activity] | type[Call], user: User, pk: int) -> Any:
    return get_object_or_404(model.objects.visible_to(user), pk=pk)


def _record(user: User, key: str) -> Model | None:
    name, _, pk = key.partition("-")
    number = ids.read(pk)
    if name not in RECORDS or number is None:
        return None
    return RECORDS[name].objects.visible_to(user).filter(pk=number).first()


def _remember(linked: Activity | Call, record: Any) -> int:
    """The number becomes the record's, as one that a person confirmed; returns how many earlier calls followed it."""
    if phones.kind_of_caller(linked.number) != phones.CallerKind.NUMBER:
        return 0
    country = linked.queue.country if linked.queue else "CZ"
    number = record.add_number(linked.number, country)
    number.confirm()
    return record.adopt_calls(number.number)
