"""How is a person or a company written down? Making one and changing one, without overwriting a colleague's change."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from crm.forms import EmailRows, NumberRows
from crm.forms.choices import country_of
from crm.forms.records import RecordForm
from crm.forms.rows import MANY, EmailLine, NumberLine
from crm.models import Account, Activity, Call, Contact, User
from crm.search import accounts_named, tidy
from crm.views.base import EVERYONE, FORM, WRITE, OfficeRequest, named_in, opens_to, page, url_of
from crm.views.records import CONTACT, Kind

LINES = {"numbers": NumberLine, "emails": EmailLine}
OFFERED = 8  # accounts in the chooser


@opens_to(EVERYONE, FORM)
def new(request: OfficeRequest, kind: Kind) -> HttpResponse:
    """`?activity=` or `?call=` is where the number comes from, so that it need not stand in the address."""
    caller = named_in(request, Activity, Call)
    record = Contact(account=named_in(request, Account)) if kind is CONTACT else Account()
    parts = _parts(request, kind, record, caller=caller.number if caller else "")
    if request.method == "POST" and _are_valid(parts):
        _save(parts)
        if caller:
            _link(caller, record, request.user)
        messages.success(request, f"{kind.name.capitalize()} created: {record}")
        return redirect(url_of(record))
    return _form_page(request, kind, parts, caller)


@opens_to(EVERYONE, FORM)
def edit(request: OfficeRequest, kind: Kind, pk: int) -> HttpResponse:
    """Saves only over the version that was on the screen; else answers 409 with both versions side by side."""
    with transaction.atomic():
        rows = kind.model.objects.visible_to(request.user)
        if request.method == "POST":
            rows = rows.select_for_update()
        record = get_object_or_404(rows, pk=pk)
        parts = _parts(request, kind, record)
        if parts[0].is_outdated:
            return _conflict(request, kind, parts)
        if request.method == "POST" and _are_valid(parts):
            _save(parts)
            messages.success(request, f"Saved: {record}")
            return redirect(url_of(record))
    return _form_page(request, kind, parts)


@opens_to(EVERYONE)
def line(request: OfficeRequest, of: str) -> HttpResponse:
    """One more empty line for a number or an address, and the count of lines that the form then has."""
    total = request.GET.get(f"{of}-TOTAL_FORMS", "")
    number = min(int(total), MANY * 2) if total.isascii() and total.isdecimal() and len(total) < 5 else 0
    return page(
        request, "crm/_new_line.html", {"line": LINES[of](prefix=f"{of}-{number}"), "of": of, "total": number + 1}
    )


@opens_to(EVERYONE, WRITE)
def account_choices(request: OfficeRequest) -> HttpResponse:
    """Accounts for the chooser of a contact's form. By POST: what is typed may be a name."""
    hits = accounts_named(tidy(request.POST.get("account_search", "")), request.user, OFFERED)
    return page(request, "crm/_account_choices.html", {"hits": hits})


Parts = tuple[RecordForm, NumberRows, EmailRows]


def _parts(request: OfficeRequest, kind: Kind, record: Any, caller: str = "") -> Parts:
    filled = request.POST if request.method == "POST" else None
    return (
        kind.form(filled, instance=record, user=request.user),
        NumberRows(filled, record=record, country=country_of(request.user), caller=caller),
        EmailRows(filled, record=record),
    )


def _are_valid(parts: Parts) -> bool:
    """Asks all of them before it answers, so that every mistake shows at once."""
    answers = [part.is_valid() for part in parts]
    return all(answers)


def _save(parts: Parts) -> None:
    form, numbers, emails = parts
    with transaction.atomic():
        form.save()
        numbers.save()
        emails.save()


def _form_page(
    request: OfficeRequest,
    kind: Kind,
    parts: Parts,
    caller: Call | Activity | None = None,
    *,
    is_conflict: bool = False,
) -> HttpResponse:
    form, numbers, emails = parts
    context = {
        "kind": kind,
        "form": form,
        "numbers": numbers,
        "emails": emails,
        "caller": caller,
        "differences": [one for part in parts for one in part.differences()] if is_conflict else [],
        "is_conflict": is_conflict,
    }
    is_wrong = request.method == "POST"
    return page(request, "crm/form.html", context, status=409 if is_conflict else 422 if is_wrong else 200)


def _conflict(request: OfficeRequest, kind: Kind, parts: Parts) -> HttpResponse:
    parts[0].accept_current()
    return _form_page(request, kind, parts, is_conflict=True)


def _link(caller: Call | Activity, record: Any, user: User) -> None:
    """Gives the call to whom it made known, with the earlier calls of the same number."""
    person, company = (None, record) if isinstance(record, Account) else (record, None)
    caller.link_to(person, company, by=user)
    record.adopt_calls(caller.number)
