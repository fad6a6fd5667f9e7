"""How would PostgreSQL answer? The plans of statements, and which tables they would read from end to end."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

Node = Mapping[str, Any]
TAKES_ALL = ("Aggregate", "Group", "Hash", "Materialize", "Memoize", "Sort", "Incremental Sort", "Unique", "WindowAgg")
EARLY = 0.25  # of the cost of reading it all
NAMED = re.compile(r"%\((\w+)\)s")
NUMBERED = re.compile(r"\$(\d+)")


@dataclass(frozen=True, slots=True)
class Plan:
    """One statement's plan, as EXPLAIN tells it in JSON."""

    sql: str
    root: Node

    @property
    def scanned(self) -> set[str]:
        """The tables that are read from end to end. A scan that a LIMIT is expected to end early is none."""
        return {node["Relation Name"] for node in _whole_scans(self.root, limit=math.inf)}

    @property
    def indexes(self) -> set[str]:
        return {node["Index Name"] for node in self.nodes() if "Index Name" in node}

    def nodes(self) -> Iterator[Node]:
        todo = [self.root]
        while todo:
            node = todo.pop()
            yield node
            todo += node.get("Plans", ())


def _whole_scans(node: Node, limit: float) -> Iterator[Node]:
    """`limit` is the cost at which the nodes above will have had enough."""
    if node["Node Type"] == "Limit":
        limit = min(limit, node["Total Cost"])
    elif node["Node Type"] in TAKES_ALL:
        limit = math.inf
    if node["Node Type"] == "Seq Scan" and limit > EARLY * node["Total Cost"]:
        yield node
    for child in node.get("Plans", ()):
        yield from _whole_scans(child, limit)


def generic(statement: str | bytes) -> Plan:
    """The plan a prepared statement settles on, one for any value; its parameters are $1, $2 … or %(named)s."""
    sql = statement if isinstance(statement, str) else statement.decode()
    names = list(dict.fromkeys(NAMED.findall(sql)))
    sql = NAMED.sub(lambda match: f"${names.index(match[1]) + 1}", sql)
    count = max((int(number) for number in NUMBERED.findall(sql)), default=0)
    values = f"({', '.join(['null'] * count)})" if count else ""
    with connection.cursor() as cursor:
        cursor.execute("set plan_cache_mode = force_generic_plan")
        cursor.execute(f"prepare asked as {sql}")
        try:
            cursor.execute(f"explain (format json) execute asked{values}")
            return Plan(sql, _root(cursor.fetchone()))
        finally:
            cursor.execute("deallocate asked")
            cursor.execute("reset plan_cache_mode")


@contextmanager
def asked() -> Iterator[list[str]]:
    """Collects the statements that Django sends in the block, whichever cursor they go through."""
    statements: list[str] = []

    def note(execute: Any, sql: Any, params: Any, many: bool, context: Mapping[str, Any]) -> Any:
        statements.append(sql.decode() if isinstance(sql, bytes) else str(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield statements


@contextmanager
def explained() -> Iterator[list[Plan]]:
    """Collects the plan of each query that runs in the block, for the very values it is asked with."""
    plans: list[Plan] = []

    def explain(execute: Any, sql: Any, params: Any, many: bool, context: Mapping[str, Any]) -> Any:
        if isinstance(sql, str) and sql.lstrip("( -\n").lower().startswith(("select", "with")):
            with context["connection"].connection.cursor() as cursor:
                cursor.execute(f"explain (format json) {sql}", params)
                plans.append(Plan(sql, _root(cursor.fetchone())))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield plans


def _root(row: Any) -> Node:
    answer = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return answer[0]["Plan"]
