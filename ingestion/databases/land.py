"""Landing a database: steps read one after the other, each load with as many as make a good size.

Belongs here: dlt. Does not belong here: what is read (`steps`, `reading`), the pipeline and its lock
(`ingestion.land`).
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import dlt
import pyarrow as pa
import pyarrow.parquet as pq
from dlt.common.storages.load_package import load_package_state
from dlt.extract.source import DltSource

from ingestion.databases.client import Client
from ingestion.databases.log import Log, log_table, pass_row
from ingestion.databases.mapping import Database
from ingestion.databases.reading import StepReading
from ingestion.databases.steps import Step, plan_steps
from ingestion.files import Days
from ingestion.files.result import QUARANTINE_SCHEMA, Load
from ingestion.files.source import Reader, known_extras, lake_source, working_folder
from ingestion.settings import Settings

LOAD_ROWS: Final = 4_000_000
LOAD_SECONDS: Final = 600

Tell = Callable[[str], None]


class _Queue:
    """The steps of every entity, and how much of them still fits into the present load."""

    def __init__(self, database: Database, client: Client, log: Log, days: Days | None) -> None:
        self._steps = {entity: plan_steps(database, client, log, entity, days) for entity in database.entities}
        self.open, self.log = set(database.entities), log
        self.begin()

    def begin(self) -> None:
        """Begin a load."""
        self.log.forget()
        self._rows, self._ends = 0, time.monotonic() + LOAD_SECONDS

    def take(self, entity: str) -> Iterator[Step]:
        """Yield the next steps of an entity, as long as the load is not full."""
        while entity in self.open and self._rows < LOAD_ROWS and time.monotonic() < self._ends:
            step = next(self._steps[entity], None)
            if step is None:
                self.open.discard(entity)
                return
            yield step
            self._rows += step.received


def land_database(
    database: Database, settings: Settings, pipeline: dlt.Pipeline, days: Days | None, tell: Tell
) -> list[str]:
    """Land what is new, changed or deleted, or the days once more; return the ids of the loads.

    A first load of years lands in several loads; when it breaks off, the next run goes on after the last of them.

    Raises:
        SourceUnavailableError: the database cannot be reached or does not let us in.
        SourceDefectError: what it holds cannot be right; nothing of that load has landed.
    """
    loads = list[str]()
    work = working_folder(settings, database)
    client = Client(database)
    try:
        queue = _Queue(database, client, Log(database, settings), days)
        while queue.open:
            queue.begin()
            loads += pipeline.run(_source(database, settings, client, queue, work, tell)).loads_ids
            for folder in work.iterdir():
                shutil.rmtree(folder, ignore_errors=True)
    finally:
        client.close()
        shutil.rmtree(work, ignore_errors=True)
    return loads


def _source(database: Database, settings: Settings, client: Client, queue: _Queue, work: Path, tell: Tell) -> DltSource:
    readers = {entity: _reader(database, settings, client, queue, entity, work, tell) for entity in database.entities}
    return lake_source(database, readers)


def _reader(
    database: Database, settings: Settings, client: Client, queue: _Queue, entity: str, work: Path, tell: Tell
) -> Reader:
    def read() -> Iterator[Any]:
        load_id = load_package_state()["load_id"]
        load = Load(load_id, dt.datetime.fromtimestamp(float(load_id), dt.UTC))
        for step in queue.take(entity):
            folder = Path(tempfile.mkdtemp(dir=work))
            reading = StepReading(database, settings, queue.log, entity, load, folder)
            reading.read(client, step, known_extras(entity))
            tell(f"{database.name} {entity}: {step.received:,} rows of {_words(step)}")
            for part in reading.good:
                if part.rows and part.schema:
                    count = pq.read_metadata(part.rows).num_rows
                    yield dlt.mark.with_file_import(str(part.rows), "parquet", count, part.schema.empty_table())
                if part.quarantine:
                    for batch in pq.ParquetFile(part.quarantine).iter_batches(batch_size=20_000):
                        table = pa.Table.from_batches([batch]).cast(QUARANTINE_SCHEMA)
                        yield dlt.mark.with_table_name(table, "quarantine")
            new = {column.name for column in client.columns(entity)} - queue.log.columns(entity)
            row = pass_row(step.kind, _words(step), step.read_until, reading.skipped, new)
            yield dlt.mark.with_table_name(log_table(entity, load, reading.day_counts(), [row]), "landing_log")

    return read


def _words(step: Step) -> str:
    part = step.part
    if part.changed_since:
        return f"changed_since_{part.changed_since:%Y-%m-%dT%H:%M}"
    return f"{part.first or 'all'}_{part.last or 'now'}" if part.first or part.last else "all"
