"""Writing export files: rows from SQL, as JSON Lines or CSV, chunk by chunk, with the dirt of real life.

Three kinds of dirt are added to every entity: a row twice in one file, a row again in the next day's file, and rows
that break the contract. A broken row is an extra row with an id of its own, so that what is true stays true.

Belongs here: files and lines. Does not belong here: which columns a system exports (`webshop`, `tills`, `voice`).
"""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal

import duckdb
import pyarrow as pa

from ingestion.sample.outcomes import NEVER

# Out of 100,000 rows: twice in one file, again in the next daily file, broken, without their parent.
_TWICE: Final = 100
_AGAIN: Final = 60
_BROKEN: Final = 200
_ORPHANED: Final = 12
# One broken row in a smaller daily file would be more than a night tolerates.
_LEAST_PEERS: Final = 100
_GOOD, _COPY, _LATER_COPY, _BAD, _ORPHAN = range(5)

MACROS: Final = f"""
create macro instant(x) as
    case when x < {NEVER} then strftime(make_timestamp(x * 1000000), '%Y-%m-%dT%H:%M:%SZ') end;
create macro wall(x, shape) as case when x < {NEVER} then strftime(make_timestamp(x * 1000000), shape) end;
create macro money(x) as cast(cast(x * 0.01 as decimal(18, 2)) as varchar);
create macro comma(x) as replace(money(x), '.', ',');
create macro cell(x, special) as case
    when x is null then ''
    when regexp_matches(cast(x as varchar), special) then '"' || replace(cast(x as varchar), '"', '""') || '"'
    else cast(x as varchar)
end;
"""


@dataclass(frozen=True)
class Export:
    """One entity of one system: where its rows come from and how they are written."""

    entity: str
    source: str
    """SQL after `from`."""
    key: str
    """SQL of a text that tells the rows of one export apart."""
    columns: dict[str, str]
    """Column of the file: SQL of its value."""
    faults: tuple[dict[str, str], ...] = ()
    """Ways in which a row may be broken: columns that change, and their SQL."""
    export: str = "export"
    """SQL of the number of the export."""
    sort: str = "0"
    """SQL of a number that orders the rows of a file before their key does."""
    orphans: dict[str, str] = field(default_factory=dict)
    """What is different in a row whose parent never came: columns, and their SQL."""


@dataclass(frozen=True)
class Files:
    """The files of one system. `path` and `day` tell where an export goes and the day on which it was written."""

    root: Path
    style: Literal["jsonl", "csv"]
    path: Callable[[str, int], str]
    written: Callable[[int], dt.datetime]
    encoding: str = "utf-8"
    delimiter: str = ","
    last_daily: int = -1
    """The last export that a row can be repeated in; -1 when rows are never repeated in the next one."""
    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Rows written, by entity and `rows`, `bad_rows`, `repeated_rows`, `orphan_rows`."""
    _times: dict[Path, dt.datetime] = field(default_factory=dict)

    def write(self, connection: duckdb.DuckDBPyConnection, export: Export) -> None:
        """Append the rows of a chunk to their files."""
        table = connection.sql(self._query(export)).to_arrow_table().combine_chunks()
        if not table.num_rows:
            return
        kinds = table.column("kind").to_numpy()
        self.rows[export.entity, "rows"] += table.num_rows
        self.rows[export.entity, "bad_rows"] += int((kinds == _BAD).sum())
        self.rows[export.entity, "orphan_rows"] += int((kinds == _ORPHAN).sum())
        self.rows[export.entity, "repeated_rows"] += int(((kinds == _COPY) | (kinds == _LATER_COPY)).sum())
        exports = table.column("export").to_numpy()
        text = table.column("line").cast(pa.large_string()).combine_chunks()
        lines = text.chunk(0) if isinstance(text, pa.ChunkedArray) else text
        starts = [0, *(k for k in range(1, len(exports)) if exports[k] != exports[k - 1]), len(exports)]
        for start, stop in pairwise(starts):
            content = "".join(lines.slice(start, stop - start).to_pylist())
            self._append(export, int(exports[start]), content)

    def _append(self, export: Export, number: int, content: str) -> None:
        path = self.root / self.path(export.entity, number)
        if path not in self._times:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._times[path] = self.written(number)
            if self.style == "csv":
                content = self.delimiter.join(export.columns) + "\n" + content
                path.write_bytes(b"")
        encoding = self.encoding
        if encoding == "utf-8-sig" and path.exists() and path.stat().st_size:
            encoding = "utf-8"
        with path.open("ab") as file:
            file.write(content.encode(encoding))

    def add(self, path: Path, entity: str, rows: int, written: dt.datetime, bad_rows: int = 0) -> None:
        """Count a file that was written in another way."""
        self._times[path] = written
        self.rows[entity, "rows"] += rows
        self.rows[entity, "bad_rows"] += bad_rows

    def stamp(self, jitter: int) -> None:
        """Give every file the time at which it would have been exported; `jitter` (s) tells samples apart."""
        for path, time in self._times.items():
            os.utime(path, (time.timestamp() + jitter, time.timestamp() + jitter))

    def _query(self, export: Export) -> str:
        again = f"select export + 1 as export, {_LATER_COPY} as kind, good as line, sort, key from drawn"
        again += (
            f" where draw between {_TWICE} and {_TWICE + _AGAIN - 1} and export between 0 and {self.last_daily - 1}"
        )
        parts = [
            f"select export, {_GOOD} as kind, good as line, sort, key from drawn",
            f"select export, {_COPY} as kind, good as line, sort, key from drawn where draw < {_TWICE}",
            again,
        ]
        for number in range(len(export.faults)):
            parts.append(
                f"select export, {_BAD} as kind, bad_{number} as line, sort, key from drawn"
                f" where draw between 1000 and {999 + _BROKEN} and draw % {len(export.faults)} = {number}"
                f" and (export < 0 or peers >= {_LEAST_PEERS} or {self.last_daily} < 0)"
            )
        if export.orphans:
            parts.append(
                f"select export, {_ORPHAN} as kind, orphan as line, sort, key from drawn"
                f" where draw between 2000 and {1999 + _ORPHANED} and export < 0"
            )
        lines = [f"{self._line(export.columns)} as good", f"{self._line(export.columns | export.orphans)} as orphan"]
        lines += [f"{self._line(export.columns | fault)} as bad_{n}" for n, fault in enumerate(export.faults)]
        return f"""
            with rows as (
                select {export.export} as export, {export.sort} as sort, {export.key} as key, {", ".join(lines)}
                from {export.source}
            ),
            drawn as (
                select
                    *,
                    count(*) over (partition by export) as peers,
                    cast(md5_number_lower('{export.entity}' || key || ':' || export) % 100000 as integer) as draw
                from rows
            )
            select export, kind, line from ({" union all ".join(parts)})
            order by export, sort, key, kind"""

    def _line(self, columns: dict[str, str]) -> str:
        if self.style == "jsonl":
            packed = ", ".join(f"'{name}': {value}" for name, value in columns.items())
            return f"cast(to_json({{{packed}}}) as varchar) || chr(10)"
        special = f'["\n{self.delimiter}]'
        cells = (f"cell({value}, '{special}')" for value in columns.values())
        return f" || '{self.delimiter}' || ".join(cells) + " || chr(10)"
