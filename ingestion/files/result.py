"""What reading a group of files gives: an outcome per file, and Parquet files of good and of quarantined rows.

Belongs here: these results, the schemas of the Parquet files, and writing them with flat memory. Does not belong here:
how rows are read and judged (`ingestion.files.read`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.contract import ARROW_TYPES
from ingestion.files.listing import SourceFile
from ingestion.lake import LOAD_COLUMNS, QUARANTINE_COLUMNS
from ingestion.mapping import System

ROW_GROUP_ROWS: Final = 120_000
ROW_GROUP_BYTES: Final = 64 << 20


@dataclass(frozen=True)
class Outcome:
    """What became of one file for one entity. Refused files have a reason and no rows."""

    file: SourceFile
    received: int = 0
    landed: int = 0
    quarantined: int = 0
    skipped: int = 0
    refused: str | None = None


@dataclass(frozen=True)
class Load:
    """The load that the rows belong to."""

    load_id: str
    known_at: dt.datetime


@dataclass
class Reading:
    """What a group of files gave: Parquet files (None when there is no such row) and an outcome per file."""

    outcomes: list[Outcome] = field(default_factory=list)
    rows: Path | None = None
    schema: pa.Schema | None = None
    quarantine: Path | None = None


def entity_schema(system: System, entity: str, extras: Sequence[str]) -> pa.Schema:
    """Return the Arrow schema of an entity's rows: contract columns, load columns, extra columns."""
    columns = system.contract(entity).columns | LOAD_COLUMNS
    fields = [pa.field(name, ARROW_TYPES[spec.type]) for name, spec in columns.items()]
    return pa.schema([*fields, *(pa.field(name, pa.string()) for name in extras)])


QUARANTINE_SCHEMA: Final = pa.schema(
    [pa.field(name, ARROW_TYPES[spec.type]) for name, spec in (QUARANTINE_COLUMNS | LOAD_COLUMNS).items()]
)


class Sink:
    """A Parquet file that is written in bounded row groups, and only created when there is a row."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self.schema = path, schema
        self._batches: list[pa.RecordBatch] = []
        self._rows = self._bytes = 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, batch: pa.RecordBatch) -> None:
        """Add rows, and write them once there are enough for a row group."""
        self._batches.append(batch)
        self._rows += batch.num_rows
        self._bytes += batch.nbytes
        if self._rows >= ROW_GROUP_ROWS or self._bytes >= ROW_GROUP_BYTES:
            self._flush()

    def close(self) -> Path | None:
        """Write the rest, and return the path; None when there was no row."""
        self._flush()
        if self._writer is None:
            return None
        self._writer.close()
        return self.path

    def _flush(self) -> None:
        if not self._batches:
            return
        table = pa.Table.from_batches(self._batches)
        if self._writer is None:
            # Without the Arrow schema inside, dictionaries and large strings read back as plain strings.
            texts = [
                name for name, kind in zip(self.schema.names, self.schema.types, strict=True) if kind == pa.string()
            ]
            self._writer = pq.ParquetWriter(self.path, table.schema, use_dictionary=texts, store_schema=False)
        self._writer.write_table(table, row_group_size=max(table.num_rows, 1))
        self._batches, self._rows, self._bytes = [], 0, 0
