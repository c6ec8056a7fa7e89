"""The landing log: what has landed of which file, read from the lake. It is the only incremental state.

Belongs here: questions to the log. Does not belong here: writing it (`ingestion.files`), checking it against the
rows in the lake (`ingestion.reconcile`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from ingestion.lake import connect_lake
from ingestion.settings import Settings
from ingestion.systems import SourceSystem

NEWEST_ENTRIES: Final = """
    select log.*
    from lake.landing_log as log
    where log.source_kind = $kind and log.source_system = $system
    qualify row_number() over (partition by log.entity, log._source_file order by log._known_at desc) = 1"""


@dataclass(frozen=True)
class LoggedFile:
    """The newest entry of the log for one file of one entity."""

    entity: str
    path: str
    status: str
    fingerprint: str
    quarantined: int
    reason: str | None


@dataclass(frozen=True)
class EntityLanding:
    """What loads brought for one entity: counts of rows and of files."""

    rows_received: int = 0
    rows_landed: int = 0
    rows_quarantined: int = 0
    rows_skipped: int = 0
    files_landed: int = 0
    files_refused: int = 0


def newest_entries(settings: Settings, system: SourceSystem) -> list[LoggedFile]:
    """Return the newest log entry of every file and entity of `system`."""
    sql = f"""
        select entity, _source_file, file_status, file_fingerprint, rows_quarantined, reason
        from ({NEWEST_ENTRIES})
        order by all"""
    with closing(connect_lake(settings.lake_url)) as connection:
        rows = connection.execute(sql, parameters(system)).fetchall()
    return [LoggedFile(*row) for row in rows]


def sum_loads(settings: Settings, system: SourceSystem, load_ids: Sequence[str]) -> dict[str, EntityLanding]:
    """Return what the loads brought, by entity; an entity that they brought nothing for has zeros."""
    empty = {entity: EntityLanding() for entity in system.entities}
    if not load_ids:
        return empty
    sql = """
        select
            entity,
            sum(rows_received)::bigint,
            sum(rows_landed)::bigint,
            sum(rows_quarantined)::bigint,
            sum(rows_skipped)::bigint,
            count(*) filter (where file_status = 'landed'),
            count(*) filter (where file_status = 'refused'),
        from lake.landing_log
        where source_kind = $kind and source_system = $system and list_contains($loads, _dlt_load_id)
        group by entity"""
    with closing(connect_lake(settings.lake_url)) as connection:
        rows = connection.execute(sql, {**parameters(system), "loads": list(load_ids)}).fetchall()
    return empty | {entity: EntityLanding(*counts) for entity, *counts in rows}


def parameters(system: SourceSystem) -> dict[str, str]:
    """Return the SQL parameters that pick `system` from the views of the lake."""
    return {"kind": system.kind, "system": system.name}
