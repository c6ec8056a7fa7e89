"""The dlt source of one file system: one resource per entity, beside it the quarantine and the landing log.

Belongs here: which files are read, in which groups, and what dlt is told about the tables. Does not belong here:
reading a group (`ingestion.files.read`).
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import dlt
import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from dlt.common.schema.typing import TSchemaContractDict
from dlt.common.storages.load_package import load_package_state
from dlt.extract.resource import DltResource
from dlt.extract.source import DltSource

from ingestion.contract import ARROW_TYPES, Column, ColumnType
from ingestion.files.listing import Days, SourceFile, list_files
from ingestion.files.plan import EXTRA_PREFIX
from ingestion.files.read import connect, read_group
from ingestion.files.replaced import bury_replaced
from ingestion.files.result import QUARANTINE_SCHEMA, Load, Outcome, Reading
from ingestion.files.spool import FileDefectError, LocalFile, spool
from ingestion.lake import LANDING_LOG_COLUMNS, LOAD_COLUMNS, QUARANTINE_COLUMNS
from ingestion.landing_log import LoggedFile, newest_entries
from ingestion.mapping import System
from ingestion.settings import Settings
from ingestion.systems import SourceSystem

GROUP_BYTES: Final = 64 << 20
GROUP_FILES: Final = 500
CONTRACT: Final[TSchemaContractDict] = {"tables": "evolve", "columns": "evolve", "data_type": "freeze"}
WITHDRAWN: Final = "withdrawn"

Reader = Callable[[], Iterator[Any]]

_DLT_TYPES: Final[dict[ColumnType, dict[str, Any]]] = {
    "text": {"data_type": "text"},
    "integer": {"data_type": "bigint"},
    "decimal": {"data_type": "decimal", "precision": 18, "scale": 4},
    "boolean": {"data_type": "bool"},
    "date": {"data_type": "date"},
    "timestamp": {"data_type": "timestamp", "timezone": True},
}


def build_source(
    system: System, settings: Settings, days: Days | None = None, *, again: Sequence[str] = ()
) -> DltSource:
    """Return the dlt source of `system`: one append-only resource per mapped entity, named like it.

    Args:
        system: the system to read.
        settings: where the lake (whose landing log says what is new) and the working folder are.
        days: read exactly the files whose `{date}` lies inside, landed or not; None: new and changed files.
        again: paths of files to read although they have landed.
    """
    readers = {entity: _reader(system, entity, settings, days, frozenset(again)) for entity in system.entities}
    return lake_source(system, readers)


def lake_source(system: SourceSystem, readers: Mapping[str, Reader]) -> DltSource:
    """Return the dlt source of any system: one append-only resource per table, beside it quarantine and landing log.

    Args:
        system: what the rows are of; its contract describes the tables.
        readers: what yields the rows of each table that is landed.
    """

    def resources() -> Iterator[DltResource]:
        for table, read in readers.items():
            contract = system.contract(table)
            resource = dlt.resource(read, name=table)
            _log_hints(resource)
            yield resource.apply_hints(
                table_name=table,
                columns=table_columns(contract.columns),
                primary_key=contract.key,
                write_disposition="append",
                schema_contract=CONTRACT,
            )

    source: DltSource = dlt.source(resources, name=system.name, schema_contract=CONTRACT, max_table_nesting=0)()
    return source


def _log_hints(resource: DltResource) -> None:
    """Tell dlt of the quarantine and the landing log, which every resource may write beside its own table.

    To be called before the table's own hints: a variant starts as a copy of the hints that are there already.
    """
    for table, columns in {"quarantine": QUARANTINE_COLUMNS, "landing_log": LANDING_LOG_COLUMNS}.items():
        resource.apply_hints(
            table_name=table,
            columns=table_columns(columns),
            write_disposition="append",
            schema_contract=CONTRACT,
            create_table_variant=True,
        )


def table_columns(columns: dict[str, Column]) -> dict[str, Any]:
    """Return dlt's hints for the columns of a landed table, load columns included."""
    # Nullable even where the contract requires a value: the Parquet files are handed on as they were written.
    return {
        name: {"name": name, "nullable": True, "description": spec.meaning, **_DLT_TYPES[spec.type]}
        for name, spec in (columns | LOAD_COLUMNS).items()
    }


def _reader(system: System, entity: str, settings: Settings, days: Days | None, again: frozenset[str]) -> Reader:
    def read() -> Iterator[Any]:
        load_id = load_package_state()["load_id"]
        load = Load(load_id, dt.datetime.fromtimestamp(float(load_id), dt.UTC))
        listed = list_files(system, entity, days)
        logged = {entry.path: entry for entry in newest_entries(settings, system) if entry.entity == entity}
        wanted = [file for file in listed if days or file.path in again or not _has_landed(file, logged)]
        landed_before = [path for path, entry in logged.items() if entry.status == "landed"]
        outcomes: list[Outcome] = []
        work = working_folder(settings, system)
        try:
            for reading in read_files(system, entity, wanted, load, work, known_extras(entity)):
                yield from _tables(reading)
                if system.entities[entity].replaces:
                    gone = bury_replaced(system, settings, entity, reading, landed_before, load, work)
                    yield from _tables(gone) if gone else ()
                outcomes += reading.outcomes
        finally:
            shutil.rmtree(work, ignore_errors=True)
        withdrawn = [] if days else _withdrawn(listed, logged)
        if outcomes or withdrawn:
            yield dlt.mark.with_table_name(_log(entity, outcomes, withdrawn, load), "landing_log")

    return read


