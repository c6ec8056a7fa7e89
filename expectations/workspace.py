"""A scratch DuckDB file that an audit looks at: it holds or shows just what the suites read.

A file and not memory, because Great Expectations opens connections of its own. It is removed with the audit.

Belongs here: opening and removing it. Does not belong here: what is put in it (see `landed.state`, `published.state`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb


@dataclass(frozen=True)
class Workspace:
    """The scratch database; `connection` stays open for the whole audit, so that what it attached stays attached."""

    path: Path
    connection: duckdb.DuckDBPyConnection

    def has(self, table: str) -> bool:
        """Return whether the table or view exists."""
        ((found,),) = self.connection.execute(
            "select count(*) from information_schema.tables"
            " where table_catalog = current_database() and table_schema = 'main' and table_name = ?",
            [table],
        ).fetchall()
        return bool(found)


@contextmanager
def open_workspace() -> Iterator[Workspace]:
    """Yield an empty scratch database."""
    with tempfile.TemporaryDirectory(prefix="evermart-audit-") as folder:
        path = Path(folder) / "workspace.duckdb"
        connection = duckdb.connect(str(path))
        try:
            connection.execute("set TimeZone = 'UTC'")
            yield Workspace(path, connection)
        finally:
            connection.close()
