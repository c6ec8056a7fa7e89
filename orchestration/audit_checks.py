"""Great Expectations' audits as asset checks: one check per table, with the offending rows in its metadata.

A critical expectation blocks; a failed warning shows as a warning. Belongs here: turning results into checks.
Does not belong here: what is expected (see `expectations`), whose imports take seconds and wait for a step.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import dagster as dg

from expectations.result import AuditResult, ExpectationResult
from ingestion.mapping import System
from ingestion.settings import Settings
from ingestion.systems import SourceSystem
from orchestration.keys import LOG_TABLES, WAREHOUSE_POOL, landing_key
from orchestration.snapshot import PUBLISHED_SCHEMAS

CHECK: Final = "audit"


def build_landing_audits(settings: Settings, systems: Sequence[SourceSystem]) -> list[dg.AssetChecksDefinition]:
    """Return one audit per system of files, which blocks what reads its tables.

    What a connector lands is raw; dbt's staging judges it against the contract.
    """
    return [_landing_audit(settings, system) for system in systems if isinstance(system, System)]


def build_published_audit(settings: Settings, marts: Sequence[dg.AssetKey]) -> dg.AssetChecksDefinition:
    """Return the audit of what would be published, which blocks the snapshot."""
    keys = {".".join(key.path): key for key in marts if key.path[0] in PUBLISHED_SCHEMAS}

    def audit() -> AuditResult:
        from expectations import audit_published  # noqa: PLC0415

        return audit_published(settings)

    return _audit("audit_marts", keys, next(iter(keys.values())), audit, pool=WAREHOUSE_POOL)


def _landing_audit(settings: Settings, system: System) -> dg.AssetChecksDefinition:
    keys = {f"lake_{system.kind}.{entity}": landing_key(system.name, entity) for entity in system.entities}
    keys |= {f"lake.{table}": landing_key(system.name, table) for table in LOG_TABLES}

    def audit() -> AuditResult:
        from expectations import audit_landed  # noqa: PLC0415

        return audit_landed(settings, system.name, system.kind)

    return _audit(f"audit_{system.name}", keys, landing_key(system.name, "landing_log"), audit, pool=None)


def _audit(
    name: str,
    keys: Mapping[str, dg.AssetKey],
    otherwise: dg.AssetKey,
    audit: Callable[[], AuditResult],
    *,
    pool: str | None,
) -> dg.AssetChecksDefinition:
    """Return a step with one check per table; a result about no known table is shown at `otherwise`."""

    @dg.multi_asset_check(
        name=name,
        specs=[dg.AssetCheckSpec(CHECK, asset=key, blocking=True) for key in keys.values()],
        can_subset=True,
        pool=pool,
    )
    def run_audit(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        found = audit()
        by_key: dict[dg.AssetKey, list[ExpectationResult]] = {key: [] for key in keys.values()}
        for result in found.results:
            by_key[keys.get(result.table, otherwise)].append(result)
        for check in context.selected_asset_check_keys:
            yield check_result(check.asset_key, by_key[check.asset_key], found)

    return run_audit


def check_result(
    key: dg.AssetKey, expectations: Sequence[ExpectationResult], audit: AuditResult
) -> dg.AssetCheckResult:
    """Fold the expectations of one table into one check: an error when a critical one fails, else a warning."""
    failed = [expectation for expectation in expectations if not expectation.success]
    critical = any(expectation.severity == "critical" for expectation in failed)
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=CHECK,
        passed=not failed,
        severity=dg.AssetCheckSeverity.ERROR if critical else dg.AssetCheckSeverity.WARN,
        description="\n".join(f"{item.title} Seen: {item.observed}." for item in failed) or None,
        metadata={
            "expectations": len(expectations),
            "failed": len(failed),
            "data_docs": dg.MetadataValue.path(str(audit.docs_index)),
            **_failures(failed),
        },
    )


def _failures(failed: Sequence[ExpectationResult]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if failed:
        columns = ("name", "severity", "title", "observed", "unexpected_count", "reason")
        records = [dg.TableRecord({column: str(getattr(item, column)) for column in columns}) for item in failed]
        metadata["failures"] = _table(records, columns)
    for item in failed:
        if item.rows:
            names = tuple(dict.fromkeys(name for row in item.rows for name in row))
            rows = [dg.TableRecord({name: row.get(name) or "" for name in names}) for row in item.rows]
            metadata[f"rows: {item.name}"] = _table(rows, names)
    return metadata


def _table(records: Sequence[dg.TableRecord], names: Sequence[str]) -> dg.TableMetadataValue:
    return dg.TableMetadataValue(list(records), dg.TableSchema([dg.TableColumn(name) for name in names]))
