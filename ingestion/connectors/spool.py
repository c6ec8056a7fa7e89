"""Records in waiting: written to Parquet as they are read, then compared with the lake, so that only changes land.

    pages -> Spool.add -> parts/*.parquet -> Spool.changes(load) -> rows.parquet with versions, counts per pass

Belongs here: rows of one table and one load, with flat memory. Does not belong here: reading pages, and dlt.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.connectors.connector import Connector
from ingestion.connectors.reader import Page
from ingestion.connectors.records import Defect, Record, Shapes
from ingestion.connectors.tables import DELETED, RAW_COLUMNS
from ingestion.files.result import QUARANTINE_SCHEMA, Load
from ingestion.lake import LOAD_COLUMNS, connect_lake
from ingestion.settings import Settings

BATCH_ROWS: Final = 1_000
INSIDE_EVERY: Final = 100
MEMORY: Final = "400MB"
FETCHED: Final = 500

_PART: Final = pa.schema(
    [
        pa.field(name, pa.string())
        for name in ("record_id", "parent_id", "record_clock", "record_created", "record_digest")
    ]
    + [pa.field("record", pa.string()), pa.field("deleted_at", pa.timestamp("us", tz="UTC"))]
    + [pa.field("_source_file", pa.string()), pa.field("_source_row", pa.int64()), pa.field("_file_date", pa.date32())]
)


@dataclass
class Pass:
    """One reading of a table: how, over which days, and what came of it."""

    table: str
    kind: str
    label: str
    day: dt.date | None = None
    read_until: dt.datetime | None = None
    received: int = 0
    quarantined: int = 0


@dataclass
class Spool:
    """The rows of one table in one load."""

    connector: Connector
    table: str
    folder: Path
    passes: list[Pass] = field(default_factory=list)
    bad: list[dict[str, Any]] = field(default_factory=list)
    rows: int = 0
    fields_new: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Make the folder of the parts."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.shapes = Shapes(self.connector.entities[self.table])
        self._waiting: list[dict[str, Any]] = []
        self._put_aside_before: set[bytes] = set()
        self._parts = 0

    def add(self, page: Page, of: Pass) -> list[str]:
        """Take the records of a page, and return their ids; also of those that are put aside, for they are there."""
        ids = list[str]()
        for position, raw in enumerate(page.records):
            of.received += 1
            if position % INSIDE_EVERY == 0:
                self.shapes.look_inside(raw)
            found = self.shapes.take(raw)
            if isinstance(found, Defect):
                self._put_aside(found, of)
            else:
                self._append(self._row(found, page.parent_id, of))
            if found.id is not None:
                ids.append(found.id)
        return ids

    def bury(self, ids: dict[str, str | None], of: Pass, at: dt.datetime) -> None:
        """Add a tombstone for each record; the values are the ids of their parents."""
        for key, parent in ids.items():
            of.received += 1
            nothing = dict.fromkeys(("record_clock", "record_created", "record"))
            row = {"record_id": key, "parent_id": parent, "record_digest": DELETED, "deleted_at": at}
            self._append(nothing | row | self._place(of))

    def changed(self, settings: Settings, *, everything: bool = False) -> Iterator[tuple[str, str]]:
        """Yield id and text of every record that the lake does not have so, each once; a tombstone has no text.

        With `everything`, of every record that was read.
        """
        self._flush()
        if not self._parts:  # nothing, or nothing but what was put aside
            return
        with closing(self._compare(settings)) as lake:
            found = lake.execute(
                f"""with newest as (
                    select max(_source_row) as _source_row
                    from {"steps" if everything else "fresh"}
                    group by record_id
                )
                select record_id, coalesce(record, '')
                from read_parquet('{self._files}')
                inner join newest using (_source_row)"""
            )
            while some := found.fetchmany(FETCHED):
                yield from some

    def write(self, settings: Settings, load: Load) -> tuple[Path | None, Counter[str]]:
        """Write what is new as Parquet with the columns of the lake, and count the rows per pass."""
        self._flush()
        if not self._parts:  # nothing, or nothing but what was put aside
            return None, Counter()
        path = self.folder / "rows.parquet"
        with closing(self._compare(settings)) as lake:
            counts = Counter(dict(lake.execute("select _source_file, count(*) from fresh group by all").fetchall()))
            if counts:
                columns = ", ".join(RAW_COLUMNS | LOAD_COLUMNS)
                lake.execute(
                    f"""copy (
                        select {columns} from (
                            select
                                read.* replace (
                                    coalesce(read.record, last_words.record, '{{}}') as record,
                                    coalesce(read.record_clock, last_words.record_clock) as record_clock,
                                    coalesce(read.record_created, last_words.record_created) as record_created,
                                ),
                                fresh.version,
                                null::timestamptz as _file_modified_at,
                                $known_at::timestamptz as _known_at,
                                $load as _dlt_load_id,
                            from read_parquet('{self._files}') as read
                            inner join fresh on read._source_row = fresh._source_row
                            left join last_words
                                on read.record_id = last_words.record_id and read.record_digest = '{DELETED}'
                        )
                    ) to '{path}' (format parquet, compression zstd, row_group_size 5000)""",
                    {"known_at": load.known_at, "load": load.load_id},
                )
        return (path if counts else None), counts

    def quarantine(self, load: Load) -> pa.Table:
        """Return the rows that could not be taken."""
        stamp = {"_known_at": load.known_at, "_dlt_load_id": load.load_id, "entity": self.table}
        return pa.Table.from_pylist([row | stamp for row in self.bad], schema=QUARANTINE_SCHEMA)

    @property
    def _files(self) -> str:
        return str(self.folder / "part-*.parquet")

    def _compare(self, settings: Settings) -> duckdb.DuckDBPyConnection:
        """Return a connection with the tables `steps` (every row that was read, with the digest before it) and `fresh`.

        Fresh are rows that differ from the one before them, with their version. The texts of the records stay out of
        these tables, so that memory holds keys alone.
        """
        lake = connect_lake(settings.lake_url, self.connector.kind)
        lake.execute(f"set memory_limit = '{MEMORY}'")
        lake.execute(f"set temp_directory = '{self.folder / 'spill'}'")
        source = f"lake_{self.connector.kind}.{self.table}"
        system = {"system": self.connector.name}
        lake.execute(
            f"""create temp table steps as
            with known as (
                select record_id, version, record_digest
                from {source}
                where source_system = $system
                    and record_id in (select record_id from read_parquet('{self._files}'))
                qualify row_number() over (partition by record_id order by version desc) = 1
            )
            select read.record_id, read.record_digest, read._source_row, read._source_file,
                coalesce(known.version, 0) as known_version,
                coalesce(
                    lag(read.record_digest) over (partition by read.record_id order by read._source_row),
                    known.record_digest,
                    '{DELETED}'
                ) as digest_before
            from read_parquet('{self._files}') as read
            left join known on read.record_id = known.record_id""",
            system,
        )
        lake.execute(
            """create temp table fresh as
            select record_id, record_digest, _source_row, _source_file,
                known_version + row_number() over (partition by record_id order by _source_row) as version
            from steps
            where record_digest <> digest_before"""
        )
        lake.execute(
            f"""create temp table last_words as
            select record_id, record, record_clock, record_created
            from {source}
            where source_system = $system
                and record_id in (select record_id from fresh where record_digest = '{DELETED}')
            qualify row_number() over (partition by record_id order by version desc) = 1""",
            system,
        )
        return lake

    def _row(self, found: Record, parent: str | None, of: Pass) -> dict[str, Any]:
        digest = hashlib.md5(found.text, usedforsecurity=False).hexdigest()
        clocks = {"record_clock": found.clock, "record_created": found.created, "deleted_at": None}
        row = {"record_id": found.id, "parent_id": parent, "record_digest": digest, "record": found.text.decode()}
        return row | clocks | self._place(of)

    def _place(self, of: Pass) -> dict[str, Any]:
        self.rows += 1
        return {"_source_file": of.label, "_source_row": self.rows, "_file_date": of.day}

    def _put_aside(self, defect: Defect, of: Pass) -> None:
        if defect.text in self._put_aside_before:
            return  # two passes of one load have read it
        self._put_aside_before.add(defect.text)
        of.quarantined += 1
        row = {"column_name": defect.field, "column_value": defect.value, "reason": defect.reason}
        text = defect.text.decode("utf-8", "replace")
        self.bad.append(row | {"payload": text} | self._place(of))

    def _append(self, row: dict[str, Any]) -> None:
        self._waiting.append(row)
        if len(self._waiting) >= BATCH_ROWS:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            path = self.folder / f"part-{self._parts:06}.parquet"
            pq.write_table(pa.Table.from_pylist(self._waiting, schema=_PART), path, compression="lz4")
            self._waiting, self._parts = [], self._parts + 1
