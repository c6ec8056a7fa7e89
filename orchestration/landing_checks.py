"""The checks of a landing, per entity: files accepted, rows reconciled, share quarantined; and the system reached.

The first three block; an outage does not. Belongs here: what the landing log says, as Dagster's checks with the
offending files and rows. Does not belong here: landing, and audits of values (see `audit_checks`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg
import duckdb

from ingestion.connectors.access import Access
from ingestion.connectors.connector import Connector
from ingestion.databases.mapping import Database
from ingestion.mapping import System
from ingestion.reconcile import Finding, FindingKind, reconcile
from ingestion.settings import Settings
from ingestion.systems import SourceSystem
from orchestration.keys import landing_key

FILES_ACCEPTED: Final = "files_accepted"
ROWS_RECONCILE: Final = "rows_reconcile"
QUARANTINE_SHARE: Final = "quarantine_share"
SOURCE_REACHABLE: Final = "source_reachable"
ACCESS: Final = "access"
FIELDS_STEADY: Final = "fields_steady"
FILES_COMPLETE: Final = "files_complete"
ROWS_SHOWN: Final = 20
_BLOCKING: Final = {
    FILES_ACCEPTED: "Every file that was read is whole and has the columns that the mapping names.",
    ROWS_RECONCILE: "Rows received are rows landed, quarantined or left out by the mapping's filter.",
    QUARANTINE_SHARE: "Not more rows are quarantined than night.max_quarantined_share allows.",
}
_KINDS: Final[dict[str, FindingKind]] = {FILES_ACCEPTED: "refused", ROWS_RECONCILE: "count", QUARANTINE_SHARE: "share"}
_REASONS: Final = """
    select reason, coalesce(column_name, ''), count(*), min(_source_file || ', row ' || _source_row)
    from lake.quarantine
    where source_kind = $kind and source_system = $system and entity = $entity and list_contains($loads, _dlt_load_id)
    group by all
    order by count(*) desc, reason, 2
    limit 20
