"""One step read: rows mapped, converted and judged as those of files are, and compared with what the lake has.

    Arrow batches -> days (the `_source_file` of a row) -> plan of the files -> good.parquet, quarantine
        -> compared with the newest version of every record -> what is new or changed, and tombstones

Rows wait in Parquet, so that memory does not grow with the number of rows.
Belongs here: one step of one entity. Does not belong here: which steps there are (`steps`), dlt (`land`).
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from dlt.common.storages.fsspec_filesystem import FileItemDict

from ingestion.databases.client import Client
from ingestion.databases.compare import compare
from ingestion.databases.log import NO_DAY, Counts, Log
from ingestion.databases.mapping import WHOLE, Database
from ingestion.databases.steps import Step
from ingestion.files.listing import SourceFile
from ingestion.files.read import connect, read_scan
from ingestion.files.result import Load, Reading
from ingestion.files.scan import Scan
from ingestion.files.spool import LocalFile
from ingestion.settings import Settings

PAGE: Final = "page"


class StepReading:
    """What one step gave: Parquet files of rows and of quarantined rows, and the counts of every day."""

    def __init__(self, database: Database, settings: Settings, log: Log, entity: str, load: Load, folder: Path) -> None:
        self.database, self.settings, self.entity, self.load, self.folder = database, settings, entity, load, folder
        self._log = log
        self.good: list[Reading] = []
        self.days: dict[str, Counter[str]] = {}
        self.skipped = self._rows = 0
        self._read_at = dt.datetime.now(dt.UTC)

    def read(self, client: Client, step: Step, known_extras: tuple[str, ...]) -> None:
        """Read the step; it lands whole or not at all."""
        columns = [column.name for column in client.columns(self.entity) if column.expression]
        with closing(connect(self.database.system)) as connection:
            for batch in client.read(self.entity, step.part):
                step.received += batch.num_rows
                if batch.num_rows:
                    self._take(connection, batch.rename_columns(columns), known_extras)
        if step.kind != "window":
            self._compare(step)

    def day_counts(self) -> Iterator[tuple[str, Counts]]:
        """Yield the counts of the days that have something to say."""
        yield from sorted(self.days.items())

    def _take(self, connection: duckdb.DuckDBPyConnection, batch: pa.Table, known_extras: tuple[str, ...]) -> None:
        labels, batch = self._labelled(batch)
        connection.register(PAGE, batch)
        described = connection.execute(f"describe select * exclude (_file_index) from {PAGE}").fetchall()
        numbered = f"{self._rows} + row_number() over () as _scan_row"
        self._rows += batch.num_rows
        sql = f"select *, {numbered}, false as _blank, false as _broken from {PAGE}"
        scan = Scan(sql, {str(row[0]): str(row[1]) for row in described}, None, False, True)
        group = [LocalFile(self._source(label), Path(), "parquet", ",", ()) for label in labels]
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        reading = read_scan(connection, self.database.system, self.entity, scan, group, self.load, folder, known_extras)
        connection.unregister(PAGE)
        self.good.append(reading)
        for outcome in reading.outcomes:
            counts = self.days.setdefault(outcome.file.path, Counter())
            for name in ("received", "landed", "quarantined", "skipped"):
                counts[name] += getattr(outcome, name)

    def _labelled(self, batch: pa.Table) -> tuple[list[str], pa.Table]:
        """Return the days of a batch, and the batch with the position of each row's day in them."""
        window = self.database.tables[self.entity].window
        if window is None:
            position = pa.repeat(pa.scalar(0, pa.int64()), batch.num_rows)
            return [WHOLE], batch.append_column("_file_index", position)
        name = next(name for name in batch.column_names if name.lower() == window.lower())
        values = batch.column(name).combine_chunks()
        if pa.types.is_timestamp(values.type) and values.type.tz:
            values = pc.local_timestamp(values.cast(pa.timestamp("us", self.database.time_zone)))
        elif not pa.types.is_temporal(values.type):
            values = values.cast(pa.string()).cast(pa.timestamp("us"))
        days = values.cast(pa.date32(), safe=False).dictionary_encode(null_encoding="encode")
        labels = [str(day) if day else NO_DAY for day in days.dictionary.to_pylist()]
        return labels, batch.append_column("_file_index", days.indices.cast(pa.int64()))

    def _source(self, label: str) -> SourceFile:
        # The rows carry the day in `_source_file` alone: a record that moves to an earlier day is still the newer.
        item: Any = {"relative_path": label, "modification_date": self._read_at, "size_in_bytes": 0, "file_url": ""}
        return SourceFile(FileItemDict(item), None)

    def _compare(self, step: Step) -> None:
        rows = [reading.rows for reading in self.good if reading.rows]
        before = self._log.quarantined(self.entity)
        bad = {label for label, counts in self.days.items() if counts["quarantined"]}
        place = (self._read_at, self.load, self.folder)
        found = compare(self.database, self.settings, self.entity, step, rows, bad, *place)
        for label in {*self.days, *found.landed}:
            counts = self.days.setdefault(label, Counter())
            counts["skipped"] += counts["landed"] - found.changed.get(label, 0)
            counts["landed"] = found.landed.get(label, 0)
            counts["received"] = counts["landed"] + counts["quarantined"]
        steady = {
            label
            for label, counts in self.days.items()
            if not counts["landed"] and counts["quarantined"] == before.get(label, 0)
        }
        self.skipped = sum(self.days[label]["skipped"] for label in steady)
        quarantine = [reading.quarantine for reading in self.good if reading.quarantine]
        self.good = [Reading(rows=found.rows, schema=found.schema)] if found.rows else []
        self.good += [Reading(quarantine=path) for path in _without(quarantine, steady, self.folder)]
        self.days = {label: counts for label, counts in self.days.items() if label not in steady}


def _without(paths: list[Path], labels: set[str], folder: Path) -> Iterator[Path]:
    """Yield the quarantine files without the rows of days that are as they were."""
    for path in paths:
        kept = path.with_name("quarantine-new.parquet")
        with closing(duckdb.connect()) as connection:
            connection.execute("set TimeZone = 'UTC'")
            [(count,)] = connection.execute(
                f"""copy (select * from read_parquet('{path}') where not list_contains($labels, _source_file))
                to '{kept}' (format parquet)""",
                {"labels": sorted(labels)},
            ).fetchall()
        if count:
            yield kept
