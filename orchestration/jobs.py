"""The jobs, the schedule, and how their steps are run.

Belongs here: which assets run together, when, and in which processes. Does not belong here: the assets.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import dagster as dg

from ingestion.settings import Settings
from ingestion.systems import SourceSystem
from orchestration.landing import landing_days
from orchestration.step_server import PRELOADED

NIGHTLY: Final = "nightly"
BUILD: Final = "build"
BACKFILL: Final = "backfill"


def build_executor() -> dg.ExecutorDefinition:
    """Return the executor: each step is forked from one process that has imported everything that steps need."""
    return dg.multiprocess_executor.configured(
        {
            "max_concurrent": max(2, os.cpu_count() or 1),
            "start_method": {"forkserver": {"preload_modules": [PRELOADED]}},
        },
        name="preloaded_processes",
    )


def build_jobs(systems: Sequence[SourceSystem], settings: Settings) -> list[dg.UnresolvedAssetJobDefinition]:
    """Return the jobs.

    `nightly` lands what is new and does everything after it. `build` does what comes after landing. `backfill` reads
    a range of days again in one run and does everything after it once; it exists when files carry a date.
    """
    landing = dg.AssetSelection.key_prefixes("landing")
    everything = dg.AssetSelection.all()
    jobs = [
        dg.define_asset_job(
            NIGHTLY, everything, description="Land what is new, then stage, identify, build, audit and publish."
        ),
        dg.define_asset_job(
            BUILD, everything - landing, description="Build, audit and publish from what has already landed."
        ),
    ]
    if landing_days(systems, settings):
        jobs.append(
            dg.define_asset_job(
                BACKFILL,
                everything,
                description="Read the files of the chosen days again (single run), then build and publish once.",
            )
        )
    return jobs


def build_schedule(nightly: dg.UnresolvedAssetJobDefinition, settings: Settings) -> dg.ScheduleDefinition:
    """Return the schedule of the night, in the retailer's time zone.

    It starts stopped, since a machine that only tries Evermart out should not begin to work by itself at night.
    """
    return dg.ScheduleDefinition(
        name="every_night",
        job=nightly,
        cron_schedule=settings.night.schedule,
        execution_timezone=settings.retailer.time_zone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
    )
