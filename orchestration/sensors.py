"""After a range of days has been landed again from the UI, what comes after is built once.

Belongs here: telling such a run from others. Does not belong here: the `backfill` job, which builds in its own run.
"""

from typing import Final

import dagster as dg

from orchestration.keys import LANDING

BACKFILL_TAG: Final = "dagster/backfill"
RANGE_TAG: Final = "dagster/asset_partition_range_start"


def build_backfill_sensor(build: "dg.UnresolvedAssetJobDefinition") -> dg.SensorDefinition:
    """Return the sensor that requests `build` when a run has landed days again and nothing follows it by itself."""

    @dg.run_status_sensor(
        name="build_after_backfill",
        run_status=dg.DagsterRunStatus.SUCCESS,
        request_job=build,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Builds once after landing assets were backfilled for a range of days in the UI.",
    )
    def build_after_backfill(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
        run = context.dagster_run
        if not landed_days_alone(run, context.instance):
            return dg.SkipReason(f"{run.job_name} was no backfill of landing assets alone")
        return dg.RunRequest(run_key=run.tags.get(BACKFILL_TAG, run.run_id))

    return build_after_backfill


def landed_days_alone(run: dg.DagsterRun, instance: dg.DagsterInstance) -> bool:
    """Tell whether a run has landed days again, and no other run of the same backfill builds what comes after."""
    selected = set(run.asset_selection or ())
    if backfill := run.tags.get(BACKFILL_TAG):
        requested = instance.get_backfill(backfill)
        selected |= set(requested.asset_selection or ()) if requested else set()
    landing = bool(selected) and all(key.path[0] == LANDING for key in selected)
    return landing and (RANGE_TAG in run.tags or "dagster/partition" in run.tags)
