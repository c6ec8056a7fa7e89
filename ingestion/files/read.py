"""Reading a group of files into Parquet: good rows, quarantined rows and a count for every file.

    group of files -> DuckDB (map, convert, judge) -> Arrow batches -> good.parquet + quarantine.parquet + outcomes

Nothing is handed on before the whole group has been read, so that a file never lands by halves.

Belongs here: running the plan of a group with flat memory. Does not belong here: choosing files, and dlt.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ingestion.files.plan import BLANK, SKIPPED, Plan, make_plan
from ingestion.files.result import QUARANTINE_SCHEMA, Load, Outcome, Reading, Sink, entity_schema
from ingestion.files.scan import Scan, forget_rejects, scan_files
from ingestion.files.spool import FileDefectError, LocalFile
from ingestion.lake import LOAD_COLUMNS
from ingestion.mapping import System

BATCH_ROWS: Final = 20_000

Numbers = npt.NDArray[np.int64]

_UNREADABLE: Final = (
    duckdb.InvalidInputException,
    duckdb.ConversionException,
    duckdb.IOException,
    duckdb.OutOfRangeException,
)


def connect(system: System) -> duckdb.DuckDBPyConnection:
    """Return the connection that reads the files of `system`; its zone is the one of instants without a zone."""
    connection = duckdb.connect()
    connection.execute(f"set TimeZone = '{system.time_zone}'")
    connection.execute("set arrow_large_buffer_size = true")
    connection.execute("set enable_progress_bar = false")
    return connection


def read_group(
    connection: duckdb.DuckDBPyConnection,
    system: System,
    entity: str,
    group: Sequence[LocalFile],
    load: Load,
    folder: Path,
    known_extras: Sequence[str] = (),
) -> Reading:
    """Read files of one type with the same columns; `known_extras` are extra columns that landed before.

    Raises:
        FileDefectError: the group cannot be read as a whole; of several files, the caller reads each alone.
        MappingError: an expression of the mapping does not fit the files.
    """
    try:
        run = _run(connection, system, entity, group, load, folder, known_extras, {})
        if run.malformed:
            # Where the malformed lines are is known only now, and the rows after them are numbered by it.
            run = _run(connection, system, entity, group, load, folder, known_extras, run.malformed)
    except _UNREADABLE as error:
        raise FileDefectError(f"cannot be read as {group[0].type}: {str(error).splitlines()[0]}") from error
    return run.reading()


def _run(
    connection: duckdb.DuckDBPyConnection,
    system: System,
    entity: str,
    group: Sequence[LocalFile],
    load: Load,
    folder: Path,
    known_extras: Sequence[str],
    malformed: dict[int, list[int]],
) -> _Pass:
    mapping, contract = system.entities[entity], system.contract(entity)
    forget_rejects(connection)
    required = [
        origin.column
        for name, origin in mapping.columns.items()
        if origin.column and contract.columns[name].required and origin.default is None
    ]
    scan = scan_files(connection, group, mapping.format, mapping.reads, required, mapping.distinct)
    return _run_scan(connection, system, entity, scan, group, load, folder, known_extras, malformed)


def read_scan(
    connection: duckdb.DuckDBPyConnection,
    system: System,
    entity: str,
    scan: Scan,
    group: Sequence[LocalFile],
    load: Load,
    folder: Path,
    known_extras: Sequence[str] = (),
) -> Reading:
    """Read a relation that stands for files; its `_file_index` points into `group`.

    Raises:
        MappingError: an expression of the mapping does not fit the relation.
    """
    return _run_scan(connection, system, entity, scan, group, load, folder, known_extras, {}).reading()


def _run_scan(
    connection: duckdb.DuckDBPyConnection,
    system: System,
    entity: str,
    scan: Scan,
    group: Sequence[LocalFile],
    load: Load,
    folder: Path,
    known_extras: Sequence[str],
    malformed: dict[int, list[int]],
) -> _Pass:
    plan = make_plan(connection, system, entity, scan)
    extras = tuple(dict.fromkeys([*known_extras, *plan.extras]))
    numbered = scan.rows_per_file or len(group) == 1
    run = _Pass(system, entity, group, load, folder, plan, extras, numbered, malformed)
    try:
        for batch in connection.sql(plan.sql).to_arrow_reader(BATCH_ROWS):
            run.take(batch)
        run.take_rejects(connection)
    finally:
        run.close()
    return run


class _Pass:
    """One pass over the rows of a group."""

    def __init__(
        self,
        system: System,
        entity: str,
        group: Sequence[LocalFile],
        load: Load,
        folder: Path,
        plan: Plan,
        extras: tuple[str, ...],
        rows_per_file: bool,
        malformed: dict[int, list[int]],
    ) -> None:
        self.entity, self.group, self.load, self.plan = entity, group, load, plan
        self.rows_per_file = rows_per_file
        self.malformed = dict[int, list[int]]()
        self._header_lines = int(group[0].type == "csv" and system.entities[entity].format.header is True)
        # The n-th readable row stands after the malformed lines m1 < m2 < ... for which m1 <= n, m2 - 1 <= n, ...
        self._shifts = {
            position: np.array(sorted(rows), dtype=np.int64) - np.arange(len(rows))
            for position, rows in malformed.items()
        }
        self.schema = entity_schema(system, entity, extras)
        self.rows = Sink(folder / "rows.parquet", self.schema)
        self.bad = Sink(folder / "quarantine.parquet", QUARANTINE_SCHEMA)
        count = len(group)
        self.counts = {name: np.zeros(count, dtype=np.int64) for name in ("landed", "quarantined", "skipped")}
        self.first_row = np.full(count, -1, dtype=np.int64)
        self._paths = pa.array([file.source.path for file in group], pa.string())
        self._dates = pa.array([file.source.date for file in group], pa.date32())
        self._changed = pa.array([file.source.modified_at for file in group], pa.timestamp("us", tz="UTC"))
        self._reasons = pa.array([defect.reason for defect in plan.defects], pa.string())
        self._columns = pa.array([defect.column for defect in plan.defects], pa.string())

    def take(self, batch: pa.RecordBatch) -> None:
        """Sort the rows of one batch into good, quarantined and skipped."""
        index = batch.column("_file_index").to_numpy().astype(np.int64)
        row = self._row_in_file(index, batch.column("_scan_row").to_numpy())
        copies = batch.column("_copies").to_numpy()
        verdicts = batch.column("_verdict")
        if verdicts.null_count < batch.num_rows:
            verdict = verdicts.fill_null(-2).to_numpy(zero_copy_only=False)
            skipped = verdict == SKIPPED
            self._count("skipped", index[skipped], copies[skipped])
            bad = verdict > SKIPPED
            if bad.any():
                self._quarantine(batch.filter(pa.array(bad)), index[bad], row[bad], verdict[bad])
                self._count("skipped", index[bad], copies[bad] - 1)
            good = verdict < BLANK
            batch, index, row, copies = batch.filter(pa.array(good)), index[good], row[good], copies[good]
        if batch.num_rows:
            self._count("landed", index)
            self._count("skipped", index, copies - 1)
            self.rows.add(self._good(batch, index, row))

    def take_rejects(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Quarantine the lines that are no CSV rows.

        Raises:
            FileDefectError: the file is not in its encoding, or a quote is never closed.
        """
        if not connection.execute("select 1 from duckdb_tables() where table_name = 'reject_errors'").fetchall():
            return
        query = """
            select scans.file_path, errors.line, any_value(errors.csv_line) as csv_line,
                string_agg(distinct errors.error_type, ', ') as kinds, any_value(errors.error_message) as message,
                any_value(errors.line_byte_position) as start
            from reject_errors as errors
            inner join reject_scans as scans on errors.scan_id = scans.scan_id and errors.file_id = scans.file_id
            group by all order by all"""
        positions = {str(file.path): position for position, file in enumerate(self.group)}
        for batch in connection.sql(query).to_arrow_reader(BATCH_ROWS):
            rejects = batch.to_pylist()
            for reject in rejects:
                self._refuse(self.group[positions[reject["file_path"]]], reject)
            index = np.array([positions[reject["file_path"]] for reject in rejects], dtype=np.int64)
            row = np.array([reject["line"] for reject in rejects], dtype=np.int64) - self._header_lines
            for position, number in zip(index.tolist(), row.tolist(), strict=True):
                self.malformed.setdefault(position, []).append(number)
            reasons = [f"not a readable line: {reject['message']}" for reject in rejects]
            payload = pa.array([reject["csv_line"] for reject in rejects], pa.string())
            nothing = pa.nulls(len(rejects), pa.string())
            self._add_bad(nothing, nothing, pa.array(reasons, pa.string()), payload, index, row)

    def close(self) -> None:
        """Close the Parquet files."""
        self._rows_path, self._bad_path = self.rows.close(), self.bad.close()

    def reading(self) -> Reading:
        """Return what the group gave, after the last batch."""
        outcomes = [
            Outcome(
                file=file.source,
                received=int(self.counts["landed"][position] + self.counts["quarantined"][position]),
                landed=int(self.counts["landed"][position]),
                quarantined=int(self.counts["quarantined"][position]),
                skipped=int(self.counts["skipped"][position]),
            )
            for position, file in enumerate(self.group)
        ]
        return Reading(outcomes, self._rows_path, self.schema, self._bad_path)

    @staticmethod
    def _refuse(file: LocalFile, reject: dict[str, Any]) -> None:
        if "INVALID ENCODING" in reject["kinds"]:
            reason = f"not UTF-8 in line {reject['line']}; set `encoding` in the mapping, for example cp1253 or latin-1"
            raise FileDefectError(reason)
        line = reject["csv_line"] or ""
        if "UNQUOTED VALUE" in reject["kinds"]:
            ends = (reject["start"] or 0) + len(line.encode()) >= file.path.stat().st_size
            if ends or (file.path.suffix == ".gz" and "\n" in line):
                raise FileDefectError(
                    f"a quote opened in line {reject['line']} is never closed; the file is cut or broken"
                )

    def _row_in_file(self, index: Numbers, row: Numbers) -> Numbers:
        if not self.rows_per_file and len(index):
            starts = np.flatnonzero(np.diff(index, prepend=-1))
            fresh = starts[self.first_row[index[starts]] < 0]
            self.first_row[index[fresh]] = row[fresh]
            row = row - self.first_row[index] + 1
        for position, shifts in self._shifts.items():
            of_file = index == position
            row = np.where(of_file, row + np.searchsorted(shifts, row, side="right"), row)
        return row

    def _count(self, name: str, index: Numbers, weights: Numbers | None = None) -> None:
        counted = np.bincount(index, weights=weights, minlength=len(self.group))
        self.counts[name] += counted.astype(np.int64)

    def _load_columns(self, index: Numbers, row: Numbers) -> list[pa.Array]:
        position = pa.array(index, pa.int32())
        same = pa.array(np.zeros(len(index), dtype=np.int32))
        return [
            pa.DictionaryArray.from_arrays(position, self._paths),
            pa.array(row, pa.int64()),
            self._dates.take(position),
            self._changed.take(position),
            pa.array([self.load.known_at], pa.timestamp("us", tz="UTC")).take(same),
            pa.DictionaryArray.from_arrays(same, pa.array([self.load.load_id])),
        ]

    def _good(self, batch: pa.RecordBatch, index: Numbers, row: Numbers) -> pa.RecordBatch:
        loads = dict(zip(LOAD_COLUMNS, self._load_columns(index, row), strict=True))
        present = set(batch.schema.names)
        arrays = []
        for wanted in self.schema:
            if wanted.name in loads:
                arrays.append(loads[wanted.name])
            elif wanted.name in present:
                array = batch.column(wanted.name)
                arrays.append(array.cast(wanted.type) if pa.types.is_timestamp(wanted.type) else array)
            else:
                arrays.append(pa.nulls(batch.num_rows, wanted.type))
        return pa.RecordBatch.from_arrays(arrays, names=self.schema.names)

    def _quarantine(self, batch: pa.RecordBatch, index: Numbers, row: Numbers, verdict: Numbers) -> None:
        code = pa.array(verdict - 1)
        self._add_bad(
            self._columns.take(code),
            batch.column("_value"),
            self._reasons.take(code),
            batch.column("_payload"),
            index,
            row,
        )

    def _add_bad(
        self, column: pa.Array, value: pa.Array, reason: pa.Array, payload: pa.Array, index: Numbers, row: Numbers
    ) -> None:
        same = pa.array(np.zeros(len(index), dtype=np.int32))
        entity = pa.DictionaryArray.from_arrays(same, pa.array([self.entity]))
        arrays = [entity, column, value.cast(pa.large_string()), reason, payload.cast(pa.large_string())]
        arrays += self._load_columns(index, row)
        self.bad.add(pa.RecordBatch.from_arrays(arrays, names=QUARANTINE_SCHEMA.names))
        self._count("quarantined", index)
