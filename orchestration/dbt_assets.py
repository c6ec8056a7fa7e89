"""The dbt project as two multi-assets, before and after identity resolution, with every data test an asset check.

Unit tests are left out: they test the code, which `make test` does; a night tests the data.
Belongs here: running a part and telling Dagster. Does not belong here: names and lineage (see `dbt_translator`).
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, Final

import dagster as dg
import duckdb

from ingestion.settings import Settings
from ingestion.systems import SourceSystem
from orchestration.dbt_runner import DbtRunner, NodeResult
from orchestration.dbt_translator import Part, Stretch, Translator
from orchestration.keys import WAREHOUSE_POOL
from orchestration.manifest import dbt_arguments
from orchestration.prediction_assets import prediction_specs, run_prediction
from orchestration.snapshot import is_personal

BUILD: Final = ("build", "--exclude-resource-type", "unit_test")
ROWS_SHOWN: Final = 20
_MASK: Final = "***"

DbtEvent = dg.MaterializeResult[Any] | dg.AssetCheckResult


def build_dbt_assets(
    settings: Settings, manifest: Mapping[str, Any], systems: Sequence[SourceSystem]
) -> list[dg.AssetsDefinition]:
    """Return the halves `stage` (what identity needs) and `build_marts` (all that follows it, prediction included)."""
    translator = Translator(systems)
    staging, building, valuing = (Part(manifest, translator, stretch) for stretch in Stretch)

    @dg.multi_asset(name="stage", **_shown(staging), can_subset=True, pool=WAREHOUSE_POOL)
    def stage(context: dg.AssetExecutionContext, dbt: DbtRunner) -> Iterator[DbtEvent]:
        yield from _run(context, dbt, staging, settings)

    # A project of which nothing reads predictions needs none.
    predicted = prediction_specs() if valuing.assets else []
    shown = _shown(building, valuing, others=predicted)

    @dg.multi_asset(name="build_marts", **shown, can_subset=True, pool=WAREHOUSE_POOL)
    def build_marts(context: dg.AssetExecutionContext, dbt: DbtRunner) -> Iterator[DbtEvent]:
        # What comes later reads what failed: as inside of one run of dbt, it is left undone.
        if not (yield from _run(context, dbt, building, settings)):
            return
        if any(spec.key in context.selected_asset_keys for spec in predicted):
            yield from run_prediction(settings)
        yield from _run(context, dbt, valuing, settings)

    return [stage, build_marts]


def _shown(*parts: Part, others: Sequence[dg.AssetSpec] = ()) -> dict[str, Any]:
    return {
        "specs": [*(spec for part in parts for spec in part.assets.values()), *others],
        "check_specs": [spec for part in parts for spec in part.checks.values()],
    }


def _run(
    context: dg.AssetExecutionContext, dbt: DbtRunner, part: Part, settings: Settings
) -> Generator[DbtEvent, None, bool]:
    """Build and test what is selected of a part; return whether all of it went well."""
    assets, checks = context.selected_asset_keys, context.selected_asset_check_keys
    chosen = [unique_id for unique_id, spec in part.assets.items() if spec.key in assets]
    chosen += [unique_id for unique_id, spec in part.checks.items() if spec.key in checks]
    if not chosen:
        return True
    settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
    failed: list[NodeResult] = []
    for result in dbt.stream([*BUILD, *dbt_arguments(settings)], chosen):
        if not result.is_ok:
            failed.append(result)
        elif result.unique_id in part.assets:
            yield dg.MaterializeResult(part.assets[result.unique_id].key, metadata={"seconds": result.seconds})
        elif result.unique_id in part.checks:
            yield _check_result(part, result, {})
    yield from (
        _check_result(part, result, _offending_rows(dbt, part, result, settings))
        for result in failed
        if result.unique_id in part.checks and result.status == "fail"
    )
    broken = [result for result in failed if result.status == "error"]
    if broken:
        lines = "\n".join(f"{result.unique_id}: {result.message}" for result in broken)
        raise dg.Failure(f"{len(broken)} dbt nodes could not be run:\n{lines}", allow_retries=False)
    return not failed


def _check_result(part: Part, result: NodeResult, metadata: Mapping[str, Any]) -> dg.AssetCheckResult:
    spec = part.checks[result.unique_id]
    warns = result.status == "warn"
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=result.status == "pass",
        severity=dg.AssetCheckSeverity.WARN if warns else dg.AssetCheckSeverity.ERROR,
        metadata={"seconds": result.seconds, "failing_rows": result.failures, **metadata},
    )


def _offending_rows(dbt: DbtRunner, part: Part, result: NodeResult, settings: Settings) -> dict[str, Any]:
    """Return the test's SQL and its first rows; values of personal columns are masked."""
    sql = dbt.compiled_sql(part.node(result.unique_id))
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
