"""From a mapping and the columns of a file to one SQL query: typed columns of the contract, and a verdict per row.

Belongs here: mapping, validation and the reason of every defect, as SQL over a `Scan`. Does not belong here: running
the query (`ingestion.files.read`) and how single values are converted (`ingestion.files.convert`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import duckdb
from dlt.common.normalizers.naming.snake_case import NamingConvention

from ingestion.contract import DUCKDB_TYPES, Column
from ingestion.errors import MappingError
from ingestion.files.convert import EXPECTED, Conversion, Reading, convert, text
from ingestion.files.scan import Scan, identifier, literal, missing_columns
from ingestion.mapping import PSEUDO_COLUMNS, ColumnMapping, EntityMapping, System

SKIPPED: Final = 0
BLANK: Final = -1
EXTRA_PREFIX: Final = "extra_"


@dataclass(frozen=True)
class Defect:
    """What a verdict means: the column (None: the whole row) and the reason shown to people."""

    column: str | None
    reason: str


@dataclass(frozen=True)
class Plan:
    """The query of a group of files.

    Its columns: those of the contract, `extras`, `_file_index`, `_scan_row`, `_copies` (source rows that this row
    stands for), `_verdict` (NULL good, `SKIPPED`, `BLANK`, or a position in `defects` from 1), `_value`, `_payload`.
    """

    sql: str
    extras: tuple[str, ...]
    defects: tuple[Defect, ...]


@dataclass(frozen=True)
class _Raw:
    """A mapped column before conversion: SQL over source columns, its type, and the SQL that says it failed."""

    name: str
    sql: str
    type: str
    failed: str | None = None


def make_plan(connection: duckdb.DuckDBPyConnection, system: System, entity: str, scan: Scan) -> Plan:
    """Return the query that maps, converts and judges the rows of `scan`.

    Raises:
        FileDefectError: a mapped source column is not in the files.
        MappingError: an expression does not fit the columns of the files.
    """
    mapping = system.entities[entity]
    _require_columns(mapping, scan)
    raws = _raws(connection, system, entity, scan)
    extras = {} if mapping.distinct else _extras(mapping, scan)
    columns = {identifier("r:" + raw.name): raw.sql for raw in raws}
    columns |= {identifier("x:" + raw.name): raw.failed for raw in raws if raw.failed}
    columns |= {extra: text(identifier(source), scan.columns[source]) for extra, source in extras.items()}
    if mapping.where:
        columns["_kept"] = f"try({{'v': ({mapping.where})}})"
    shown = {raw.name: identifier("r:" + raw.name) for raw in raws}
    if not mapping.distinct:
        columns |= {identifier("s:" + name): identifier(name) for name in scan.columns}
        columns |= {scan.line: scan.line} if scan.line else {}
        shown = {name: identifier("s:" + name) for name in scan.columns}
    selected = ", ".join(f"{sql} as {name}" for name, sql in columns.items())
    mapped = f"select {selected}, _blank, _broken, _file_index, _scan_row from ({scan.sql})"
    mapped = _folded(mapped) if mapping.distinct else f"select *, 1 as _copies from ({mapped})"
    # A payload is worked out for bad rows only, so that good rows do not pay for it.
    packed = ", ".join(f"{identifier(name)} := {sql}" for name, sql in shown.items())
    whole = scan.line if scan.line and not mapping.distinct else f"cast(to_json(struct_pack({packed})) as varchar)"
    return _judged(system, entity, raws, tuple(extras), mapped, whole)


def _require_columns(mapping: EntityMapping, scan: Scan) -> None:
    lower = {name.lower() for name in scan.columns}
    missing = [name for name in mapping.reads if name.lower() not in lower and name not in PSEUDO_COLUMNS]
    if missing:
        raise missing_columns(missing, scan.columns)


def _raws(connection: duckdb.DuckDBPyConnection, system: System, entity: str, scan: Scan) -> list[_Raw]:
    mapping = system.entities[entity]
    lower = {name.lower(): kind for name, kind in scan.columns.items()}
    pseudo = {"_row": "BIGINT", "_file_date": "DATE"}
    raws = []
    for name, origin in mapping.columns.items():
        if origin.column is not None:
            kind = lower.get(origin.column.lower()) or pseudo.get(origin.column, "VARCHAR")
            raw = _Raw(name, identifier(origin.column), kind)
        elif origin.expr is not None:
            kind = _expression_type(connection, system, entity, name, origin.expr, scan)
            guarded = f"try({{'v': ({origin.expr})}})"
            raw = _Raw(name, f"({guarded}).v", kind, f"{guarded} is null")
        else:
            raw = _Raw(name, literal(origin.value or ""), "VARCHAR")
        # DuckDB's CSV reader gives NULL for an empty cell; a JSON text or an expression may still be ''.
        empty = not (scan.empty_is_null and origin.expr is None)
        nulls = [value for value in mapping.format.null_values if value or empty]
        raws.append(_cleaned(raw, origin, nulls))
    return raws


def _cleaned(raw: _Raw, origin: ColumnMapping, null_values: Sequence[str]) -> _Raw:
    sql, kind = raw.sql, raw.type
    if origin.values is not None and kind != "VARCHAR":
        sql, kind = f"cast({sql} as varchar)", "VARCHAR"
    if kind == "VARCHAR" and null_values:
        sql = f"(case when {sql} in ({', '.join(map(literal, null_values))}) then null else {sql} end)"
    if origin.values:
        cases = " ".join(f"when {literal(given)} then {literal(meant)}" for given, meant in origin.values.items())
        sql = f"nullif(case {sql} {cases} else {sql} end, '')"
    if origin.default is not None:
        sql = f"coalesce(cast({sql} as varchar), {literal(origin.default)})"
        kind = "VARCHAR"
    return _Raw(raw.name, sql, kind, raw.failed)


def _expression_type(
    connection: duckdb.DuckDBPyConnection, system: System, entity: str, column: str, expr: str, scan: Scan
) -> str:
    try:
        return str(connection.execute(f"describe select ({expr}) as v from ({scan.sql})").fetchall()[0][1])
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException) as error:
        said = str(error).splitlines()[0]
        present = ", ".join(scan.columns)
        raise MappingError(
            f"{system.mapping_path}: entity {entity!r}, column {column!r}: "
            f"the expression {expr!r} does not fit: {said} "
            f"(columns: {present}; quote names that hold spaces or dots)"
        ) from error


def _extras(mapping: EntityMapping, scan: Scan) -> dict[str, str]:
    read = {name.lower() for name in mapping.reads}
    naming, extras = NamingConvention(), dict[str, str]()
    for source in scan.columns:
        if source.lower() in read:
            continue
        base = naming.normalize_identifier(EXTRA_PREFIX + source)
        name, number = base, 1
        while name in extras:
            number += 1
            name = f"{base}_{number}"
        extras[name] = source
    return extras


def _folded(mapped: str) -> str:
    """Fold rows that are equal in every mapped column of one file into the first of them."""
    return f"""select * exclude (_scan_row), min(_scan_row) as _scan_row, count(*) as _copies
        from ({mapped}) group by all order by _scan_row"""


@dataclass
class _Judgement:
    """The SQL of all columns of an entity, gathered column by column."""

    typed: dict[str, str] = field(default_factory=dict)
    helpers: list[dict[str, str]] = field(default_factory=list)
    tests: list[tuple[str, Defect]] = field(default_factory=list)

    def add(self, name: str, conversion: Conversion) -> None:
        self.typed[name] = conversion.value
        for depth, layer in enumerate(conversion.helpers):
            if depth == len(self.helpers):
                self.helpers.append({})
            self.helpers[depth] |= layer


def _judged(system: System, entity: str, raws: list[_Raw], extras: tuple[str, ...], mapped: str, whole: str) -> Plan:
    mapping, contract = system.entities[entity], system.contract(entity)
    judgement, by_name = _Judgement(), {raw.name: raw for raw in raws}
    judgement.tests.append(("_broken", Defect(None, "not a JSON object on one line")))
    if mapping.where:
        reason = f"the filter {mapping.where} cannot be worked out for this row"
        judgement.tests.append(("_kept is null", Defect(None, reason)))
    for name, spec in contract.columns.items():
        if name in by_name:
            _judge(judgement, system, mapping, by_name[name], spec)
        else:
            judgement.typed[name] = f"cast(null as {_duckdb_type(spec)})"
    judgement.tests += [(f"not ({check.expression})", Defect(None, check.reason)) for check in contract.checks]
    sql = mapped
    for layer in [*judgement.helpers, judgement.typed]:
        sql = f"select *, {', '.join(f'{value} as {name}' for name, value in layer.items())} from ({sql})"
    codes = list(enumerate(judgement.tests, start=1))
    skipped = f"when not coalesce(_kept.v, _kept is null) and not _broken then {SKIPPED}" if mapping.where else ""
    chain = " ".join(f"when {test} then {code}" for code, (test, _) in codes)
    shown = " ".join(
        f"when {code} then cast({identifier('r:' + defect.column)} as varchar)"
        for code, (_, defect) in codes
        if defect.column
    )
    columns = ", ".join([*contract.columns, *extras, "_file_index", "_scan_row", "_copies", "_verdict"])
    sql = f"""select {columns}, case when _verdict > 0 then case _verdict {shown} end end as _value,
        case when _verdict > 0 then {whole} end as _payload
        from (select *, case when _blank then {BLANK} {skipped} {chain} end as _verdict from ({sql}))"""
    return Plan(sql, extras, tuple(defect for _, defect in judgement.tests))


def _judge(judgement: _Judgement, system: System, mapping: EntityMapping, raw: _Raw, spec: Column) -> None:
    origin, source = mapping.columns[raw.name], identifier("r:" + raw.name)
    own = {"date": mapping.format.date_format, "timestamp": mapping.format.timestamp_format}
    pattern = origin.format or own.get(spec.type, "")
    reading = Reading(mapping.format, origin.time_zone or system.time_zone, system.time_zone, pattern)
    conversion = convert(source, raw.type, raw.name, spec.type, reading)
    judgement.add(raw.name, conversion)
    if raw.failed:
        failed = Defect(raw.name, f"the expression {origin.expr} cannot be worked out for this row")
        judgement.tests.append((identifier("x:" + raw.name), failed))
    judgement.tests += _tests(raw.name, spec, conversion.failed, pattern)


def _tests(name: str, spec: Column, failed: str | None, pattern: str) -> list[tuple[str, Defect]]:
    tests = []
    if failed:
        expected = f"{EXPECTED[spec.type]}" if not pattern else f"{spec.type} as {pattern}"
        tests.append((failed, Defect(name, f"not {expected}")))
    if spec.required:
        tests.append((f"{name} is null", Defect(name, "required, but empty")))
    if spec.values:
        listed = ", ".join(map(literal, spec.values))
        reason = f"not one of {', '.join(spec.values)}; translate it with `values` in the mapping"
        tests.append((f"{name} not in ({listed})", Defect(name, reason)))
    if spec.min is not None:
        tests.append((f"{name} < {spec.min:g}", Defect(name, f"less than {spec.min:g}")))
    return tests


def _duckdb_type(spec: Column) -> str:
    return "timestamptz" if spec.type == "timestamp" else DUCKDB_TYPES[spec.type]
