"""How does the card's statement reach PostgreSQL? Prepared once for each connection, and straight through libpq.

A cursor looks each value's type up, the statement among those it knows, and what to make of a row: 100 µs of CPU where
libpq takes 30 (docs/performance.md). Here all values are texts, and the answer is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from weakref import WeakSet

from psycopg import Connection, OperationalError
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

NUL = "\0"  # the one character that no text in PostgreSQL has
FORGOTTEN = b"26000"  # invalid_sql_statement_name
UNKNOWN = "\N{REPLACEMENT CHARACTER}"


class Statement:
    """One with $1, $2 …, all of them texts, that answers with one text."""

    def __init__(self, name: str, sql: str) -> None:
        self.name, self.sql = name.encode(), sql.encode()
        self.is_known_to: WeakSet[Connection] = WeakSet()

    def ask(self, connection: Connection, values: Iterable[str]) -> bytes:
        """The one value it answers with. Raises psycopg's errors, OperationalError where the connection is broken."""
        texts = [value.replace(NUL, UNKNOWN).encode(errors="replace") for value in values]
        result = self._sent(connection, texts)
        return _checked(connection, result, ExecStatus.TUPLES_OK).get_value(0, 0) or b""

    def _sent(self, connection: Connection, texts: Sequence[bytes]) -> PGresult:
        """After a rollback psycopg lets PostgreSQL forget all that is prepared, so it may have to be done again."""
        wire = connection.pgconn
        if wire.transaction_status != TransactionStatus.IDLE:  # which to ask for what is forgotten would end
            return wire.exec_params(self.sql, texts)
        if connection in self.is_known_to:
            result = wire.exec_prepared(self.name, texts)
            if result.error_field(DiagnosticField.SQLSTATE) != FORGOTTEN:
                return result
        _checked(connection, wire.prepare(self.name, self.sql), ExecStatus.COMMAND_OK)
        self.is_known_to.add(connection)
        return wire.exec_prepared(self.name, texts)


def _checked(connection: Connection, result: PGresult, expected: ExecStatus) -> PGresult:
    if result.status == expected:
        return result
    if connection.pgconn.status != ConnStatus.OK:
        raise OperationalError("The connection to the database is broken.")
    raise error_from_result(result)
