"""How does a statement that is asked all the time reach PostgreSQL? Prepared once a connection, straight through libpq.

A cursor looks each value's type up, the statement among those it knows, and what to make of a row: 100 µs of CPU where
libpq takes 30 (docs/performance.md). Here values are texts or bytes, and the answer is one value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from weakref import WeakSet

from django.db import OperationalError, connection
from psycopg import Connection
from psycopg import OperationalError as Broken
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

Value = str | bytes
TEXT, BINARY = 0, 1  # how a value is sent
NAME = re.compile(r"%\((\w+)\)s")
NUL = "\0"  # the one character that no text in PostgreSQL has
FORGOTTEN = b"26000"  # invalid_sql_statement_name
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


class Statement:
    """One with %(names)s that answers with one row of one value. `name` is another for each statement."""

    def __init__(self, name: str, sql: str) -> None:
        self.name, self.named = name.encode(), sql
        self.names = list(dict.fromkeys(NAME.findall(sql)))
        self.numbered = NAME.sub(lambda found: f"${self.names.index(found[1]) + 1}", sql).encode()
        self.is_known_to: WeakSet[Connection] = WeakSet()

    def answer(self, values: Mapping[str, Value]) -> str | bytes:
        """The value as PostgreSQL writes it, on this thread's connection. Raises Django's database errors.

        Asked once more where the connection turns out to be broken, as after PostgreSQL was started anew.
        """
        ask = self._by_name if connection.queries_logged or connection.execute_wrappers else self._by_number
        try:
            return ask(values)
        except OperationalError:
            if connection.in_atomic_block or connection.is_usable():
                raise
        connection.close()
        return ask(values)

    def _by_name(self, values: Mapping[str, Value]) -> str | bytes:
        """The same for whoever listens to what Django asks, such as its log: that knows a statement by its names."""
        with connection.cursor() as cursor:
            cursor.execute(self.named, values)
            return str(cursor.fetchone()[0])

    def _by_number(self, values: Mapping[str, Value]) -> str | bytes:
        connection.ensure_connection()
        with connection.wrap_database_errors:
            line: Connection = connection.connection
            result = self._sent(line, *_encoded([values[name] for name in self.names]))
            return _checked(line.pgconn, result, ExecStatus.TUPLES_OK).get_value(0, 0) or b""

    def _sent(self, line: Connection, values: Sequence[bytes], formats: Sequence[int]) -> PGresult:
        """After a rollback psycopg lets PostgreSQL forget all that is prepared, so it may have to be done again."""
        wire = line.pgconn
        if wire.transaction_status != TransactionStatus.IDLE:  # which to ask for what is forgotten would end
            return wire.exec_params(self.numbered, values, param_formats=formats)
        if line in self.is_known_to:
            result = wire.exec_prepared(self.name, values, formats)
            if result.error_field(DiagnosticField.SQLSTATE) != FORGOTTEN:
                return result
        _checked(wire, wire.prepare(self.name, self.numbered), ExecStatus.COMMAND_OK)
        self.is_known_to.add(line)
        return wire.exec_prepared(self.name, values, formats)


def _encoded(values: Sequence[Value]) -> tuple[list[bytes], list[int]]:
    texts = [value if isinstance(value, bytes) else _text(value) for value in values]
    return texts, [BINARY if isinstance(value, bytes) else TEXT for value in values]


def _text(value: str) -> bytes:
    return value.replace(NUL, UNKNOWN).encode(errors="replace")


def _checked(wire: PGconn, result: PGresult, expected: ExecStatus) -> PGresult:
    if result.status == expected:
        return result
    if wire.status != ConnStatus.OK:
        raise Broken("The connection to the database is broken.")
    raise error_from_result(result)