"""


@dataclass(frozen=True)
class EntityLog:
    """What this run read for one entity, in files and rows, and the days that the files are of."""

    files: int = 0
    received: int = 0
    landed: int = 0
    quarantined: int = 0
    days: tuple[str, ...] = ()

    def metadata(self) -> dict[str, Any]:
        """Return what the asset shows."""
        return {
            "files": self.files,
            "rows_received": self.received,
            "rows_landed": self.landed,
            "rows_quarantined": self.quarantined,
        }


def landing_check_specs(system: SourceSystem) -> list[dg.AssetCheckSpec]:
    """Return the checks of a system: three per entity that block, and one for the system that does not."""
    blocking = [
        dg.AssetCheckSpec(name, asset=landing_key(system.name, entity), description=text, blocking=True)
        for entity in system.entities
        for name, text in _BLOCKING.items()
    ]
    reachable = dg.AssetCheckSpec(
        SOURCE_REACHABLE,
        asset=landing_key(system.name, "landing_log"),
        description="The system can be reached. When it cannot, the night goes on and the marts show it as stale.",
    )
    more = _connector_specs(system) if isinstance(system, Connector | Database) else []
    if isinstance(system, System) and system.expected:
        text = "Every store has delivered its files of every day, with the delay that the mapping allows."
        more = [dg.AssetCheckSpec(FILES_COMPLETE, asset=landing_key(system.name, "landing_log"), description=text)]
    return [*blocking, reachable, *more]


def _connector_specs(system: Connector | Database) -> list[dg.AssetCheckSpec]:
    texts = {
        ACCESS: "Every table can be read with the key or token that is set.",
        FIELDS_STEADY: "Every field that staging reads still comes. New fields are listed; the lake keeps them.",
    }
    log = landing_key(system.name, "landing_log")
    return [dg.AssetCheckSpec(name, asset=log, description=text) for name, text in texts.items()]


def complete_result(system: System, settings: Settings) -> dg.AssetCheckResult:
    """Return which files have not come; they hold nothing back, and show."""
    # Imported here since dlt takes a second, which the definitions need not pay.
    from ingestion.files.missing import missing_files  # noqa: PLC0415

    missed = missing_files(system, settings)
    rows = [(one.day, one.store, one.entity) for one in missed]
    return dg.AssetCheckResult(
        asset_key=landing_key(system.name, "landing_log"),
        check_name=FILES_COMPLETE,
        passed=not missed,
        severity=dg.AssetCheckSeverity.WARN,
        description="\n".join(f"{one} has not come" for one in missed[:ROWS_SHOWN]) or None,
        metadata={"missing": len(missed), "files": _table(("day", "store", "entity"), rows[-1000:])},
    )


def access_result(system: Connector | Database, access: Access) -> dg.AssetCheckResult:
    """Return what the system lets us read; a missing permission holds nothing back, and shows."""
    names = ("table", "records", "oldest", "newest", "calls_of_a_first_load", "problem")
    rows = [(t.table, t.records, t.oldest, t.newest, t.calls, t.problem or t.note or "") for t in access.tables]
    return dg.AssetCheckResult(
        asset_key=landing_key(system.name, "landing_log"),
        check_name=ACCESS,
        passed=access.ok,
        severity=dg.AssetCheckSeverity.WARN,
        description="\n".join(access.problems) or None,
        metadata={"tables": _table(names, rows)},
    )


def fields_result(
    connection: duckdb.DuckDBPyConnection, system: Connector | Database, load_ids: Sequence[str]
) -> dg.AssetCheckResult:
    """Return which fields are new and which are gone in these loads."""
    rows = connection.execute(
        """
        select entity, coalesce(fields_new, ''), coalesce(fields_gone, '')
        from lake.landing_log
        where source_kind = $kind and source_system = $system and list_contains($loads, _dlt_load_id)
            and (fields_new is not null or fields_gone is not null)
        order by all
        """,
        {**_names(system), "loads": list(load_ids)},
    ).fetchall()
    gone = [f"{table}: {fields} no longer come; staging reads them" for table, _, fields in rows if fields]
    return dg.AssetCheckResult(
        asset_key=landing_key(system.name, "landing_log"),
        check_name=FIELDS_STEADY,
        passed=not gone,
        severity=dg.AssetCheckSeverity.WARN,
        description="\n".join(gone) or None,
        metadata={"fields": _table(("table", "new", "gone"), rows)},
    )


def reachable_result(system: SourceSystem, outage: Exception | None) -> dg.AssetCheckResult:
    """Return the check of the system itself."""
    return dg.AssetCheckResult(
        asset_key=landing_key(system.name, "landing_log"),
        check_name=SOURCE_REACHABLE,
        passed=outage is None,
        description=str(outage) if outage else None,
        metadata={"location": system.location},
    )


def read_this_run(
    connection: duckdb.DuckDBPyConnection, system: SourceSystem, load_ids: Sequence[str]
) -> dict[str, EntityLog]:
    """Return what these loads read, for every entity of the system; zeros where nothing was new."""
    rows = connection.execute(
        """
        select
            entity,
            count(*),
            sum(rows_received)::bigint,
            sum(rows_landed)::bigint,
            sum(rows_quarantined)::bigint,
            list(distinct _file_date::varchar order by _file_date::varchar) filter (where _file_date is not null)
        from lake.landing_log
        where source_kind = $kind and source_system = $system and list_contains($loads, _dlt_load_id)
        group by entity
        """,
        {**_names(system), "loads": list(load_ids)},
    ).fetchall()
    found = {
        entity: EntityLog(files, received, landed, quarantined, tuple(days or ()))
        for entity, files, received, landed, quarantined, days in rows
    }
    return {entity: found.get(entity, EntityLog()) for entity in system.entities}


def check_landing(
    connection: duckdb.DuckDBPyConnection, settings: Settings, system: SourceSystem
) -> Iterator[dg.AssetCheckResult]:
    """Yield the blocking checks of every entity, each with the files or rows that break it."""
    findings = reconcile(settings, system)
    for entity in system.entities:
        for check, kind in _KINDS.items():
            found = [item for item in findings if item.entity == entity and item.kind == kind]
            yield _result(connection, system, entity, check, found)


def _result(
    connection: duckdb.DuckDBPyConnection, system: SourceSystem, entity: str, check: str, found: Sequence[Finding]
) -> dg.AssetCheckResult:
    metadata: dict[str, Any] = {}
    if found:
        rows = [(item.file or "", item.message) for item in found[:ROWS_SHOWN]]
        metadata = {"found": len(found), "rows": _table(("file", "finding"), rows)}
    if found and check == QUARANTINE_SHARE:
        reasons = _reasons(connection, system, entity, [item.load_id for item in found])
        metadata["reasons"] = _table(("reason", "column", "rows", "first_seen"), reasons)
    return dg.AssetCheckResult(
        asset_key=landing_key(system.name, entity),
        check_name=check,
        passed=not found,
        description="\n".join(f"{item.file or entity}: {item.message}" for item in found[:ROWS_SHOWN]) or None,
        metadata=metadata,
    )


def _reasons(
    connection: duckdb.DuckDBPyConnection, system: SourceSystem, entity: str, loads: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Return why rows of these loads are in quarantine. Values are personal data and stay there."""
    return connection.execute(_REASONS, {**_names(system), "entity": entity, "loads": list(loads)}).fetchall()


def _table(names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> dg.TableMetadataValue:
    records = [dg.TableRecord({name: str(value) for name, value in zip(names, row, strict=True)}) for row in rows]
    return dg.TableMetadataValue(records, dg.TableSchema([dg.TableColumn(name) for name in names]))


def _names(system: SourceSystem) -> dict[str, Any]:
    return {"kind": system.kind, "system": system.name}
