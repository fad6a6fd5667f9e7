"""Where do the demo's rows wait? In a book, under ids the database gave out, until COPY writes them all at once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, models
from psycopg.types.json import Jsonb

from crm.models import Account, Activity, Call, Contact, EmailAddress, PhoneNumber, Task

Row = dict[str, Any]
ORDER: tuple[type[models.Model], ...] = (Account, Contact, PhoneNumber, EmailAddress, Call, Activity, Task)
AT_ONCE = 2000


class Book:
    """Rows by model, each a dict of column values; `add` returns the very dict, so that later events can change it."""

    def __init__(self, now: datetime) -> None:
        self.rows: dict[type[models.Model], list[Row]] = {model: [] for model in ORDER}
        self.blanks = {model: blank(model, now) for model in ORDER}
        self.ids = {model: ids(model) for model in ORDER}

    def add(self, model: type[models.Model], **values: Any) -> Row:
        row = self.blanks[model] | {"id": next(self.ids[model])} | values
        self.rows[model].append(row)
        return row

    def write(self) -> None:
        for model in ORDER:
            copy(model, self.rows[model])


def columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not field.generated]


def blank(model: type[models.Model], now: datetime) -> Row:
    """A row as the model's defaults make it, born now."""
    return {
        field.attname: now if getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False) else default
        for field in columns(model)
        for default in [field.get_default()]
    }


def ids(model: type[models.Model]) -> Iterator[int]:
    """Ids from the table's own sequence, so that nothing that is written meanwhile gets the same."""
    statement = "select nextval(pg_get_serial_sequence(%s, 'id')) from generate_series(1, %s)"
    while True:
        with connection.cursor() as cursor:
            cursor.execute(statement, [model._meta.db_table, AT_ONCE])
            yield from (row[0] for row in cursor.fetchall())


def copy(model: type[models.Model], rows: list[Row]) -> None:
    names = [field.attname for field in columns(model)]
    quoted = ", ".join(connection.ops.quote_name(str(field.column)) for field in columns(model))
    with connection.cursor() as cursor:
        statement = f"copy {connection.ops.quote_name(model._meta.db_table)} ({quoted}) from stdin"
        with cursor.copy(statement) as table:
            for row in rows:
                table.write_row([Jsonb(row[name]) if name == "custom" else row[name] for name in names])