def working_folder(settings: Settings, system: SourceSystem) -> Path:
    """Return a new folder for files in the making, on the file system of dlt's working folder."""
    parent = settings.dlt_path / "spool"
    parent.mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{system.name}-", dir=parent))


def read_files(
    system: System, entity: str, files: Iterable[SourceFile], load: Load, work: Path, known_extras: Sequence[str]
) -> Iterator[Reading]:
    """Read files in groups of like ones, so that many small files cost little; a defective file is refused alone."""
    connection = connect(system)
    try:
        group: list[LocalFile] = []
        for file in files:
            try:
                local = spool(file, system.entities[entity].format, _folder(work))
            except FileDefectError as error:
                yield Reading([Outcome(file, refused=str(error))])
                continue
            if group and not _fits(group, local):
                yield from _read(connection, system, entity, group, load, work, known_extras)
                group = []
            group.append(local)
        if group:
            yield from _read(connection, system, entity, group, load, work, known_extras)
    finally:
        connection.close()


def _fits(group: list[LocalFile], local: LocalFile) -> bool:
    like = (local.type, local.delimiter, local.header) == (group[0].type, group[0].delimiter, group[0].header)
    size = sum(member.source.size for member in group) + local.source.size
    return like and size <= GROUP_BYTES and len(group) < GROUP_FILES


def _read(
    connection: duckdb.DuckDBPyConnection,
    system: System,
    entity: str,
    group: list[LocalFile],
    load: Load,
    work: Path,
    known_extras: Sequence[str],
) -> Iterator[Reading]:
    folder = Path(tempfile.mkdtemp(dir=work))
    try:
        yield read_group(connection, system, entity, group, load, folder, known_extras)
    except FileDefectError as error:
        if len(group) == 1:
            yield Reading([Outcome(group[0].source, refused=str(error))])
            return
        for member in group:
            yield from _read(connection, system, entity, [member], load, work, known_extras)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _folder(work: Path) -> Path:
    folder = work / "copies"
    folder.mkdir(exist_ok=True)
    return folder


def _tables(reading: Reading) -> Iterator[Any]:
    landed = sum(outcome.landed for outcome in reading.outcomes)
    if reading.rows and reading.schema:
        yield dlt.mark.with_file_import(str(reading.rows), "parquet", landed, reading.schema.empty_table())
    if reading.quarantine:
        for table in _batches(reading.quarantine):
            yield dlt.mark.with_table_name(table, "quarantine")


def _batches(path: Path) -> Iterator[pa.Table]:
    for batch in pq.ParquetFile(path).iter_batches(batch_size=20_000):
        yield pa.Table.from_batches([batch]).cast(QUARANTINE_SCHEMA)


def known_extras(entity: str) -> tuple[str, ...]:
    """Return the extra columns of earlier loads, in dlt's order: a file that has them all is not rewritten."""
    schema = dlt.current.source_schema()
    columns = schema.tables.get(entity, {}).get("columns", {})
    return tuple(name for name in columns if name.startswith(EXTRA_PREFIX))


def _has_landed(file: SourceFile, logged: dict[str, LoggedFile]) -> bool:
    entry = logged.get(file.path)
    return entry is not None and entry.status == "landed" and entry.fingerprint == file.fingerprint


def _withdrawn(listed: list[SourceFile], logged: dict[str, LoggedFile]) -> list[LoggedFile]:
    """Return refused files that are gone: taken away by a person, they no longer hold the night back."""
    present = {file.path for file in listed}
    return [entry for path, entry in logged.items() if entry.status == "refused" and path not in present]


def _log(entity: str, outcomes: list[Outcome], gone: list[LoggedFile], load: Load) -> pa.Table:
    rows: list[dict[str, Any]] = [
        {
            "entity": entity,
            "file_status": "refused" if outcome.refused else "landed",
            "file_fingerprint": outcome.file.fingerprint,
            "rows_received": outcome.received,
            "rows_landed": outcome.landed,
            "rows_quarantined": outcome.quarantined,
            "rows_skipped": outcome.skipped,
            "reason": outcome.refused,
            "_source_file": outcome.file.path,
            "_file_date": outcome.file.date,
            "_file_modified_at": outcome.file.modified_at,
        }
        for outcome in outcomes
    ]
    nothing = {f"rows_{name}": 0 for name in ("received", "landed", "quarantined", "skipped")}
    reason = "the refused file is no longer there"
    for entry in gone:
        known = {"entity": entity, "file_status": WITHDRAWN, "file_fingerprint": entry.fingerprint, "reason": reason}
        rows.append(known | nothing | {"_source_file": entry.path})
    stamp = {"_known_at": load.known_at, "_dlt_load_id": load.load_id}
    columns = LANDING_LOG_COLUMNS | LOAD_COLUMNS
    schema = pa.schema([pa.field(name, ARROW_TYPES[spec.type]) for name, spec in columns.items()])
    return pa.Table.from_pylist([row | stamp for row in rows], schema=schema)
