"""What a mapping's SQL expressions may say: one scalar expression over the columns of one row.

Belongs here: parsing an expression and refusing what would make a row depend on other rows, other data or the clock.
Does not belong here: running expressions (`ingestion.files.plan`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

_CLOCK_FUNCTIONS = frozenset(
    {"now", "today", "current_date", "get_current_date", "current_time", "get_current_time", "current_timestamp"}
    | {"get_current_timestamp", "transaction_timestamp", "current_localtime", "current_localtimestamp"}
    | {"getenv", "getvariable", "current_setting"}
)


class ExpressionError(ValueError):
    """An expression that cannot be used in a mapping; the message says why and what to write instead."""


@dataclass(frozen=True)
class Expression:
    """A checked scalar expression: its SQL text, and the columns that it reads."""

    sql: str
    columns: tuple[str, ...]


def parse_expression(sql: str) -> Expression:
    """Check one scalar expression and return it with the columns that it reads.

    Raises:
        ExpressionError: when it is no expression, or holds a subquery, an aggregate, a window or a volatile function.
    """
    document = json.loads(_connection().execute("select json_serialize_sql(?)", [f"select ({sql}\n)"]).fetchall()[0][0])
    if document.get("error"):
        raise ExpressionError(f"{sql!r} is not a SQL expression: {document.get('error_message')}")
    nodes = [statement["node"] for statement in document["statements"]]
    if len(nodes) != 1 or nodes[0].get("type") != "SELECT_NODE" or len(nodes[0]["select_list"]) != 1:
        raise ExpressionError(f"{sql!r} must be one expression; remove what follows it")
    if nodes[0]["from_table"].get("type") != "EMPTY" or nodes[0].get("where_clause"):
        raise ExpressionError(f"{sql!r} must read the columns of its own row; remove `from` and `where`")
    expression = nodes[0]["select_list"][0]
    for node in _walk(expression):
        _refuse(sql, node)
    columns = [node["column_names"][0] for node in _walk(expression) if node.get("class") == "COLUMN_REF"]
    return Expression(sql=sql, columns=tuple(dict.fromkeys(columns)))


def _refuse(sql: str, node: dict[str, Any]) -> None:
    kind, name = node.get("class"), str(node.get("function_name", "")).lower()
    if kind == "SUBQUERY":
        raise ExpressionError(f"{sql!r} holds a subquery; a mapping sees one row at a time, so join in dbt instead")
    if kind == "WINDOW":
        raise ExpressionError(f"{sql!r} holds a window function; a mapping sees one row at a time")
    if kind == "STAR":
        raise ExpressionError(f"{sql!r} holds `*`; name the columns")
    if kind == "FUNCTION" and name in _functions("aggregate"):
        raise ExpressionError(f"{sql!r} aggregates rows with {name}(); a mapping sees one row at a time")
    volatile = kind == "FUNCTION" and (name in _functions("volatile") or name in _CLOCK_FUNCTIONS)
    if volatile or (kind == "COLUMN_REF" and node["column_names"][-1].lower() in _CLOCK_FUNCTIONS):
        name = name or node["column_names"][-1]
        raise ExpressionError(f"{sql!r} uses {name}, which changes between runs; the same file must give the same rows")


def _walk(node: object) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from _walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value)


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@cache
def _functions(kind: str) -> frozenset[str]:
    condition = "function_type = 'aggregate'" if kind == "aggregate" else "stability = 'VOLATILE'"
    scalars = "select function_name from duckdb_functions() where function_type = 'scalar'"
    rows = _connection().execute(f"select distinct function_name from duckdb_functions() where {condition}").fetchall()
    names = {name for (name,) in rows}
    if kind == "aggregate":
        names -= {name for (name,) in _connection().execute(scalars).fetchall()}
    return frozenset(names)
