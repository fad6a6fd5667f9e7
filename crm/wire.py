"""How does a statement that is asked all the time reach PostgreSQL? Prepared once a connection, straight through libpq.

A cursor looks each value's type up, the statement among those it knows, and what to make of a row: 100 µs of CPU where
libpq takes 30 (docs/performance.md). Here values are texts or bytes, and the answer is one value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from weakref import WeakSet

from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
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
        database = connections[DEFAULT_DB_ALIAS]  # once: Django's `connection` looks it up again for each question
        try:
            return self._asked(database, values)
        except OperationalError:
            if database.in_atomic_block or database.is_usable():
                raise
        database.close()
        return self._asked(database, values)

    def _asked(self, database: BaseDatabaseWrapper, values: Mapping[str, Value]) -> str | bytes:
        if database.queries_logged or database.execute_wrappers:
            return self._by_name(database, values)
        if database.connection is None:
            database.ensure_connection()
        with database.wrap_database_errors:
            return self._by_number(database.connection, values)

    def _by_name(self, database: BaseDatabaseWrapper, values: Mapping[str, Value]) -> str | bytes:
        """The same for whoever listens to what Django asks, such as its log: that knows a statement by its names."""
        with database.cursor() as cursor:
            cursor.execute(self.named, values)
            return str(cursor.fetchone()[0])

    def _by_number(self, line: Connection, values: Mapping[str, Value]) -> str | bytes:
        sent = [values[name] for name in self.names]
        formats = [BINARY if isinstance(value, bytes) else TEXT for value in sent]
        result = self._sent(line, [_encoded(value) for value in sent], formats)
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


def _encoded(value: Value) -> bytes:
    return value if isinstance(value, bytes) else value.replace(NUL, UNKNOWN).encode("utf-8", "replace")


def _checked(wire: PGconn, result: PGresult, expected: ExecStatus) -> PGresult:
    if result.status == expected:
        return result
    if wire.status != ConnStatus.OK:
        raise Broken("The connection to the database is broken.")
    raise error_from_result(result)
