"""Which rows does a list leave out? Filters in the address; one that does not exist is refused, never ignored."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from crm import phones
from crm.forms.choices import country_of
from crm.models import Activity, Contact, EmailAddress, PhoneNumber, Task, Ticket
from crm.models.call import Direction

NOT_FILTERS = {"after", "limit"}
ANY_SPELLING = "In any spelling; one without a country code is read in the country of your first queue."


class StrictFilterBackend(DjangoFilterBackend):
    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset_class = self.get_filterset_class(view, queryset)
        known = set(filterset_class.base_filters) if filterset_class else set()
        unknown = set(request.query_params) - known - NOT_FILTERS
        if unknown:
            raise ValidationError({name: ["There is no such filter."] for name in sorted(unknown)})
        return super().filter_queryset(request, queryset, view)


class IdFilter(filters.NumberFilter):
    """The id of another record; nobody checks that it exists, nothing is found then."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, min_value=0, max_value=2**63 - 1, decimal_places=0, **kwargs)


class From(filters.IsoDateTimeFilter):
    def __init__(self, field: str, **kwargs: Any) -> None:
        super().__init__(field_name=field, lookup_expr="gte", **kwargs)


class Before(filters.IsoDateTimeFilter):
    def __init__(self, field: str, **kwargs: Any) -> None:
        super().__init__(field_name=field, lookup_expr="lt", **kwargs)


class NumberInAnySpelling(filters.FilterSet):
    """For lists whose rows have the number themselves."""

    number = filters.CharFilter(method="with_number", help_text=ANY_SPELLING)

    def key(self, written: str) -> str:
        return phones.key(written, country_of(self.request.user))

    def with_number(self, rows: QuerySet[Any], name: str, written: str) -> QuerySet[Any]:
        return rows.filter(number=self.key(written))


class ReachableFilters(NumberInAnySpelling):
    changed_since = From("changed_at", help_text="What is new or was changed since then.")
    email = filters.CharFilter(method="with_email", help_text="The whole address; capitals do not matter.")
    owner = IdFilter()
    team = IdFilter()

    @property
    def owner_column(self) -> str:
        return str(self.queryset.model._meta.model_name)

    def with_number(self, rows: QuerySet[Any], name: str, written: str) -> QuerySet[Any]:
        key = self.key(written)
        having = PhoneNumber.objects.filter(suffix=phones.suffix(key), number=key)
        return rows.filter(pk__in=having.values(self.owner_column))

    def with_email(self, rows: QuerySet[Any], name: str, address: str) -> QuerySet[Any]:
        having = EmailAddress.objects.alias(plain=Lower("address")).filter(plain=address.lower())
        return rows.filter(pk__in=having.values(self.owner_column))


class ContactFilters(ReachableFilters):
    stage = filters.MultipleChoiceFilter(choices=Contact.Stage.choices)
    account = IdFilter()
    is_vip = filters.BooleanFilter()
    do_not_call = filters.BooleanFilter()


class CallFilters(NumberInAnySpelling):
    contact = IdFilter()
    account = IdFilter()
    queue = filters.CharFilter("queue__slug", help_text="The queue's slug, such as 2000.")
    direction = filters.ChoiceFilter(choices=Direction.choices)
    started_from = From("started_at")
    started_before = Before("started_at")


class ActivityFilters(NumberInAnySpelling):
    contact = IdFilter()
    account = IdFilter()
    call = IdFilter()
    user = IdFilter()
    queue = filters.CharFilter("queue__slug", help_text="The queue's slug, such as 2000.")
    type = filters.MultipleChoiceFilter(choices=Activity.Type.choices)
    status = filters.ChoiceFilter(choices=Activity.Status.choices)
    activity_id = filters.CharFilter(help_text="Daktela's own name of the activity.")
    time_from = From("time")
    time_before = Before("time")


class TaskFilters(NumberInAnySpelling):
    contact = IdFilter()
    account = IdFilter()
    user = IdFilter()
    is_call_back = filters.BooleanFilter()
    is_done = filters.BooleanFilter(method="with_done")
    due_from = From("due_at")
    due_before = Before("due_at")
    changed_since = From("changed_at")

    def with_done(self, rows: QuerySet[Task], name: str, is_done: bool) -> QuerySet[Task]:
        return rows.filter(done_at__isnull=not is_done)


class TicketFilters(filters.FilterSet):
    contact = IdFilter()
    account = IdFilter()
    stage = filters.MultipleChoiceFilter(choices=Ticket.Stage.choices)
    ticket_id = filters.CharFilter(help_text="Its number in the system it comes from.")
    changed_since = From("changed_at")


class CustomFieldFilters(filters.FilterSet):
    record = filters.CharFilter()
