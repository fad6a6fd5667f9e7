"""What is added to a record on its own page? A note, a task, a number, and the word that a number is right."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from crm.forms import NoteForm, TaskForm
from crm.forms.choices import country_of
from crm.forms.rows import NumberLine
from crm.forms.work import new_task
from crm.models import Account, Contact, Erased, Owned, PhoneNumber, User
from crm.models.ownership import PHONE
from crm.views.base import EVERYONE, WRITE, OfficeRequest, opens_to, page, url_of
from crm.views.records import Kind, record_context


@opens_to(EVERYONE, WRITE)
def add_note(request: OfficeRequest, kind: Kind, pk: int) -> HttpResponse:
    record = kind.get(request.user, pk)
    form = NoteForm(request.POST, auto_id="note_%s")
    if not form.is_valid():
        return _mistake(request, kind, record, note_form=form)
    form.save(record, request.user)
    messages.success(request, "Note saved.")
    return redirect(url_of(record))


@opens_to(EVERYONE, WRITE)
def add_task(request: OfficeRequest, kind: Kind, pk: int) -> HttpResponse:
    record = kind.get(request.user, pk)
    form = TaskForm(request.POST, instance=new_task(record, request.user), user=request.user, auto_id="task_%s")
    if not form.is_valid():
        return _mistake(request, kind, record, task_form=form)
    task = form.save()
    messages.success(request, f"Task saved: {task}")
    return redirect(url_of(record))


@opens_to(EVERYONE, WRITE)
def add_number(request: OfficeRequest, kind: Kind, pk: int) -> HttpResponse:
    record = kind.get(request.user, pk)
    form = NumberLine(request.POST, auto_id="number_%s")
    if not form.is_valid():
        return _mistake(request, kind, record, number_form=form)
    try:
        number = record.add_number(form.cleaned_data["value"], country_of(request.user), kind=form.cleaned_data["kind"])
    except (Erased, Owned) as error:
        form.add_error("value" if isinstance(error, Erased) else "kind", str(error))
        return _mistake(request, kind, record, number_form=form)
    messages.success(request, f"Number saved: {number}")
    return redirect(url_of(record))


@opens_to(EVERYONE, WRITE)
def confirm_number(request: OfficeRequest, pk: int) -> HttpResponse:
    number = _number(request.user, pk)
    number.confirm()
    messages.success(request, f"Confirmed: {number}. The next call from it opens this record.")
    return redirect(url_of(number.owner))


@opens_to(EVERYONE, WRITE)
def remove_number(request: OfficeRequest, pk: int) -> HttpResponse:
    number = _number(request.user, pk)
    if number.custom_field:
        messages.error(request, f"{number} stands in the field “{number.custom_field}”. Edit the record to change it.")
        return redirect(url_of(number.owner))
    if label := number.owner.owned.get(f"{PHONE}{number.kind}"):
        messages.error(request, f"{number} comes from {label}. Remove it there.")
        return redirect(url_of(number.owner))
    number.delete()
    messages.success(request, f"Number removed: {number}")
    return redirect(url_of(number.owner))


def _number(user: User, pk: int) -> PhoneNumber:
    """A number of a record this user may see."""
    is_seen = Q(contact__in=Contact.objects.visible_to(user)) | Q(account__in=Account.objects.visible_to(user))
    numbers = PhoneNumber.objects.select_related("contact", "account", "custom_field")
    return get_object_or_404(numbers.filter(is_seen), pk=pk)


def _mistake(request: OfficeRequest, kind: Kind, record: Any, **forms: Any) -> HttpResponse:
    """The record's page again, with the form that has to be put right."""
    return page(request, f"crm/{kind.name}.html", record_context(request, kind, record, **forms), status=422)
