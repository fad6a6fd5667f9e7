"""How are many records read at once? As rows in the shape of their serializer, lists within lists, in one statement.

The serializer says which fields there are and documents them; nothing is instantiated for a list of fifty. That the two
ways give the same is a test.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from rest_framework import serializers

Columns = dict[str, Any]


def rows(queryset: QuerySet[Any], serializer: type[serializers.Serializer[Any]]) -> QuerySet[Any]:
    """The queryset as dicts with the keys of the serializer's fields."""
    plain, computed = columns(serializer)
    return queryset.values(*plain, **computed)


@cache
def columns(serializer: type[serializers.Serializer[Any]]) -> tuple[list[str], Columns]:
    """Columns that are called like their field, and expressions for the others, by the field's name."""
    plain, computed = [], {}
    for name, field in serializer().fields.items():
        if field.write_only:
            continue
        expression = column(serializer, name, field)
        if isinstance(expression, str):
            plain.append(name)
        else:
            computed[name] = expression
    return plain, computed


def column(serializer: Any, name: str, field: serializers.Field[Any, Any, Any, Any]) -> Any:
    """A field's own column, its expression in Meta.columns, or a list of what belongs to the record."""
    own = getattr(serializer.Meta, "columns", {})
    if name in own:
        return own[name]
    if isinstance(field, serializers.ListSerializer):
        return listed(serializer.Meta.model, type(field.child), str(field.source))
    source = str(field.source).replace(".", "__")
    return name if source == name else F(source)


def listed(model: Any, child: Any, related: str) -> ArraySubquery:
    """What belongs to a record by a foreign key, as a list of JSON objects, oldest first."""
    relation = model._meta.get_field(related)
    plain, computed = columns(child)
    inner = relation.related_model.objects.filter(**{relation.field.name: OuterRef("pk")}).order_by("pk")
    shape = JSONObject(**{name: F(name) for name in plain}, **computed)
    return ArraySubquery(inner.values(shape=shape))


def flag(condition: Q) -> ExpressionWrapper:
    """Whether a condition holds, as a column."""
    return ExpressionWrapper(condition, output_field=BooleanField())
