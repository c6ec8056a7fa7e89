"""Landing a connector: read in batches, land each batch whole.

    Passes -> batch of spools -> dlt source (rows, quarantine, landing log) -> lake

Belongs here: dlt. Does not belong here: what is read (`passes`), the pipeline and its lock (`ingestion.land`).
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.storages.load_package import load_package_state
from dlt.extract.source import DltSource

from ingestion.connectors.connector import Connector
from ingestion.connectors.passes import Batch, Passes, Tell
from ingestion.connectors.readers import open_reader
from ingestion.connectors.records import names
from ingestion.connectors.spool import Spool
from ingestion.connectors.tables import RAW_COLUMNS
from ingestion.contract import ARROW_TYPES
from ingestion.files import Days
from ingestion.files.result import Load
from ingestion.files.source import Reader, lake_source, working_folder
from ingestion.lake import LANDING_LOG_COLUMNS, LOAD_COLUMNS
from ingestion.settings import Settings


def land_connector(
    connector: Connector, settings: Settings, pipeline: dlt.Pipeline, days: Days | None, tell: Tell
) -> list[str]:
    """Land what is new or changed, or what changed on the days; return the ids of the loads.

    A first load of years lands in many loads; when it breaks off, the next run goes on after the last of them.

    Raises:
        SourceUnavailableError: the system cannot be reached or does not let us in.
        SourceDefectError: what it answers cannot be right; nothing of that batch has landed.
    """
    loads = list[str]()
    work = working_folder(settings, connector)
    try:
        with open_reader(connector) as reader:
            for batch in Passes(connector, reader, settings, work, tell).batches(days):
                loads += pipeline.run(build_source(connector, settings, batch)).loads_ids
                for spool in batch.values():
                    shutil.rmtree(spool.folder, ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return loads


def build_source(connector: Connector, settings: Settings, batch: Batch) -> DltSource:
    """Return the dlt source of one batch."""
    return lake_source(connector, {table: _rows(spool, settings) for table, spool in batch.items() if spool.passes})


def _rows(spool: Spool, settings: Settings) -> Reader:
    def read() -> Iterator[Any]:
        load_id = load_package_state()["load_id"]
        load = Load(load_id, dt.datetime.fromtimestamp(float(load_id), dt.UTC))
        path, counts = spool.write(settings, load)
        if path:
            columns = RAW_COLUMNS | LOAD_COLUMNS
            schema = pa.schema([pa.field(name, ARROW_TYPES[spec.type]) for name, spec in columns.items()])
            yield dlt.mark.with_file_import(str(path), "parquet", sum(counts.values()), schema.empty_table())
        if spool.bad:
            yield dlt.mark.with_table_name(spool.quarantine(load), "quarantine")
        yield dlt.mark.with_table_name(_log(spool, counts, load), "landing_log")

    return read


def _log(spool: Spool, counts: dict[str, int], load: Load) -> pa.Table:
    """Return the log of a table's passes. What was read and is in the lake already counts as skipped."""
    rows = list[dict[str, Any]]()
    for position, one in enumerate(spool.passes):
        landed = counts.get(one.label, 0)
        drift = (
            {"fields_new": names(spool.fields_new), "fields_gone": names(spool.shapes.gone)} if position == 0 else {}
        )
        rows.append(
            {
                "entity": spool.table,
                "file_status": "landed",
                "file_fingerprint": f"{one.read_until:%Y-%m-%dT%H:%M:%SZ}" if one.read_until else one.kind,
                "rows_received": landed + one.quarantined,
                "rows_landed": landed,
                "rows_quarantined": one.quarantined,
                "rows_skipped": one.received - landed - one.quarantined,
                "pass_kind": one.kind,
                "read_until": one.read_until,
                "_source_file": one.label,
                "_file_date": one.day,
                "_known_at": load.known_at,
                "_dlt_load_id": load.load_id,
            }
            | drift
        )
    columns = LANDING_LOG_COLUMNS | LOAD_COLUMNS
    schema = pa.schema([pa.field(name, ARROW_TYPES[spec.type]) for name, spec in columns.items()])
    return pa.Table.from_pylist(rows, schema=schema)
