"""What the lake knows already of a connector's tables: the only memory between two nights.

Belongs here: questions to the landing log and to the raw tables. Does not belong here: writing them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb

from ingestion.connectors.connector import Connector
from ingestion.connectors.records import parse_names
from ingestion.connectors.tables import DELETED
from ingestion.lake import connect_lake
from ingestion.settings import Settings


class State:
    """Answers from the lake, as it was when first asked or when told to forget."""

    def __init__(self, connector: Connector, settings: Settings) -> None:
        self._connector, self._settings = connector, settings
        self._lake: duckdb.DuckDBPyConnection | None = None

    def forget(self) -> None:
        """Look at the lake anew: a load has ended."""
        if self._lake is not None:
            self._lake.close()
        self._lake = None

    def read_until(self, table: str) -> dt.datetime | None:
        """Return the instant, by the system's clock, before which all changes are in; None before the first load."""
        [(found,)] = self._ask(
            "select max(read_until) from lake.landing_log where pass_kind in ('changes', 'window') and " + _OF_TABLE,
            table,
        )
        return found.replace(tzinfo=dt.UTC) if found else None

    def last_sweep(self, table: str) -> dt.datetime | None:
        """Return when all ids of the table were last compared, or when it was first read; None before that."""
        [(swept, first)] = self._ask(
            "select max(_known_at) filter (where pass_kind = 'sweep'), min(_known_at) "
            f"from lake.landing_log where {_OF_TABLE}",
            table,
        )
        found = swept or first
        return found.replace(tzinfo=dt.UTC) if found else None

    def fields(self, table: str) -> set[str]:
        """Return the fields that records have had so far."""
        return parse_names(
            [text for (text,) in self._ask(f"select fields_new from lake.landing_log where {_OF_TABLE}", table)]
        )

    def alive(self, table: str, created_since: str | None = None) -> dict[str, tuple[str | None, str | None]]:
        """Return (clock, parent id) of every living record, by id; of those created since, as texts compare."""
        rows = self._ask(
            f"""select record_id, record_clock, parent_id
            from ({_newest(self._connector.kind, table, "record_clock, parent_id, record_created")})
            where record_digest <> '{DELETED}' and ($since is null or record_created >= $since)""",
            table,
            since=created_since,
        )
        return {key: (clock, parent) for key, clock, parent in rows}

    def children(self, table: str) -> dict[str, set[str]]:
        """Return the ids of the living children, by parent."""
        found: dict[str, set[str]] = {}
        for key, (_, parent) in self.alive(table).items():
            if parent is not None:
                found.setdefault(parent, set()).add(key)
        return found

    def _ask(self, sql: str, table: str, **parameters: str | None) -> list[tuple[Any, ...]]:
        names = {"kind": self._connector.kind, "system": self._connector.name, "table": table} | parameters
        used = {name: value for name, value in names.items() if f"${name}" in sql}
        if self._lake is None:
            self._lake = connect_lake(self._settings.lake_url, self._connector.kind)
        return self._lake.execute(sql, used).fetchall()


_OF_TABLE = "source_kind = $kind and source_system = $system and entity = $table and file_status = 'landed'"


def _newest(kind: str, table: str, columns: str) -> str:
    return f"""
        select record_id, record_digest, {columns}
        from lake_{kind}.{table}
        where source_system = $system
        qualify row_number() over (partition by record_id order by version desc) = 1"""
