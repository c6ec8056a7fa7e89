"""What the lake's landing log knows of a database: how far it was read, which columns it had, what each day gave.

Belongs here: questions to the log, and its rows. Does not belong here: deciding what to read (`steps`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

import duckdb
import pyarrow as pa

from ingestion.connectors.records import names, parse_names
from ingestion.contract import ARROW_TYPES
from ingestion.databases.mapping import WHOLE, Database
from ingestion.files.result import Load
from ingestion.lake import LANDING_LOG_COLUMNS, LOAD_COLUMNS, connect_lake
from ingestion.settings import Settings

NO_DAY: Final = "without_day"
_OF_ENTITY: Final = "source_kind = $kind and source_system = $system and entity = $entity"

Counts = Mapping[str, int]


class Log:
    """Answers from the log, as it was when first asked or when told to forget."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database, self._settings = database, settings
        self._lake: duckdb.DuckDBPyConnection | None = None

    def forget(self) -> None:
        """Look at the log anew: a load has ended."""
        if self._lake is not None:
            self._lake.close()
        self._lake = None

    def read_until(self, entity: str) -> dt.datetime | None:
        """Return the instant before which all records of the entity are in; None before the first load."""
        sql = f"select max(read_until) from lake.landing_log where pass_kind in ('window', 'changes') and {_OF_ENTITY}"
        [(found,)] = self._ask(entity, sql)
        return found.replace(tzinfo=dt.UTC) if found else None

    def columns(self, entity: str) -> set[str]:
        """Return the columns that the entity's table has had so far."""
        return parse_names(
            [text for (text,) in self._ask(entity, f"select fields_new from lake.landing_log where {_OF_ENTITY}")]
        )

    def quarantined(self, entity: str) -> dict[str, int]:
        """Return how many rows of each day were quarantined when it was last logged."""
        sql = f"""select _source_file, rows_quarantined from lake.landing_log where {_OF_ENTITY}
            qualify row_number() over (partition by _source_file order by _known_at desc) = 1"""
        return {label: count for label, count in self._ask(entity, sql) if count}

    def _ask(self, entity: str, sql: str) -> list[tuple[Any, ...]]:
        if self._lake is None:
            self._lake = connect_lake(self._settings.lake_url)
        values = {"kind": self._database.kind, "system": self._database.name, "entity": entity}
        return self._lake.execute(sql, values).fetchall()


def log_table(
    entity: str, load: Load, days: Iterable[tuple[str, Counts]], passes: Iterable[dict[str, Any]]
) -> pa.Table:
    """Return the rows of the log: one per day with something new, and one per pass with how far it came."""
    stamp = {"entity": entity, "file_status": "landed", "_known_at": load.known_at, "_dlt_load_id": load.load_id}
    nothing = {f"rows_{name}": 0 for name in ("received", "landed", "quarantined", "skipped")}
    fingerprint = f"{load.known_at:%Y-%m-%dT%H:%M:%SZ}"
    rows = [
        stamp
        | nothing
        | {f"rows_{name}": count for name, count in counts.items()}
        | {"file_fingerprint": fingerprint, "_source_file": label, "_file_date": day_of(label)}
        for label, counts in days
    ]
    rows += [stamp | nothing | given for given in passes]
    columns = LANDING_LOG_COLUMNS | LOAD_COLUMNS
    schema = pa.schema([pa.field(name, ARROW_TYPES[spec.type]) for name, spec in columns.items()])
    return pa.Table.from_pylist(rows, schema=schema)


def pass_row(kind: str, label: str, until: dt.datetime | None, skipped: int, new: set[str]) -> dict[str, Any]:
    """Return the row of the log that a pass has for itself; what it read and the lake had already is skipped."""
    return {
        "file_fingerprint": f"{until:%Y-%m-%dT%H:%M:%SZ}" if until else kind,
        "rows_skipped": skipped,
        "pass_kind": kind,
        "read_until": until,
        "fields_new": names(new) if new else None,
        "_source_file": f"{kind}/{label}",
    }


def day_of(label: str) -> dt.date | None:
    """Return the day that a row's `_source_file` names; None for tables that are read whole."""
    return None if label in (WHOLE, NO_DAY) else dt.date.fromisoformat(label)
