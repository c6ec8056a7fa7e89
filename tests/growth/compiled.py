"""The models of the project as SQL text, and a warehouse in memory to run them on given rows.

Belongs here: compiling once, filling the inputs of a model, reading its rows back.
Does not belong here: what the rows should be; that is in the tests, in plain Python.
"""

from __future__ import annotations

import csv
import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.contracts.graph.nodes import ModelNode

from ingestion.settings import Settings
from tests.parsed import run_dbt

AS_OF: Final = dt.date(2026, 10, 31)
DBT_VARS: Final = {
    "as_of_date": AS_OF.isoformat(),
    "time_zone": "UTC",
    "reporting_currency": "EUR",
    "connectors": [],
}

ORDER_COLUMNS: Final = {
    "order_key": "varchar",
    "customer_id": "varchar",
    "channel": "varchar",
    "order_sequence": "bigint",
    "order_date": "date",
    "ordered_at": "timestamp",
    "net_amount_reporting": "decimal(18, 4)",
    "order_month": "date",
}
LINE_COLUMNS: Final = {
    "order_key": "varchar",
    "customer_id": "varchar",
    "product_key": "varchar",
    "category": "varchar",
    "order_date": "date",
    "line_number": "integer",
    "gross_amount_reporting": "decimal(18, 4)",
    "discount_amount_reporting": "decimal(18, 4)",
    "is_valid_order": "boolean",
    "is_gift_card": "boolean",
}
ANSWER_COLUMNS: Final = {
    "answer_key": "varchar",
    "response_key": "varchar",
    "survey_key": "varchar",
    "customer_record_key": "varchar",
    "customer_id": "varchar",
    "metric": "varchar",
    "score": "decimal(18, 4)",
    "scale_min": "decimal(18, 4)",
    "scale_max": "decimal(18, 4)",
    "score_index": "decimal(9, 4)",
    "is_top_box": "boolean",
    "nps_group": "varchar",
    "answered_at": "timestamp",
    "answer_date": "date",
}
REVIEW_COLUMNS: Final = {
    "review_key": "varchar",
    "platform": "varchar",
    "source_system": "varchar",
    "rating": "decimal(18, 4)",
    "scale_min": "decimal(18, 4)",
    "scale_max": "decimal(18, 4)",
    "rating_index": "decimal(9, 4)",
    "is_top_box": "boolean",
    "published_date": "date",
}

Row = Mapping[str, Any]


class CompiledModels:
    """The SQL of models as dbt compiles it, by model name, and the seeds that they read."""

    def __init__(self, settings: Settings, names: Sequence[str], shared: Path) -> None:
        """Compile the named models (a few seconds) of the project that is parsed in the shared folder."""
        settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
        command = ["--quiet", "compile", "--select", *names]
        result = run_dbt(command, settings, settings.dbt_vars() | DBT_VARS, shared)
        assert result.success, result.exception or result.result
        assert isinstance(result.result, RunExecutionResult)
        self.seeds: Path = settings.dbt_project_path / "seeds" / "rules"
        nodes = [item.node for item in result.result.results]
        self.models = {node.name: node for node in nodes if isinstance(node, ModelNode) and node.name in names}
        assert set(self.models) == set(names)

    def warehouse(self) -> Warehouse:
        """Return an empty warehouse in memory."""
        return Warehouse(self)


class Warehouse:
    """Tables under the names that the compiled SQL knows them by."""

    def __init__(self, compiled: CompiledModels) -> None:
        """Open the warehouse and create its schemas."""
        self.compiled = compiled
        self.connection = duckdb.connect()
        self.connection.execute("attach ':memory:' as evermart")
        self.connection.execute("set TimeZone = 'UTC'")
        self.connection.execute("set default_null_order = 'nulls_first_on_asc_last_on_desc'")
        for schema in ("rules", "intermediate", "staging", "feedback", "growth", "customer", "loyalty"):
            self.connection.execute(f"create schema evermart.{schema}")

    def fill(self, table: str, columns: Mapping[str, str], rows: Iterable[Row]) -> None:
        """Create `schema.name` with these columns and rows; a column that a row leaves out is NULL."""
        declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        self.connection.execute(f"create or replace table evermart.{table} ({declared})")
        values = [tuple(row.get(name) for name in columns) for row in rows]
        if values:
            marks = ", ".join("?" for _ in columns)
            self.connection.executemany(f"insert into evermart.{table} values ({marks})", values)

    def seed(self, name: str, columns: Mapping[str, str]) -> list[dict[str, str]]:
        """Load a seed as it is in the project, with these types, and return its rows as text."""
        with (self.compiled.seeds / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self.fill(f"rules.{name}", columns, [{key: value or None for key, value in row.items()} for row in rows])
        return rows

    def build(self, name: str) -> list[dict[str, Any]]:
        """Run a model on what is there, keep it as a table and return its rows."""
        node = self.compiled.models[name]
        relation = f"evermart.{node.schema}.{node.name}"
        self.connection.execute(f"create or replace table {relation} as {node.compiled_code}")
        cursor = self.connection.execute(f"select * from {relation}")
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def close_to(value: Decimal | None, expected: float | None, places: int) -> bool:
    """Tell whether a published number is the expected one, but for rounding at the last place."""
    if value is None or expected is None:
        return value is None and expected is None
    return math.isclose(value, expected, rel_tol=0, abs_tol=10**-places)
