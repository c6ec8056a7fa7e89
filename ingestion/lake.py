"""The lake as SQL: one view per entity of the landing contract and per table of a vendor, over all that has landed.

Layout: `<lake>/<kind>/<system>/<table>/<load_id>.<file_id>.parquet`, append-only, written by dlt; the kind is one of
the landing contract, or a connector's vendor, whose tables are raw. A load
counts only when dlt has recorded its end in `_dlt_loads`, so a load that was cut short is never seen.

Belongs here: reading the lake. Does not belong here: writing it, and any rule about which version of a record is right.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import duckdb
import fsspec

from ingestion.connectors.registry import VENDOR_TABLES
from ingestion.connectors.tables import RAW_COLUMNS
from ingestion.contract import DUCKDB_TYPES, KINDS, Column, ColumnType, load_contract

PASS_KINDS: Final = ("changes", "window", "backfill", "listing", "children", "sweep", "sweep_young")

LOAD_COLUMNS: Final[dict[str, Column]] = {
    "_source_file": Column(type="text", meaning="File that the row came from."),
    "_source_row": Column(type="integer", meaning="Row of that file, counted from 1 without the header."),
    "_file_date": Column(type="date", meaning="Date in the path of the file, when it has one."),
    "_file_modified_at": Column(type="timestamp", meaning="When that file last changed."),
    "_known_at": Column(type="timestamp", meaning="When the row was loaded: the warehouse's own clock."),
    "_dlt_load_id": Column(type="text", meaning="Load that brought the row."),
}

QUARANTINE_COLUMNS: Final[dict[str, Column]] = {
    "entity": Column(type="text", required=True, meaning="Entity that the row was meant for."),
    "column_name": Column(type="text", meaning="Column that broke the contract; empty when the whole row did."),
    "column_value": Column(type="text", pii=True, meaning="Value as received."),
    "reason": Column(type="text", required=True, meaning="What is wrong, and what the contract expects."),
    "payload": Column(type="text", pii=True, meaning="The row as received, as JSON."),
}

LANDING_LOG_COLUMNS: Final[dict[str, Column]] = {
    "entity": Column(type="text", required=True, meaning="Entity that the file was read for."),
    "file_status": Column(
        type="text", required=True, values=("landed", "refused", "withdrawn"), meaning="Outcome for the file."
    ),
    "file_fingerprint": Column(type="text", required=True, meaning="Size and time of change of the file."),
    "rows_received": Column(type="integer", required=True, meaning="Rows that the file holds for this entity."),
    "rows_landed": Column(type="integer", required=True, meaning="Rows written to the entity's table."),
    "rows_quarantined": Column(type="integer", required=True, meaning="Rows written to the quarantine."),
    "rows_skipped": Column(type="integer", required=True, meaning="Rows that the mapping's filter leaves out."),
    "reason": Column(type="text", meaning="Why the file was refused."),
    "pass_kind": Column(type="text", values=PASS_KINDS, meaning="Connectors: how the table was read. Empty for files."),
    "read_until": Column(
        type="timestamp", meaning="Connectors: changes before this instant, by the system's clock, are in."
    ),
    "fields_new": Column(type="text", meaning="Connectors: fields that no load before had, as a JSON list."),
    "fields_gone": Column(
        type="text", meaning="Connectors: fields that staging reads and no record had, as a JSON list."
    ),
}


def connect_lake(lake_url: str, vendor: str | None = None) -> duckdb.DuckDBPyConnection:
    """Return an in-memory connection with the views of the lake; with `vendor`, those of its tables and the logs."""
    connection = duckdb.connect()
    create_lake_views(connection, lake_url, vendor)
    return connection


def create_lake_views(connection: duckdb.DuckDBPyConnection, lake_url: str, vendor: str | None = None) -> None:
    """Create `lake_<kind>.<entity>`, `lake_<vendor>.<table>`, `lake.quarantine` and `lake.landing_log` over the lake.

    Every view exists, empty and typed when nothing has landed for it. Instants are UTC without a zone.
    """
    connection.execute("set TimeZone = 'UTC'")
    # DuckDB draws progress bars in a process that it takes for an interactive one, such as a forked step.
    connection.execute("set enable_progress_bar = false")
    scheme = urlsplit(lake_url).scheme
    if scheme and scheme != "file":
        connection.register_filesystem(fsspec.filesystem(scheme))
    base = lake_url.removeprefix("file://").rstrip("/")
    landed = _tables_landed(connection, base)
    for kind in () if vendor else KINDS:
        for name, entity in load_contract(kind).entities.items():
            _create_view(connection, base, f"lake_{kind}", name, kind, entity.columns, (kind, name) in landed)
    for source in [vendor] if vendor else VENDOR_TABLES:
        for name in VENDOR_TABLES[source]:
            _create_view(connection, base, f"lake_{source}", name, source, RAW_COLUMNS, (source, name) in landed)
    for name, columns in {"quarantine": QUARANTINE_COLUMNS, "landing_log": LANDING_LOG_COLUMNS}.items():
        present = any(table == name for _, table in landed)
        _create_view(connection, base, "lake", name, "*", columns, present)


def _tables_landed(connection: duckdb.DuckDBPyConnection, base: str) -> set[tuple[str, str]]:
    files = connection.execute("select file from glob(?)", [f"{base}/*/*/*/*.parquet"]).fetchall()
    parts = (file.removeprefix(base).strip("/").split("/") for (file,) in files)
    return {(kind, table) for kind, _, table, _ in parts}


def _create_view(
    connection: duckdb.DuckDBPyConnection,
    base: str,
    schema: str,
    name: str,
    kind_glob: str,
    columns: dict[str, Column],
    present: bool,
) -> None:
    types: dict[str, ColumnType] = {"source_kind": "text", "source_system": "text"}
    types |= {column: spec.type for column, spec in (columns | LOAD_COLUMNS).items()}
    landed: dict[ColumnType, str] = DUCKDB_TYPES | {"timestamp": "timestamptz"}
    empty = ", ".join(f"null::{landed[kind]} as {column}" for column, kind in types.items())
    published = ", ".join(
        f"{column} at time zone 'UTC' as {column}" if kind == "timestamp" else column for column, kind in types.items()
    )
    source = f"select {empty} where false"
    if present:
        path = f"{base}/{kind_glob}/*/{name}/*.parquet"
        source += f"""
            union all by name
            select rows.* exclude (filename), loads.source_kind, loads.source_system
            from read_parquet('{path}', union_by_name = true, filename = true) as rows
            inner join ({_completed_loads(base, kind_glob)}) as loads
                on rows._dlt_load_id = loads.load_id
                and rows.filename[len('{base}') + 2:] like loads.source_kind || '/' || loads.source_system || '/%'"""
    connection.execute(f"create schema if not exists {schema}")
    connection.execute(f"create or replace view {schema}.{name} as select {published} from ({source})")


def _completed_loads(base: str, kind_glob: str) -> str:
    path = f"{base}/{kind_glob}/*/_dlt_loads/*.jsonl"
    return f"""
        select distinct
            load_id,
            split_part(filename[len('{base}') + 2:], '/', 1) as source_kind,
            split_part(filename[len('{base}') + 2:], '/', 2) as source_system
        from read_json('{path}', columns = {{load_id: 'varchar', status: 'bigint'}}, filename = true)
        where status = 0"""
