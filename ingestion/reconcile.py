"""Does the lake hold what the landing log says? Counted independently, and used as the blocking check of landing.

Belongs here: received = landed + quarantined for every load and file, refused files, the share of quarantined rows.
Does not belong here: what a value may be (`ingestion.files.plan`), the distributions of what landed (`expectations`).
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, Literal

import duckdb

from ingestion.lake import connect_lake
from ingestion.landing_log import NEWEST_ENTRIES, parameters
from ingestion.settings import Settings
from ingestion.systems import SourceSystem

FindingKind = Literal["count", "refused", "share"]

_COUNTS: Final = """
    with logged as (
        select
            _dlt_load_id as load_id,
            _source_file as file,
            sum(rows_received)::bigint as received,
            sum(rows_landed)::bigint as landed,
            sum(rows_quarantined)::bigint as quarantined,
        from lake.landing_log
        where source_kind = $kind and source_system = $system and entity = $entity
        group by all
    ),
    landed as (
        select _dlt_load_id as load_id, _source_file as file, count(*) as counted
        from lake_{kind}.{entity}
        where source_system = $system
        group by all
    ),
    quarantined as (
        select _dlt_load_id as load_id, _source_file as file, count(*) as counted
        from lake.quarantine
        where source_kind = $kind and source_system = $system and entity = $entity
        group by all
    )
    select
        load_id,
        file,
        coalesce(logged.received, 0) as received,
        coalesce(landed.counted, 0) as landed,
        coalesce(quarantined.counted, 0) as quarantined,
    from logged
    full join landed using (load_id, file)
    full join quarantined using (load_id, file)
    where coalesce(logged.received, 0) <> coalesce(landed.counted, 0) + coalesce(quarantined.counted, 0)
        or coalesce(logged.landed, 0) <> coalesce(landed.counted, 0)
        or coalesce(logged.quarantined, 0) <> coalesce(quarantined.counted, 0)
    order by all"""

_SHARES: Final = f"""
    select
        entity,
        _dlt_load_id,
        sum(rows_received)::bigint as received,
        sum(rows_quarantined)::bigint as quarantined,
    from ({NEWEST_ENTRIES})
    group by all
    having quarantined > received * $share
    order by all"""

_REFUSED: Final = f"""
    select entity, _dlt_load_id, _source_file, reason
    from ({NEWEST_ENTRIES})
    where file_status = 'refused'
    order by all"""


@dataclass(frozen=True)
class Finding:
    """Something that holds the night back: what, where, and what to do. `file` is None for a whole load."""

    kind: FindingKind
    entity: str
    load_id: str
    file: str | None
    message: str


def reconcile(settings: Settings, system: SourceSystem) -> list[Finding]:
    """Return what is wrong with all that has landed of `system`; nothing when it is as it should be.

    The share of quarantined rows and the refused files look at the newest landing of each file only, so that a
    corrected file ends the finding.
    """
    with closing(connect_lake(settings.lake_url)) as connection:
        findings = [finding for entity in system.entities for finding in _miscounts(connection, system, entity)]
        findings += _refusals(connection, system)
        findings += _shares(connection, system, settings.night.max_quarantined_share)
    return findings


def _miscounts(connection: duckdb.DuckDBPyConnection, system: SourceSystem, entity: str) -> list[Finding]:
    sql = _COUNTS.format(kind=system.kind, entity=entity)
    rows = connection.execute(sql, {**parameters(system), "entity": entity}).fetchall()
    return [Finding("count", entity, load_id, file, _miscount(*counts)) for load_id, file, *counts in rows]


def _miscount(received: int, landed: int, quarantined: int) -> str:
    return (
        f"the log says {received} rows were received, the lake holds {landed} landed and {quarantined} quarantined: "
        "files of the lake were changed or lost; restore them, or land the file again"
    )


def _refusals(connection: duckdb.DuckDBPyConnection, system: SourceSystem) -> list[Finding]:
    rows = connection.execute(_REFUSED, parameters(system)).fetchall()
    return [
        Finding("refused", entity, load, file, f"the file was refused: {reason}") for entity, load, file, reason in rows
    ]


def _shares(connection: duckdb.DuckDBPyConnection, system: SourceSystem, share: float) -> list[Finding]:
    values: dict[str, Any] = {**parameters(system), "share": share}
    rows = connection.execute(_SHARES, values).fetchall()
    remedy = "correct the file or the mapping, or raise night.max_quarantined_share"
    return [
        Finding(
            "share", entity, load, None, f"{bad} of {received} rows are quarantined, more than {share:.1%}; {remedy}"
        )
        for entity, load, received, bad in rows
    ]
