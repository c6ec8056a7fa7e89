"""The rows of a group of like files as one SQL relation: source columns, file index and row number.

Belongs here: how CSV, JSON Lines and Parquet are read by DuckDB. Does not belong here: what the columns mean
(`ingestion.files.plan`). Malformed CSV lines do not stop the scan: DuckDB keeps them aside in `reject_errors`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from ingestion.files.spool import FileDefectError, LocalFile
from ingestion.mapping import PSEUDO_COLUMNS, FileFormat

MAX_LINE_BYTES: Final = 16 << 20
_BUFFER_BYTES: Final = 32 << 20


@dataclass(frozen=True)
class Scan:
    """A relation over a group of files.

    `columns` are the source columns with their DuckDB types; the relation also has `_file_index` (position in the
    group, from 0), `_scan_row` (row in the file when `rows_per_file`, else in the group, from 1), `_blank` (a line
    that is no row), `_broken` (a line that is no JSON object), the pseudo columns that the mapping reads, and for JSON
    Lines the text of the line, called `line`. `empty_is_null`: an empty cell is NULL already.
    """

    sql: str
    columns: dict[str, str]
    line: str | None
    empty_is_null: bool
    rows_per_file: bool


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def scan_files(
    connection: duckdb.DuckDBPyConnection,
    group: Sequence[LocalFile],
    layout: FileFormat,
    reads: Sequence[str],
    required: Sequence[str],
    per_file: bool,
) -> Scan:
    """Return the relation over `group`, whose files are of one type and have the same columns.

    Args:
        connection: used to look at the files' own schema.
        group: the files.
        layout: how they are written.
        reads: the source and pseudo columns that the mapping reads.
        required: those without which no row can land.
        per_file: number the rows inside each file, although the group has several.
    """
    paths = "[" + ", ".join(literal(str(file.path)) for file in group) + "]"
    if group[0].type == "csv":
        rows, columns = _csv(paths, group[0], layout)
    elif group[0].type == "parquet":
        source = f"read_parquet({paths})"
        described = connection.execute(f"describe select * from {source}").fetchall()
        columns = {str(row[0]): str(row[1]) for row in described}
        rows = f"select *, file_index as _file_index, false as _blank, false as _broken from {source}"
    else:
        rows, columns = _jsonl(connection, paths, reads, required)
    per_file = (per_file or bool({"_row", "_content_key"} & set(reads))) and len(group) > 1
    numbered = f"select *, row_number() over () as _scan_row from ({rows})"
    if per_file:
        window = "row_number() over (partition by _file_index order by _scan_row) as _scan_row"
        numbered = f"select * replace ({window}) from ({numbered})"
    line = "_line" if group[0].type == "jsonl" else None
    return Scan(
        _with_pseudo_columns(numbered, group, columns, reads, line), columns, line, group[0].type == "csv", per_file
    )


def json_path(name: str) -> str:
    """Return the JSON path of a dotted column name: `customer.email`, `lines[0].sku`."""
    steps = []
    for part in name.split("."):
        match = re.fullmatch(r"(.*?)((?:\[\d+\])*)", part, flags=re.DOTALL)
        key, index = match.groups() if match else (part, "")
        steps.append('."' + key.replace('"', '\\"') + '"' + index)
    return "$" + "".join(steps)


def _csv(paths: str, file: LocalFile, layout: FileFormat) -> tuple[str, dict[str, str]]:
    types = ", ".join(f"'c{position}': 'varchar'" for position in range(len(file.header)))
    skipped = "true" if layout.header is True else "false"
    source = f"""read_csv({paths}, auto_detect = false, header = {skipped}, columns = {{{types}}},
        delim = {literal(file.delimiter)}, quote = {literal(layout.quote)}, escape = {literal(layout.escape)},
        store_rejects = true, max_line_size = {MAX_LINE_BYTES}, buffer_size = {_BUFFER_BYTES})"""
    named = ", ".join(f"c{position} as {identifier(name)}" for position, name in enumerate(file.header))
    rows = f"select {named}, file_index as _file_index, false as _blank, false as _broken from {source}"
    return rows, dict.fromkeys(file.header, "VARCHAR")


def _jsonl(
    connection: duckdb.DuckDBPyConnection, paths: str, reads: Sequence[str], required: Sequence[str]
) -> tuple[str, dict[str, str]]:
    # A line is read as one CSV cell with a delimiter that JSON must escape, so that broken lines are rows as well.
    source = f"""read_csv({paths}, auto_detect = false, header = false, columns = {{'_line': 'varchar'}},
        delim = '\x01', quote = '', escape = '',
        store_rejects = true, max_line_size = {MAX_LINE_BYTES}, buffer_size = {_BUFFER_BYTES})"""
    found = connection.execute(
        f"select distinct file_index, unnest(try(json_keys(_line))) as key from {source} order by all"
    ).fetchall()
    forget_rejects(connection)
    _require_keys(found, required)
    mapped = [name for name in reads if not name.startswith("_")]
    own = {_first_key(name) for name in mapped}
    names = [*mapped, *dict.fromkeys(key for _, key in found if key not in own)]
    listed = ", ".join(literal(json_path(name)) for name in names)
    columns = ", ".join(f"_values[{position}] as {identifier(name)}" for position, name in enumerate(names, start=1))
    extracted = f"try(json_extract_string(_line, [{listed}])) as _values"
    rows = f"""
        select {columns}, _line, _file_index, _line is null as _blank,
            _values is null or not starts_with(ltrim(_line), '{{') as _broken
        from (select _line, file_index as _file_index, {extracted} from {source})"""
    return rows, dict.fromkeys(names, "VARCHAR")


def _first_key(name: str) -> str:
    return name.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]


def _require_keys(found: Sequence[tuple[int, str]], required: Sequence[str]) -> None:
    """Refuse a file that never names a required column; an optional one may be left out of every line."""
    files = dict[int, set[str]]()
    for file, key in found:
        files.setdefault(file, set()).add(key)
    for keys in files.values():
        if missing := [name for name in required if _first_key(name) not in keys and name not in PSEUDO_COLUMNS]:
            raise missing_columns(missing, sorted(keys))


def missing_columns(missing: Sequence[str], present: Iterable[str]) -> FileDefectError:
    """Return the error of a file without columns that the mapping reads."""
    wanted, there = ", ".join(map(repr, missing)), ", ".join(map(repr, present))
    return FileDefectError(f"column {wanted} is missing; the file has {there}; correct the file or the mapping")


def forget_rejects(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop the malformed lines of earlier scans."""
    connection.execute("drop table if exists reject_errors; drop table if exists reject_scans")


