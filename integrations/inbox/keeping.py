"""How is a delivery kept, never lost and never twice? By one statement and its commit, before any answer.

A repeat is counted. One that comes more than a minute after the event was done, or dead, is due again: an equal body
may tell of a new change (contract E3). Its body is kept anew then: that of the first may have had its time.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from crm.wire import Statement
from integrations.clock import now, wait
from integrations.crash import crash_point
from integrations.inbox.door import Delivery, digest
from integrations.models import Connection
from integrations.wake import wake

QUIET_SECONDS = 60.0

_COLUMNS = """
insert into integrations_webhookevent as event
    (connection_id, key, body, headers, repeats, state, received_at, due_at, reason, subject, fence, attempts, crashes)
"""
_ONE = "values (%(connection)s, %(key)s, %(body)s, %(headers)s, 0, 'pending', %(now)s, %(now)s, '', '', 0, 0, 0)"
_MANY = """
select connection, key, decode(body, 'base64'), headers, repeats, 'pending', %(now)s::timestamptz, %(now)s, '', '',
    0, 0, 0
from jsonb_to_recordset(%(events)s) as told(connection uuid, key text, body text, headers jsonb, repeats int)
order by connection, key
"""
_AGAIN = """
on conflict (connection_id, key) do update set
    repeats = event.repeats + 1 + excluded.repeats,
    state = case when {rearm} then 'pending' else event.state end,
    due_at = case when {rearm} then excluded.due_at else event.due_at end,
    settled_at = case when {rearm} then null else event.settled_at end,
    body = case when {rearm} then excluded.body else event.body end,
    headers = case when {rearm} then excluded.headers else event.headers end,
    received_at = case when {rearm} then excluded.received_at else event.received_at end
returning repeats
""".format(rearm="event.state in ('done', 'ignored', 'dead') and event.settled_at < %(quiet)s")
STORE_ONE = Statement("store_one", _COLUMNS + _ONE + _AGAIN)
STORE_MANY = Statement("store_many", _COLUMNS + _MANY + _AGAIN)


@dataclass(frozen=True, slots=True)
class StoreResult:
    """`is_new`: it was the first with this key."""

    is_new: bool


def store(connection: Connection, body: bytes, headers: Mapping[str, str]) -> StoreResult:
    """Keeps a body of this source; it is durable when this returns, if no transaction is open around it."""
    return keep(Delivery(connection.pk, digest(headers, body), body, dict(headers)))


def keep(delivery: Delivery) -> StoreResult:
    values: dict[str, str | bytes] = {
        "connection": str(delivery.connection_id),
        "key": delivery.key,
        "body": delivery.body,
        "headers": orjson.dumps(delivery.headers).decode(),
        **_moments(now()),
    }
    crash_point("inbox-before-store")
    repeats = int(STORE_ONE.answer(values))
    crash_point("inbox-after-store")
    tell([delivery.connection_id])
    return StoreResult(is_new=not repeats)


def keep_all(deliveries: Sequence[Delivery]) -> None:
    """The same for many: one statement, one commit."""
    crash_point("inbox-before-store")
    STORE_MANY.answer(parameters(deliveries))
    crash_point("inbox-after-store")
    tell(one.connection_id for one in deliveries)


def parameters(deliveries: Sequence[Delivery]) -> dict[str, str]:
    """For STORE_MANY: one document for all of them, each key once, with how often it came."""
    rows: dict[tuple[UUID, str], dict[str, Any]] = {}
    for one in deliveries:
        row = rows.setdefault((one.connection_id, one.key), {"repeats": -1})
        row |= {
            "connection": one.connection_id,
            "key": one.key,
            "body": b64encode(one.body).decode(),
            "headers": one.headers,
            "repeats": row["repeats"] + 1,
        }
    return {"events": orjson.dumps(list(rows.values())).decode(), **_moments(now())}


def _moments(moment: datetime) -> dict[str, str]:
    return {"now": str(moment), "quiet": str(moment - wait(QUIET_SECONDS))}


def tell(connections: Iterable[UUID]) -> None:
    """The worker may begin; if nobody hears it, the sweeper finds the rows."""
    for key in set(connections):
        wake("handle_events", key)
