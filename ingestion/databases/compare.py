"""What was read again, compared with the lake: rows that are new or differ, and tombstones of those that are gone.

Compared are the columns of the contract. The newest version of a record is found as staging finds it: by its clock,
then by when it was read.
Belongs here: the comparison as SQL with bounded memory. Does not belong here: reading (`reading`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.contract import Entity
from ingestion.databases.mapping import Database
from ingestion.databases.steps import Step
from ingestion.errors import SourceDefectError
from ingestion.files.result import Load, entity_schema
from ingestion.files.scan import identifier
from ingestion.lake import LOAD_COLUMNS, connect_lake
from ingestion.settings import Settings

MEMORY: Final = "600MB"
FEW_DELETED: Final = 20


@dataclass
class Found:
    """The rows that land, and how many of each day: `changed` were read, `landed` are these and the tombstones."""

    rows: Path | None = None
    schema: pa.Schema | None = None
    changed: dict[str, int] = field(default_factory=dict)
    landed: dict[str, int] = field(default_factory=dict)


def compare(
    database: Database,
    settings: Settings,
    entity: str,
    step: Step,
    rows: Sequence[Path],
    bad_days: set[str],
    read_at: dt.datetime,
    load: Load,
    folder: Path,
) -> Found:
    """Return what of the rows is new or differs, with a tombstone for what is gone.

    A day with quarantined rows gets no tombstones: a row that cannot be read any more is not one that was deleted.

    Raises:
        SourceDefectError: more than half of what the lake has of this part is gone.
    """
    contract = database.contract(entity)
    with closing(connect_lake(settings.lake_url)) as lake:
        lake.execute(f"set memory_limit = '{MEMORY}'")
        lake.execute(f"set temp_directory = '{folder / 'spill'}'")
        extras = _read_rows(lake, database, entity, rows)
        _known_rows(lake, database, entity, contract, step)
        _changed_rows(lake, contract)
        if step.finds_deletions and "deleted_at" in contract.columns:
            _guard(lake, database, entity, bad_days)
        else:
            lake.execute("create temp table gone as select * from known where false")
        return _write(lake, database, entity, contract, extras, read_at, load, folder)


def _read_rows(
    lake: duckdb.DuckDBPyConnection, database: Database, entity: str, rows: Sequence[Path]
) -> tuple[str, ...]:
    """Create `read` over what was read, its instants as the lake shows them, and return its extra columns."""
    schema = entity_schema(database.system, entity, ())
    if not rows:
        columns = ", ".join(f"null::{_TYPES[_kind(field)]} as {identifier(field.name)}" for field in schema)
        lake.execute(f"create temp view read as select {columns} where false")
        return ()
    paths = "[" + ", ".join(f"'{path}'" for path in rows) + "]"
    names = [str(row[0]) for row in lake.execute(f"describe select * from {_parquet(paths)}").fetchall()]
    instants = [field.name for field in schema if pa.types.is_timestamp(field.type)]
    replaced = ", ".join(f"{name} at time zone 'UTC' as {name}" for name in instants)
    lake.execute(f"create temp view read as select * replace ({replaced}) from {_parquet(paths)}")
    return tuple(name for name in names if name not in schema.names)


def _known_rows(lake: duckdb.DuckDBPyConnection, database: Database, entity: str, contract: Entity, step: Step) -> None:
    """Create `known`: the newest version in the lake of every record that was read, or is of the days that were."""
    first, last = step.part.first, step.part.last
    scope = "true" if first is None else f"_source_file >= '{first}'"
    if last is not None:
        scope += f" and _source_file < '{last}'"
    if step.part.changed_since is not None:
        scope = "false"
    keys = ", ".join(contract.key)
    clock = f"{contract.clock} desc nulls last, " if contract.clock else ""
    lake.execute(
        f"""create temp table known as
        select * from (
            select *, {scope} as in_scope
            from lake_{database.kind}.{entity}
            where source_system = $system
                and ({scope} or ({keys}) in (select ({keys}) from read))
            qualify row_number() over (
                partition by {keys} order by {clock}_file_modified_at desc nulls last, _known_at desc
            ) = 1
        )""",
        {"system": database.name},
    )


def _changed_rows(lake: duckdb.DuckDBPyConnection, contract: Entity) -> None:
    same = " and ".join(f"read.{name} is not distinct from known.{name}" for name in contract.columns)
    keys = " and ".join(f"read.{name} = known.{name}" for name in contract.key)
    # A query may give one record twice; one of the two counts, the one that staging would take.
    clock = f"{contract.clock} desc nulls last, " if contract.clock else ""
    lake.execute(
        f"""create temp table changed as
        select read._source_file, read._source_row
        from (
            select * from read
            qualify row_number() over (
                partition by {", ".join(contract.key)} order by {clock}_source_file desc, _source_row desc
            ) = 1
        ) as read
        left join known on {keys}
        where not coalesce({same}, false)"""
    )


def _guard(lake: duckdb.DuckDBPyConnection, database: Database, entity: str, bad_days: set[str]) -> None:
    contract = database.contract(entity)
    keys = ", ".join(contract.key)
    lake.execute(
        f"""create temp table gone as
        select * from known
        where in_scope and deleted_at is null and not list_contains($bad, _source_file)
            and ({keys}) not in (select ({keys}) from read)""",
        {"bad": sorted(bad_days)},
    )
    [(gone, alive)] = lake.execute(
        "select (select count(*) from gone), (select count(*) from known where in_scope and deleted_at is null)"
    ).fetchall()
    if gone > max(FEW_DELETED, alive / 2) and not database.config.allow_mass_deletion:
        raise SourceDefectError(
            f"{database.name}: {gone:,} of {alive:,} {entity} are gone at once, so nothing of this load is taken; if "
            "they were deleted on purpose, set allow_mass_deletion = true for one night"
        )


def _write(
    lake: duckdb.DuckDBPyConnection,
    database: Database,
    entity: str,
    contract: Entity,
    extras: Sequence[str],
    read_at: dt.datetime,
    load: Load,
    folder: Path,
) -> Found:
    """Write the rows that land, and count them by day."""
    found = Found()
    found.changed = dict(lake.execute("select _source_file, count(*) from changed group by all").fetchall())
    gone = dict(lake.execute("select _source_file, count(*) from gone group by all").fetchall())
    found.landed = {day: found.changed.get(day, 0) + gone.get(day, 0) for day in found.changed | gone}
    if not found.landed:
        return found
    schema = entity_schema(database.system, entity, extras)
    columns = [*contract.columns, *LOAD_COLUMNS]
    own = {"deleted_at": "$read_at", "_file_modified_at": "$read_at", "_known_at": "$known_at", "_dlt_load_id": "$load"}
    tombstone = ", ".join(f"{own.get(name, name)} as {name}" for name in columns)
    listed = ", ".join([*columns, *map(identifier, extras)])
    nothing = "".join(f", null as {identifier(name)}" for name in extras)
    zoned = ", ".join(
        f"{identifier(one.name)} at time zone 'UTC' as {identifier(one.name)}"
        for one in schema
        if pa.types.is_timestamp(one.type)
    )
    used = {"read_at": read_at.replace(tzinfo=None), "known_at": load.known_at.replace(tzinfo=None)}
    with_gone = f"union all select {tombstone}{nothing} from gone" if gone else ""
    found.rows = folder / "changed.parquet"
    found.schema = schema
    lake.execute(
        f"""copy (
            select * replace ({zoned}) from (
                select {listed} from read semi join changed using (_source_file, _source_row) {with_gone}
            )
        ) to '{found.rows}' (format parquet, compression snappy, row_group_size 120000)""",
        used | {"load": load.load_id} if gone else {},
    )
    if pq.read_metadata(found.rows).num_rows != sum(found.landed.values()):
        raise AssertionError("what was written is what was counted")
    return found


def _parquet(paths: str) -> str:
    return f"read_parquet({paths}, union_by_name = true)"


def _kind(one: pa.Field) -> str:
    return "decimal" if pa.types.is_decimal(one.type) else str(one.type).partition("[")[0]


_TYPES: Final = {
    "string": "varchar",
    "int64": "bigint",
    "decimal": "decimal(18, 4)",
    "bool": "boolean",
    "date32": "date",
    "timestamp": "timestamp",
}
