"""A file that was delivered again replaces what it held before: records that it no longer has become tombstones.

Only for entities whose mapping says `replaces: true`: a file that is overwritten with other days would delete those.
Belongs here: finding and writing the tombstones. Does not belong here: reading files (`ingestion.files.read`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from ingestion.contract import Entity
from ingestion.files.listing import SourceFile
from ingestion.files.result import Load, Outcome, Reading, entity_schema
from ingestion.lake import LOAD_COLUMNS, connect_lake
from ingestion.mapping import System
from ingestion.settings import Settings


def bury_replaced(
    system: System, settings: Settings, entity: str, reading: Reading, before: Sequence[str], load: Load, folder: Path
) -> Reading | None:
    """Return the tombstones of a group of files, whose counts are added to the outcomes of `reading`; None for none.

    Args:
        system: the system.
        settings: where the lake is.
        entity: the entity that was read.
        reading: what the files hold now.
        before: paths of files that have landed before.
        load: the load that the tombstones belong to.
        folder: where the Parquet file is written.
    """
    # A row that cannot be read any more is not one that was taken out.
    whole = [
        one.file for one in reading.outcomes if not one.refused and not one.quarantined and one.file.path in before
    ]
    contract = system.contract(entity)
    if not whole or "deleted_at" not in contract.columns:
        return None
    path = folder / f"replaced-{entity}-{load.load_id}-{len(list(folder.iterdir()))}.parquet"
    with closing(connect_lake(settings.lake_url)) as lake:
        _find(lake, system, entity, contract, whole, reading.rows)
        counts = dict(lake.execute("select _source_file, count(*) from gone group by all").fetchall())
        if not counts:
            return None
        _write(lake, contract, load, path)
    for position, one in enumerate(reading.outcomes):
        if count := counts.get(one.file.path, 0):
            more = {"received": one.received + count, "landed": one.landed + count}
            reading.outcomes[position] = dataclasses.replace(one, **more)
    landed = Outcome(whole[0], landed=pq.read_metadata(path).num_rows)
    return Reading([landed], rows=path, schema=entity_schema(system, entity, ()))


def _find(
    lake: duckdb.DuckDBPyConnection,
    system: System,
    entity: str,
    contract: Entity,
    files: Sequence[SourceFile],
    rows: Path | None,
) -> None:
    """Create `gone`: records whose newest version came from one of the files, which no longer has them."""
    keys = ", ".join(contract.key)
    clock = f"{contract.clock} desc nulls last, " if contract.clock else ""
    now = f"and ({keys}) not in (select ({keys}) from read_parquet('{rows}'))" if rows else ""
    lake.execute("create temp table files (path varchar, changed timestamp)")
    lake.executemany(
        "insert into files values (?, ?)", [(file.path, file.modified_at.replace(tzinfo=None)) for file in files]
    )
    lake.execute(
        f"""create temp table gone as
        select newest.*, files.changed
        from (
            select * from lake_{system.kind}.{entity}
            where source_system = $system
                and ({keys}) in (
                    select ({keys}) from lake_{system.kind}.{entity}
                    where source_system = $system and _source_file in (select path from files)
                )
            qualify row_number() over (
                partition by {keys}
                order by {clock}_file_date desc nulls last, _file_modified_at desc nulls last,
                    _source_file desc nulls last, _source_row desc nulls last, _known_at desc
            ) = 1
        ) as newest
        inner join files on newest._source_file = files.path
        where newest.deleted_at is null {now}""",
        {"system": system.name},
    )


def _write(lake: duckdb.DuckDBPyConnection, contract: Entity, load: Load, path: Path) -> None:
    own = {"deleted_at": "changed", "_file_modified_at": "changed", "_known_at": "$known_at", "_dlt_load_id": "$load"}
    instants = [name for name, spec in (contract.columns | LOAD_COLUMNS).items() if spec.type == "timestamp"]
    columns = ", ".join(
        f"{own.get(name, name)} at time zone 'UTC' as {name}"
        if name in instants
        else f"{own.get(name, name)} as {name}"
        for name in [*contract.columns, *LOAD_COLUMNS]
    )
    lake.execute(
        f"copy (select {columns} from gone) to '{path}' (format parquet)",
        {"known_at": load.known_at.replace(tzinfo=None), "load": load.load_id},
    )
