"""Which rows come next? Pages that start after a key, so that the last page costs what the first one costs.

`after` holds the last row's own key: a time in microseconds and an id, never a name. It stays right when that row is
changed meanwhile, which is why it does not merely name the row.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.db.models.fields.tuple_lookups import TupleGreaterThan, TupleLessThan
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

SIZE = 50
BIGGEST = 200
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KEY = re.compile(r"(?:(\d{1,17})-)?(\d{1,18})", re.ASCII)


class KeyPagination(BasePagination):
    """Pages of a queryset of `values()`; the view says in which `order`: a column with a time and "pk", or "pk"."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.order = request, tuple(view.order)
        size = limit(request.query_params.get("limit", ""))
        after = request.query_params.get("after", "")
        rows = queryset.order_by(*self.order)
        found = list((beyond(rows, self.order, after) if after else rows)[: size + 1])
        self.last = found[size - 1] if len(found) > size else None
        return found[:size]

    def get_paginated_response(self, data: list[dict[str, Any]]) -> Response:
        address = self.request.build_absolute_uri()
        following = replace_query_param(address, "after", key_of(self.last, self.order)) if self.last else None
        return Response({"next": following, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        following = {
            "type": "string",
            "format": "uri",
            "nullable": True,
            "description": "The next page; null at the end.",
        }
        return {
            "type": "object",
            "required": ["next", "results"],
            "properties": {"next": following, "results": schema},
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        after = {"type": "string", "pattern": f"^{KEY.pattern}$"}
        size = {"type": "integer", "minimum": 1, "maximum": BIGGEST, "default": SIZE}
        return [
            {"name": "after", "in": "query", "schema": after, "description": "Where a page starts: taken from `next`."},
            {"name": "limit", "in": "query", "schema": size, "description": "How many rows a page has."},
        ]


def limit(text: str) -> int:
    """The asked-for size of a page. Raises ValidationError for what is no number from 1 to BIGGEST."""
    if not text:
        return SIZE
    if not re.fullmatch(r"\d{1,4}", text, re.ASCII) or not 1 <= int(text) <= BIGGEST:
        raise ValidationError({"limit": [f"Write a number from 1 to {BIGGEST}."]})
    return int(text)


def beyond(rows: QuerySet[Any], order: tuple[str, ...], after: str) -> QuerySet[Any]:
    """The rows that follow a key. Raises ValidationError for a key that this list did not give."""
    match = KEY.fullmatch(after)
    has_time = bool(match and match[1])
    if not match or has_time != (len(order) > 1):
        raise ValidationError({"after": ["Take it from `next` of the page before, or leave it out for the first."]})
    compare = TupleLessThan if order[0].startswith("-") else TupleGreaterThan
    if not has_time:
        return rows.filter(**{"pk__lt" if order[0].startswith("-") else "pk__gt": int(match[2])})
    moment = EPOCH + timedelta(microseconds=int(match[1]))
    return rows.filter(compare(tuple(name.removeprefix("-") for name in order), (moment, int(match[2]))))


def key_of(row: dict[str, Any], order: tuple[str, ...]) -> str:
    if len(order) == 1:
        return str(row["id"])
    microseconds = (row[order[0].removeprefix("-")] - EPOCH) // timedelta(microseconds=1)
    return f"{microseconds}-{row['id']}"
