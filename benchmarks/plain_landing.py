"""Landing as plain DuckDB SQL: the files of a mapping read, renamed, cast and written as Parquet, and nothing else.

What it leaves out is what landing adds: a quarantine with reasons, exact rows, refusal of broken files, a log, doing
nothing for files that are known, surviving a kill. A value that does not fit becomes NULL.

Run as `python -m benchmarks.plain_landing <folder>`. Belongs here: that SQL. Does not belong here: measuring it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import duckdb

from ingestion.contract import DUCKDB_TYPES, Column
from ingestion.files.scan import identifier, json_path, literal
from ingestion.mapping import ColumnMapping, EntityMapping, System, load_systems
from ingestion.settings import load_settings

# DuckDB knows other code pages through an extension only; this one costs the same and reads some letters wrong.
ENCODINGS: Final = {"utf-8": "utf-8", "utf-16": "utf-16"}
OTHER_ENCODING: Final = "latin-1"


def main(folder: Path) -> None:
    """Write every entity of every configured system below `folder`."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for system in load_systems(load_settings()):
            for name, mapping in system.entities.items():
                target = folder / system.kind / system.name / name
                target.mkdir(parents=True)
                query = select(system, name, mapping)
                connection.execute(f"copy ({query}) to {literal(str(target / 'all.parquet'))} (format parquet)")


def select(system: System, name: str, mapping: EntityMapping) -> str:
    """Return the SELECT that reads, renames and casts one entity."""
    files = [f"{system.location}/{pattern.replace('{date}', '*')}" for pattern in mapping.files]
    listed = "[" + ", ".join(map(literal, files)) + "]"
    reader, reference = _reader(listed, mapping)
    columns = system.contract(name).columns
    cells = ",\n    ".join(
        f"{_cell(columns[column], origin, mapping, system, reference)} as {column}"
        for column, origin in mapping.columns.items()
    )
    return f"select\n    {cells},\n    filename as _source_file,\n    now() as _known_at\nfrom {reader}"


def _reader(listed: str, mapping: EntityMapping) -> tuple[str, str]:
    layout = mapping.format
    suffix = mapping.files[0].rsplit(".", 1)[-1]
    if suffix == "parquet":
        return f"read_parquet({listed}, filename = true)", "parquet"
    if suffix == "jsonl":
        first = dict.fromkeys(name.split(".")[0] for name in mapping.reads)
        nested = {name.split(".")[0] for name in mapping.reads if "." in name}
        types = ", ".join(f"{identifier(name)}: '{'json' if name in nested else 'varchar'}'" for name in first)
        options = "format = 'newline_delimited', filename = true, ignore_errors = true"
        return f"read_json({listed}, columns = {{{types}}}, {options})", "json"
    nulls = "[" + ", ".join(map(literal, layout.null_values)) + "]"
    encoding = ENCODINGS.get(layout.encoding, OTHER_ENCODING)
    return (
        f"read_csv({listed}, all_varchar = true, filename = true, ignore_errors = true, header = true, quote = '\"', "
        f"escape = '\"', delim = {literal(layout.delimiter or ',')}, nullstr = {nulls}, encoding = '{encoding}')",
        "csv",
    )


def _cell(spec: Column, origin: ColumnMapping, mapping: EntityMapping, system: System, reference: str) -> str:
    if origin.value is not None:
        raw = literal(origin.value)
    elif origin.expr is not None:
        raw = f"({origin.expr})"
    else:
        raw = _column(str(origin.column), reference)
    if origin.values:
        cases = " ".join(f"when {literal(was)} then {literal(becomes)}" for was, becomes in origin.values.items())
        raw = f"case {raw} {cases} else {raw} end"
    if reference == "parquet":
        target = "timestamptz" if spec.type == "timestamp" else DUCKDB_TYPES[spec.type]
        return f"try_cast({raw} as {target})"
    return _cast(raw, spec, origin, mapping, system)


def _column(name: str, reference: str) -> str:
    first, _, rest = name.partition(".")
    if reference == "json" and rest:
        return f"({identifier(first)} ->> {literal(json_path(rest))})"
    return identifier(name)


def _cast(raw: str, spec: Column, origin: ColumnMapping, mapping: EntityMapping, system: System) -> str:
    layout = mapping.format
    if spec.type == "decimal" and layout.decimal_comma:
        raw = f"replace(cast({raw} as varchar), ',', '.')"
    if spec.type == "date" and (pattern := origin.format or layout.date_format):
        return f"cast(try_strptime(cast({raw} as varchar), {literal(pattern)}) as date)"
    if spec.type != "timestamp":
        return f"try_cast({raw} as {DUCKDB_TYPES[spec.type]})"
    zone = literal(origin.time_zone or system.time_zone)
    if pattern := origin.format or layout.timestamp_format:
        return f"timezone({zone}, try_strptime(cast({raw} as varchar), {literal(pattern)}))"
    return f"try_cast({raw} as timestamptz)"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
