"""The landing log: what has landed of which file, read from the lake. It is the only incremental state.

Belongs here: questions to the log and independent counts of the lake. Does not belong here: writing the log (`ingestion.files`).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import duckdb

from ingestion.lake import connect_lake
from ingestion.mapping import System
from ingestion.settings import Settings


@dataclass(frozen=True)
class LoggedFile:
    """The newest entry of the log for one file of one entity."""

    entity: str
    path: str
    status: str
    fingerprint: str
    quarantined: int
    reason: str | None


@contextlib.contextmanager
def _lake(settings: Settings):  # type: ignore[no-untyped-def]
    connection = connect_lake(settings.lake_url)
    try:
        yield connection
    finally:
        connection.close()


def newest_entries(settings: Settings, system: System) -> list[LoggedFile]:
    """Return the newest log entry of every file and entity of `system`."""
    connection: duckdb.DuckDBPyConnection
    with _lake(settings) as connection:
        rows = connection.execute(
            """
            select entity, _source_file, arg_max(file_status, _known_at), arg_max(file_fingerprint, _known_at),
                arg_max(rows_quarantined, _known_at), arg_max(reason, _known_at)
            from lake.landing_log
            where source_system = ? and source_kind = ?
            group by entity, _source_file
            order by entity, _source_file""",
            [system.name, system.kind],
        ).fetchall()
    return [LoggedFile(*row) for row in rows]
