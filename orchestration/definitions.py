"""What Dagster loads: the asset graph of the night, its checks, jobs and schedule.

Belongs here: composing. Does not belong here: anything that can be said in a module of its own.
"""

from __future__ import annotations

import dagster as dg

from ingestion.settings import Settings, load_settings
from ingestion.systems import load_sources
from orchestration.audit_checks import build_landing_audits, build_published_audit
from orchestration.dbt_assets import build_dbt_assets
from orchestration.dbt_runner import DbtRunner
from orchestration.identity_assets import build_identity_assets
from orchestration.jobs import build_executor, build_jobs, build_schedule
from orchestration.landing import build_landing_assets
from orchestration.manifest import ensure_manifest
from orchestration.publish_assets import build_publish_asset
from orchestration.sensors import build_backfill_sensor


def build_definitions(settings: Settings) -> dg.Definitions:
    """Return everything, for the systems and the dbt project that the settings name."""
    settings.apply_environment()
    systems = load_sources(settings)
    landing = build_landing_assets(settings, systems)
    dbt = build_dbt_assets(settings, ensure_manifest(settings), systems)
    marts = sorted(key for half in dbt for key in half.keys)
    audits = [*build_landing_audits(settings, systems), build_published_audit(settings, marts)]
    checks = [spec for part in (*landing, *dbt, *audits) for spec in part.check_specs]
    jobs = build_jobs(systems, settings)
    return dg.Definitions(
        assets=[*landing, *dbt, build_identity_assets(settings), build_publish_asset(settings, marts, checks)],
        asset_checks=audits,
        jobs=jobs,
        schedules=[build_schedule(jobs[0], settings)],
        sensors=[build_backfill_sensor(jobs[1])],
        resources={"dbt": DbtRunner(target_path=str(settings.dbt_target_path))},
        executor=build_executor(),
    )


defs = build_definitions(load_settings())
