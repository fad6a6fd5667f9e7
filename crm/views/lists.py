"""What does a list show? Tabs, filters, one page of rows and a count: the whole state stands in the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import DateTimeField, OuterRef, QuerySet, Subquery
from django.http import HttpResponse, QueryDict
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django_filters import FilterSet

from crm.models import Activity, User
from crm.models.record import Record
from crm.views.base import OfficeRequest, is_for, page
from crm.views.keyset import COUNTED, count, page_of, place

Order = tuple[str, str]  # a column and the id


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere else in this list: a tab, a sort order, or the list without one of its filters."""

    title: str
    url: str
    is_current: bool = False


class RecordList:
    """One list page. `name` is that of its route, and of the template of its rows: crm/lists/<name>.html.

    Each of `orders` has a title, and an index of its own; the first is the list's own.
    """

    model: ClassVar[type[Record]]
    name: ClassVar[str]
    title: ClassVar[str]
    singular: ClassVar[str]
    icon: ClassVar[str]
    filters: ClassVar[type[FilterSet]]
    orders: ClassVar[Mapping[str, tuple[str, Order]]]
    can_be_created: ClassVar[bool] = False

    def rows(self, user: User) -> QuerySet[Any]:
        """All this user may see: every list starts here."""
        return self.model.objects.visible_to(user)

    def shown(self, rows: QuerySet[Any], user: User) -> QuerySet[Any]:
        """The same with what a row of the table shows, so that it takes no query of its own."""
        return rows

    def tabs(self, user: User) -> Sequence[tuple[str, Mapping[str, str]]]:
        """The views of this list, each a title and what it narrows the list to."""
        return [("All", {})]

    def order(self, query: Mapping[str, str]) -> tuple[str, Order]:
        """The name of the order an address asks for, and its columns."""
        name = query.get("sort", "")
        name = name if name in self.orders else next(iter(self.orders))
        return name, self.orders[name][1]

    def show(self, request: OfficeRequest) -> HttpResponse:
        """The page; or only its list, when htmx asks for that, which then also tidies the address."""
        query = _tidy(request.GET)
        context = self.context(request, query)
        if not is_for(request, "list"):
            response = page(request, "crm/list.html", context)
        else:
            response = page(request, "crm/_list.html", context)
            response["HX-Push-Url"] = self._address(query)
        patch_vary_headers(response, ["HX-Request", "HX-Target"])
        return response

    def context(self, request: OfficeRequest, query: QueryDict) -> dict[str, Any]:
        everything = self.rows(request.user)
        filters = self.filters(query, queryset=everything, request=request)
        sort, order = self.order(query)
        at = place(query, everything, order)
        shown = page_of(self.shown(filters.qs, request.user), order, at)
        counted = count(filters.qs)
        return {
            "list": self,
            "rows": shown.rows,
            "form": filters.form,
            "tabs": self._tabs(request.user, query),
            "sort": sort,
            "sorts": {name: self.url(query, sort=name) for name in self.orders},
            "count": counted,
            "counted": f"More than {COUNTED:,}" if counted > COUNTED else str(counted),
            "previous_url": shown.previous and self.url(query, before=shown.previous),
            "next_url": shown.next and self.url(query, after=shown.next),
            "clear_url": self.url(QueryDict()) if set(query) & set(filters.filters) else "",
            "in_the_way": [] if shown.rows else self.in_the_way(request, query, filters),
            "rows_template": f"crm/lists/{self.name}.html",
        }

    def in_the_way(self, request: OfficeRequest, query: QueryDict, filters: FilterSet) -> list[Link]:
        """Which single filters empty the list: without one of these there would be rows."""
        found = []
        for name, value in filters.form.cleaned_data.items():
            if value in (None, ""):
                continue
            rest = _without(query, name)
            rows = self.filters(rest, queryset=self.rows(request.user), request=request).qs
            if rows.exists():
                field = filters.form.fields[name]
                chosen = dict(getattr(field, "choices", ())).get(value, value)
                found.append(Link(f"{field.label}: {chosen}", self.url(rest)))
        return found

    def url(self, query: QueryDict, **changes: object) -> str:
        """This list's address with a changed filter, order or place; a changed one starts at the first page."""
        query = query.copy()
        for name in ("before", "after"):
            query.pop(name, None)
        for name, value in changes.items():
            query[name] = str(value)
        return self._address(query)

    def _address(self, query: QueryDict) -> str:
        return reverse(f"crm:{self.name}") + (f"?{query.urlencode()}" if query else "")

    def _tabs(self, user: User, query: QueryDict) -> list[Link]:
        state = {name: str(value) for name, value in query.items() if name not in ("sort", "before", "after")}
        tabs = []
        for title, preset in self.tabs(user):
            narrowed = QueryDict(mutable=True)
            narrowed.update(preset)
            tabs.append(Link(title, self.url(narrowed), is_current=state == dict(preset)))
        return tabs


def last_activity(of: str, user: User) -> Subquery:
    """When something last happened with a row's contact or account; read for the rows of one page only."""
    newest = Activity.objects.visible_to(user).filter(**{of: OuterRef("pk")}).order_by("-time", "-pk")
    return Subquery(newest.values("time")[:1], output_field=DateTimeField())


def _tidy(query: QueryDict) -> QueryDict:
    """Without what is empty or repeated: the same state has one address."""
    tidy = QueryDict(mutable=True)
    tidy.update({name: str(value) for name, value in query.items() if value})
    return tidy


def _without(query: QueryDict, name: str) -> QueryDict:
    rest = query.copy()
    rest.pop(name, None)
    return rest
