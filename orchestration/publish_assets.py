"""The published snapshot as an asset: it waits for every mart and refuses when any blocking check has failed.

Belongs here: which checks must have passed. Does not belong here: how a snapshot is written (see `publishing`).
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import dagster as dg
from dagster._core.storage.asset_check_execution_record import (
    COMPLETED_ASSET_CHECK_EXECUTION_RECORD_STATUSES as COMPLETED,
)
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

from ingestion.settings import Settings
from orchestration import publishing
from orchestration.keys import SNAPSHOT_KEY, WAREHOUSE_POOL
from orchestration.snapshot import PUBLISHED_SCHEMAS, PublishError


def build_publish_asset(
    settings: Settings, marts: Sequence[dg.AssetKey], checks: Sequence[dg.AssetCheckSpec]
) -> dg.AssetsDefinition:
    """Return the asset that publishes the marts, given the checks of everything before it."""

    @dg.asset(
        key=SNAPSHOT_KEY,
        deps=[key for key in marts if key.path[0] in PUBLISHED_SCHEMAS],
        group_name="publish",
        kinds={"duckdb"},
        pool=WAREHOUSE_POOL,
        description="The marts that BI reads: a new folder each night, and a link that moves when it is proven right.",
    )
    def publish(context: dg.AssetExecutionContext) -> dg.MaterializeResult[Any]:
        counts = count_checks(context.instance, checks)
        try:
            release = publishing.publish(
                settings.warehouse_path,
                settings.published_path,
                as_of=settings.as_of_date(),
                run_id=context.run_id,
                checks=counts,
                keep=settings.publish.keep,
            )
        except PublishError as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        return dg.MaterializeResult(
            metadata={
                "release": release.name,
                "as_of": release.as_of,
                "snapshot": dg.MetadataValue.path(str(release.snapshot_path)),
                "tables": len(release.tables),
                "rows": sum(table.rows for table in release.tables.values()),
            }
        )

    return publish


def count_checks(instance: dg.DagsterInstance, checks: Sequence[dg.AssetCheckSpec]) -> dict[str, int]:
    """Count the newest result of each check as passed, warned or not run.

    Raises:
        dagster.Failure: A blocking check has not passed when it was last due. This holds even when the snapshot is
            asked for alone.
    """
    latest = instance.event_log_storage.get_latest_asset_check_execution_by_key([spec.key for spec in checks])
    counts = Counter({"passed": 0, "warned": 0, "not_run": 0})
    blocking = []
    for spec in checks:
        outcome = _outcome(latest.get(spec.key))
        counts["warned" if outcome == "failed" else outcome] += 1
        if spec.blocking and outcome in {"failed", "not_run"}:
            blocking.append(f"{spec.name} on {spec.asset_key.to_user_string()}: {outcome.replace('_', ' ')}")
    if blocking:
        raise dg.Failure("Nothing is published; blocking checks have not passed:\n" + "\n".join(blocking))
    return dict(counts)


def _outcome(record: AssetCheckExecutionRecord | None) -> str:
    if record is None or record.event is None or record.status not in COMPLETED:
        return "not_run"
    if record.status == AssetCheckExecutionRecordStatus.SUCCEEDED:
        return "passed"
    evaluation = record.event.get_dagster_event().asset_check_evaluation_data
    return "failed" if evaluation.severity == dg.AssetCheckSeverity.ERROR else "warned"
