"""The tables that the prediction step keeps in the warehouse, and what each is for.

dbt makes the same ones (macro `prediction_tables`), empty, before the first night; a test compares the two.
Belongs here: names, columns, writing. Does not belong here: the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb
import pyarrow as pa

SCHEMA: Final = "prediction"
COLUMNS: Final[dict[str, dict[str, str]]] = {
    "prediction_model": {
        "model_code": "varchar",
        "is_fitted": "boolean",
        "not_fitted_reason": "varchar",
        "customers": "bigint",
        "repeat_customers": "bigint",
        "r": "double",
        "alpha_weeks": "double",
        "a": "double",
        "b": "double",
        "p": "double",
        "q": "double",
        "v": "double",
        "log_likelihood": "double",
        "spend_correlation": "double",
    },
    "customer_prediction": {
        "customer_id": "varchar",
        "alive_probability_bg_nbd": "double",
        "alive_probability_mbg_nbd": "double",
        "expected_purchases_bg_nbd": "double",
        "expected_purchases_mbg_nbd": "double",
        "expected_spend": "double",
    },
}
ARROW_TYPES: Final = {
    "varchar": pa.string(),
    "boolean": pa.bool_(),
    "bigint": pa.int64(),
    "double": pa.float64(),
}


def replace_tables(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pa.Table]) -> None:
    """Write the tables anew, all or none, with the columns of `COLUMNS` in their order."""
    connection.execute(f"create schema if not exists {SCHEMA}")
    connection.execute("begin")
    try:
        for name, table in tables.items():
            connection.register("written", table)
            columns = ", ".join(COLUMNS[name])
            connection.execute(f"create or replace table {SCHEMA}.{name} as select {columns} from written")
            connection.unregister("written")
    except duckdb.Error:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def schema_of(table: str) -> pa.Schema:
    """Return a table's columns as Arrow knows them."""
    return pa.schema([(name, ARROW_TYPES[kind]) for name, kind in COLUMNS[table].items()])
