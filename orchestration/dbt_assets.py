"""The dbt project as two multi-assets, before and after identity resolution, with every data test an asset check.

Unit tests are left out: they test the code, which `make test` does; a night tests the data.
Belongs here: running a half and telling Dagster. Does not belong here: names and lineage (see `dbt_translator`).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import dagster as dg
import duckdb

from ingestion.settings import Settings
from ingestion.systems import SourceSystem
from orchestration.dbt_runner import DbtRunner, NodeResult
from orchestration.dbt_translator import Half, Translator
from orchestration.keys import WAREHOUSE_POOL
from orchestration.manifest import dbt_arguments
from orchestration.snapshot import is_personal

ROWS_SHOWN: Final = 20
_MASK: Final = "***"

DbtEvent = dg.MaterializeResult[Any] | dg.AssetCheckResult


def build_dbt_assets(
    settings: Settings, manifest: Mapping[str, Any], systems: Sequence[SourceSystem]
) -> list[dg.AssetsDefinition]:
    """Return the halves `stage` (what the identity step needs) and `build_marts` (all that follows it)."""
    translator = Translator(systems)
    stage = Half(manifest, translator, before_identity=True)
    build = Half(manifest, translator, before_identity=False)
    return [_half_assets(settings, "stage", stage), _half_assets(settings, "build_marts", build)]


def _half_assets(settings: Settings, name: str, half: Half) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=name,
        specs=list(half.assets.values()),
        check_specs=list(half.checks.values()),
        can_subset=True,
        pool=WAREHOUSE_POOL,
    )
    def run_half(context: dg.AssetExecutionContext, dbt: DbtRunner) -> Iterator[DbtEvent]:
        yield from _run(context, dbt, half, settings)

    return run_half


def _run(context: dg.AssetExecutionContext, dbt: DbtRunner, half: Half, settings: Settings) -> Iterator[DbtEvent]:
    assets, checks = context.selected_asset_keys, context.selected_asset_check_keys
    chosen = [unique_id for unique_id, spec in half.assets.items() if spec.key in assets]
    chosen += [unique_id for unique_id, spec in half.checks.items() if spec.key in checks]
    settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
    failed: list[NodeResult] = []
    for result in dbt.stream([*build_arguments(half, chosen), *dbt_arguments(settings)]):
        if not result.is_ok:
            failed.append(result)
        elif result.unique_id in half.assets:
            yield dg.MaterializeResult(half.assets[result.unique_id].key, metadata={"seconds": result.seconds})
        elif result.unique_id in half.checks:
            yield _check_result(half, result, {})
    yield from (
        _check_result(half, result, _offending_rows(dbt, half, result, settings))
        for result in failed
        if result.unique_id in half.checks and result.status == "fail"
    )
    broken = [result for result in failed if result.status == "error"]
    if broken:
        lines = "\n".join(f"{result.unique_id}: {result.message}" for result in broken)
        raise dg.Failure(f"{len(broken)} dbt nodes could not be run:\n{lines}", allow_retries=False)


def build_arguments(half: Half, unique_ids: Sequence[str]) -> list[str]:
    """Return dbt's arguments that build exactly these models and run exactly these tests."""
    names = [".".join(half.node(unique_id)["fqn"]) for unique_id in unique_ids]
    return ["build", "--indirect-selection", "empty", "--exclude-resource-type", "unit_test", "--select", *names]


def _check_result(half: Half, result: NodeResult, metadata: Mapping[str, Any]) -> dg.AssetCheckResult:
    spec = half.checks[result.unique_id]
    warns = result.status == "warn"
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=result.status == "pass",
        severity=dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR,
        metadata={"seconds": result.seconds, "failing_rows": result.failures, **metadata},
    )


def _offending_rows(dbt: DbtRunner, half: Half, result: NodeResult, settings: Settings) -> dict[str, Any]:
    """Return the test's SQL and its first rows; values of personal columns are masked."""
    sql = dbt.compiled_sql(half.node(result.unique_id))
    if sql is None:
        return {}
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        cursor = connection.execute(f"select * from ({sql}) limit {ROWS_SHOWN}")
        names = [column[0] for column in cursor.description or []]
        rows = cursor.fetchall()
    records = [
        dg.TableRecord(
            {name: _MASK if is_personal(name) else str(value) for name, value in zip(names, row, strict=True)}
        )
        for row in rows
    ]
    table = dg.TableMetadataValue(records, dg.TableSchema([dg.TableColumn(name) for name in names]))
    return {"rows": table, "sql": dg.MetadataValue.md(f"```sql\n{sql}\n```")}
