"""What is known about a person or a company? Their page and timeline, and deleting them; the same views for both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from crm.forms import AccountForm, ContactForm, NoteForm, TaskForm
from crm.forms.records import RecordForm
from crm.forms.rows import NumberLine
from crm.forms.work import new_task
from crm.models import Account, Contact, CustomField, PhoneNumber, User
from crm.views.base import EVERYONE, FORM, OFFICE, OfficeRequest, is_for, opens_to, page
from crm.views.timeline import kinds, timeline

PEOPLE = 50  # of a company, on its page


@dataclass(frozen=True, slots=True)
class Kind:
    """Contacts or accounts."""

    model: type[Contact] | type[Account]
    form: type[RecordForm]
    name: str
    list_name: str
    joins: tuple[str, ...]

    def visible_to(self, user: User) -> QuerySet[Any]:
        numbers = PhoneNumber.objects.select_related("custom_field")
        rows = self.model.objects.visible_to(user).select_related(*self.joins)
        return rows.prefetch_related(Prefetch("phone_numbers", numbers), "email_addresses")

    @property
    def list_url(self) -> str:
        return reverse(f"crm:{self.list_name}")

    def get(self, user: User, pk: int) -> Any:
        return get_object_or_404(self.visible_to(user), pk=pk)


CONTACT = Kind(Contact, ContactForm, "contact", "contacts", ("account", "owner", "team"))
ACCOUNT = Kind(Account, AccountForm, "account", "accounts", ("owner", "team"))


@opens_to(EVERYONE)
def show(request: OfficeRequest, kind: Kind, pk: int) -> HttpResponse:
    record = kind.get(request.user, pk)
    return page(request, f"crm/{kind.name}.html", record_context(request, kind, record))


@opens_to(EVERYONE)
def older(request: OfficeRequest, kind: Kind, pk: int) -> HttpResponse:
    """The timeline: as a part for htmx, else on its record's page, so that its address can be opened as well."""
    record = kind.get(request.user, pk)
    if request.htmx and is_for(request, "timeline"):
        return page(request, "crm/_timeline.html", timeline_context(request, kind, record))
    if request.htmx:
        return page(request, "crm/_older.html", timeline_context(request, kind, record))
    return page(request, f"crm/{kind.name}.html", record_context(request, kind, record))


def record_context(request: OfficeRequest, kind: Kind, record: Any, **forms: Any) -> dict[str, Any]:
    """What a record's page shows; `forms` are those that came back with a mistake."""
    return {
        **timeline_context(request, kind, record),
        "custom": custom_values(record),
        "open_tasks": open_tasks(record, request.user),
        "open_cases": record.tickets.open().visible_to(request.user).order_by("-opened_at", "-pk")[:PEOPLE],
        "people": people_of(record, request.user),
        "note_form": NoteForm(auto_id="note_%s"),
        "task_form": TaskForm(instance=new_task(record, request.user), user=request.user, auto_id="task_%s"),
        "new_number": NumberLine(auto_id="number_%s"),
        "may_delete": request.user.role in OFFICE,
        **forms,
    }


def timeline_context(request: OfficeRequest, kind: Kind, record: Any) -> dict[str, Any]:
    return {
        "record": record,
        "kind": kind,
        "timeline": timeline(record, request.user, request.GET),
        "timeline_kinds": kinds(),
    }


def custom_values(record: Any) -> list[tuple[CustomField, Any]]:
    """The admin's fields that are filled in."""
    filled = {key: value for key, value in record.custom.items() if value not in (None, "")}
    fields = CustomField.objects.filter(record=record._meta.model_name, key__in=filled)
    return [(field, filled[field.key]) for field in fields]


def open_tasks(record: Any, user: User) -> QuerySet[Any]:
    return record.tasks.open().visible_to(user).select_related("user", "contact").order_by("due_at", "pk")[:PEOPLE]


def people_of(record: Any, user: User) -> QuerySet[Any] | None:
    """The contacts of an account; None for a contact."""
    if isinstance(record, Contact):
        return None
    people = record.contacts.visible_to(user).prefetch_related("phone_numbers")
    return people.order_by("sort_key", "pk")[: PEOPLE + 1]


@opens_to(OFFICE, FORM)
def delete(request: OfficeRequest, kind: Kind, pk: int) -> HttpResponse:
    """Calls and activities stay without the person; numbers, addresses and tasks go."""
    record = kind.get(request.user, pk)
    if request.method == "POST":
        name = str(record)
        record.delete()
        messages.success(request, f"{kind.name.capitalize()} deleted: {name}")
        return redirect(f"crm:{kind.list_name}")
    return page(request, "crm/confirm_delete.html", {"record": record, "kind": kind})