def _with_pseudo_columns(
    rows: str, group: Sequence[LocalFile], columns: Iterable[str], reads: Sequence[str], whole: str | None
) -> str:
    paths = ", ".join(literal(file.source.path) for file in group)
    dates = ", ".join(f"date '{file.source.date}'" if file.source.date else "null::date" for file in group)
    stores = ", ".join(literal(file.source.store) if file.source.store else "null::varchar" for file in group)
    added = {
        "_file": f"([{paths}])[cast(_file_index as bigint) + 1]",
        "_file_date": f"([{dates}])[cast(_file_index as bigint) + 1]",
        "_file_store": f"([{stores}])[cast(_file_index as bigint) + 1]",
        "_row": "_scan_row",
    }
    wanted = [f"{sql} as {name}" for name, sql in added.items() if name in reads]
    sql = f"select *{''.join(', ' + column for column in wanted)} from ({rows})"
    if "_content_key" not in reads:
        return sql
    cells = ", ".join(f"coalesce(cast({identifier(name)} as varchar), chr(30))" for name in columns)
    content = f"md5({whole or f'concat_ws(chr(31), {cells})'})"
    occurrence = "row_number() over (partition by _file_index, _content order by _scan_row)"
    return f"""select * exclude (_content), _content || '-' || {occurrence} as _content_key
        from (select *, {content} as _content from ({sql}))"""
