"""A lake in a temporary folder, written as landing writes it, for tests that need what landed and not how.

Belongs here: writing rows of the contract as Parquet with their load. Does not belong here: any assertion.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingestion.contract import DUCKDB_TYPES, Kind, load_contract
from ingestion.lake import LANDING_LOG_COLUMNS, LOAD_COLUMNS

AS_OF = dt.date(2026, 10, 31)


@dataclass
class Lake:
    """Writes loads; the n-th load is known n minutes after midnight of the day after `AS_OF`."""

    folder: Path
    loads: int = 0

    def land(self, kind: Kind, system: str, entity: str, query: str, file: str = "") -> None:
        """Land the rows of a DuckDB query, which names contract columns, as one load of one file."""
        self.loads += 1
        load_id = f"load{self.loads:04d}"
        columns = load_contract(kind).entities[entity].columns
        known_at = dt.datetime.combine(AS_OF, dt.time()) + dt.timedelta(days=1, minutes=self.loads)
        source_file = file or f"{entity}_{self.loads}.csv"
        system_folder = self.folder / kind / system
        _write(
            system_folder / entity / f"{load_id}.0.parquet",
            {name: DUCKDB_TYPES[spec.type] for name, spec in (columns | LOAD_COLUMNS).items()},
            f"""
            select *, '{source_file}' as _source_file, row_number() over () as _source_row,
                timestamptz '{known_at}+00' as _file_modified_at, timestamptz '{known_at}+00' as _known_at,
                '{load_id}' as _dlt_load_id
            from ({query})""",
        )
        _write(
            system_folder / "landing_log" / f"{load_id}.0.parquet",
            {name: DUCKDB_TYPES[spec.type] for name, spec in (LANDING_LOG_COLUMNS | LOAD_COLUMNS).items()},
            f"""
            select '{entity}' as entity, 'landed' as file_status, '{load_id}' as file_fingerprint,
                '{source_file}' as _source_file, timestamptz '{known_at}+00' as _known_at,
                '{load_id}' as _dlt_load_id""",
        )
        done = system_folder / "_dlt_loads" / f"{load_id}.jsonl"
        done.parent.mkdir(parents=True, exist_ok=True)
        done.write_text(json.dumps({"load_id": load_id, "status": 0}) + "\n", encoding="utf-8")


def _write(path: Path, types: dict[str, str], query: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        declared = ", ".join(f"{name} {kind.replace('timestamp', 'timestamptz')}" for name, kind in types.items())
        connection.execute(f"create table landed ({declared})")
        connection.execute(f"insert into landed by name {query}")
        connection.execute(f"copy landed to '{path}' (format parquet)")
