"""Landing one system: run its dlt source into the lake, safely against a kill and against a second run.

Belongs here: the dlt pipeline of a system and its run. Does not belong here: reading files (`ingestion.files`), a
database (`ingestion.databases`) or a connector (`ingestion.connectors`), the counting that
checks a landing (`ingestion.reconcile`), Dagster.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import dlt
from dlt.destinations import filesystem
from dlt.pipeline.exceptions import PipelineStepFailed
from fsspec.core import url_to_fs

from ingestion.connectors.connector import Connector
from ingestion.connectors.land import land_connector
from ingestion.databases.land import land_database
from ingestion.databases.mapping import Database
from ingestion.errors import IngestionError, LandingBusyError
from ingestion.files import Days, build_source
from ingestion.landing_log import EntityLanding, newest_entries, sum_loads
from ingestion.mapping import System
from ingestion.reconcile import Finding, reconcile
from ingestion.settings import Settings
from ingestion.systems import SourceSystem

__all__ = ["EntityLanding", "Finding", "LandingResult", "build_pipeline", "land", "landing", "reconcile"]


@dataclass(frozen=True)
class LandingResult:
    """What one landing of a system brought, by entity; entities without a new file have zeros."""

    system: str
    load_ids: tuple[str, ...] = ()
    entities: dict[str, EntityLanding] = field(default_factory=dict)


def build_pipeline(system: SourceSystem, settings: Settings) -> dlt.Pipeline:
    """Return the dlt pipeline of `system`, which appends Parquet files to `<lake>/<kind>/<system>/<table>/`."""
    dlt.config["runtime.dlthub_telemetry"] = False
    dlt.config["load.delete_completed_jobs"] = True
    pipeline: dlt.Pipeline = dlt.pipeline(
        pipeline_name=system.name,
        pipelines_dir=str(settings.dlt_path),
        destination=filesystem(bucket_url=f"{settings.lake_url.rstrip('/')}/{system.kind}"),
        dataset_name=system.name,
    )
    return pipeline


@contextlib.contextmanager
def landing(system: SourceSystem, settings: Settings) -> Iterator[dlt.Pipeline]:
    """Hold the system for this process, and give its pipeline.

    Raises:
        LandingBusyError: another process is landing the system.
    """
    settings.dlt_path.mkdir(parents=True, exist_ok=True)
    with (settings.dlt_path / f"{system.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LandingBusyError(f"{system.name} is being landed by another process; wait for it to end") from error
        _clear(system, settings)
        yield build_pipeline(system, settings)


def _clear(system: SourceSystem, settings: Settings) -> None:
    """Start from the lake alone: a killed run may have left anything in the working folders, and nothing that counts.

    The landing log says what has landed, and dlt restores its schema from the lake. dlt's own way, to resume what is
    pending, fails after a kill between two renames (seen with 1.31).
    """
    working = settings.dlt_path / system.name
    for package in (working / "load" / "normalized").glob("*"):
        _forget_unfinished(system, settings, package.name)
    for folder in [working, *(settings.dlt_path / "spool").glob(f"{system.name}-*")]:
        shutil.rmtree(folder, ignore_errors=True)


def _forget_unfinished(system: SourceSystem, settings: Settings, load_id: str) -> None:
    """Remove from the lake the files of a load that never ended; no view shows them."""
    files, base = url_to_fs(f"{settings.lake_url.rstrip('/')}/{system.kind}/{system.name}")
    if not files.glob(f"{base}/_dlt_loads/*__{load_id}.jsonl"):
        for path in files.glob(f"{base}/*/{load_id}.*"):
            files.rm_file(path)


def land(
    system: SourceSystem,
    settings: Settings,
    days: Days | None = None,
    *,
    replay_quarantined: bool = False,
    tell: Callable[[str], None] = lambda line: None,
) -> LandingResult:
    """Land what is new or changed; with `days`, the files or changes of these days, landed or not.

    Args:
        system: the system to land.
        settings: where the lake is.
        days: the days of a backfill, both ends included.
        replay_quarantined: read the files again that have quarantined rows, with the mapping as it is now.
        tell: is given a line now and then while a connector reads.

    Raises:
        SourceUnavailableError: the system cannot be reached; nothing of this run has landed.
        MappingError: an expression of the mapping does not fit the files; nothing of this run has landed.
        LandingBusyError: another process is landing the system.
    """
    with landing(system, settings) as pipeline:
        try:
            load_ids = _run(pipeline, system, settings, days, replay_quarantined, tell)
        except PipelineStepFailed as error:
            raise_own_error(error)
            raise
        return LandingResult(system.name, load_ids, sum_loads(settings, system, load_ids))


def _run(
    pipeline: dlt.Pipeline,
    system: SourceSystem,
    settings: Settings,
    days: Days | None,
    replay_quarantined: bool,
    tell: Callable[[str], None],
) -> tuple[str, ...]:
    if isinstance(system, Connector):
        return tuple(land_connector(system, settings, pipeline, days, tell))
    if isinstance(system, Database):
        return tuple(land_database(system, settings, pipeline, days, tell))
    if not isinstance(system, System):
        raise TypeError(f"{system.name} is neither files nor a database nor a connector")
    again: list[str] = []
    if replay_quarantined:
        again = [entry.path for entry in newest_entries(settings, system) if entry.quarantined]
    return tuple(pipeline.run(build_source(system, settings, days, again=again)).loads_ids)


def raise_own_error(error: BaseException) -> None:
    """Raise the error of this project that dlt has wrapped, if there is one."""
    cause: Any = error
    while cause is not None:
        if isinstance(cause, IngestionError):
            raise cause from error
        cause = cause.__cause__ or cause.__context__
