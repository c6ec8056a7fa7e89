"""Building as plain DuckDB SQL: the models that dbt has compiled, created one after the other in their order.

What is left out is what dbt adds around the same SQL: parsing, threads, contracts, comments, its log.

Run as `python -m benchmarks.plain_build <run_results.json> <manifest.json> <warehouse>`. Belongs here: running that
SQL. Does not belong here: measuring it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import duckdb

from ingestion.lake import create_lake_views
from ingestion.settings import load_settings


def main(run_results: Path, manifest: Path, warehouse: Path) -> None:
    """Create every model again, in the order in which dbt created them, inside a copy of the warehouse."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    results = json.loads(run_results.read_text(encoding="utf-8"))["results"]
    built = [result for result in results if nodes[result["unique_id"]]["resource_type"] == "model"]
    built.sort(key=lambda result: result["timing"][-1]["started_at"])
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set default_null_order = 'nulls_first_on_asc_last_on_desc'")
        connection.execute("set threads = 2")
        create_lake_views(connection, load_settings().lake_url)
        for result in built:
            node = nodes[result["unique_id"]]
            kind = "view" if node["config"]["materialized"] == "view" else "table"
            target = f'"{node["schema"]}"."{node["alias"]}"'
            connection.execute(f"create or replace {kind} {target} as {result['compiled_code']}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
