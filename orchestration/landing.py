"""Landing as Dagster assets: one multi-asset per source system, one asset per entity, and the checks that block.

An outage of a system is not bad data: after the retries the system's `source_reachable` check fails without
blocking, nothing lands for it, and the others go on. Belongs here: what Dagster must know. Does not belong here:
reading files (see `ingestion`).
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any, Final

import dagster as dg

from ingestion.connectors.access import Access
from ingestion.connectors.connector import Connector
from ingestion.contract import Column
from ingestion.databases.mapping import Database
from ingestion.errors import AccessRefusedError, LandingBusyError, SourceUnavailableError
from ingestion.lake import LANDING_LOG_COLUMNS, QUARANTINE_COLUMNS, connect_lake
from ingestion.mapping import System
from ingestion.settings import Settings
from ingestion.systems import SourceSystem
from orchestration.keys import LOG_TABLES, landing_key
from orchestration.landing_checks import (
    EntityLog,
    access_result,
    check_landing,
    complete_result,
    fields_result,
    landing_check_specs,
    reachable_result,
    read_this_run,
)

RETRIES: Final = 2
SECONDS_BETWEEN_RETRIES: Final = 5
MAX_DAYS_MARKED: Final = 14  # each day is an event per entity: years of them would take longer than landing
REPLAY_TAG: Final = "evermart/replay_quarantined"

LandingEvent = dg.MaterializeResult[Any] | dg.AssetCheckResult


def landing_days(systems: Sequence[SourceSystem], settings: Settings) -> dg.DailyPartitionsDefinition | None:
    """Return the days that can be backfilled, the same for all systems so that one run can cover them all.

    None when no system's files carry a date.
    """
    starts = [system.partitions.start for system in systems if system.partitions]
    if not starts:
        return None
    return dg.DailyPartitionsDefinition(
        start_date=min(starts).isoformat(), timezone=settings.retailer.time_zone, end_offset=1
    )


def build_landing_assets(settings: Settings, systems: Sequence[SourceSystem]) -> list[dg.AssetsDefinition]:
    """Return the landing assets of every system."""
    days = landing_days(systems, settings)
    return [_system_assets(settings, system, days if system.partitions else None) for system in systems]


def _system_assets(
    settings: Settings, system: SourceSystem, days: dg.DailyPartitionsDefinition | None
) -> dg.AssetsDefinition:
    @dg.multi_asset(
        name=f"land_{system.name}",
        specs=_specs(system),
        check_specs=landing_check_specs(system),
        partitions_def=days,
        backfill_policy=dg.BackfillPolicy.single_run() if days else None,
        pool=f"land_{system.name}",
    )
    def land_system(context: dg.AssetExecutionContext) -> Iterator[LandingEvent]:
        yield from _land(context, system, settings)

    return land_system


def _land(context: dg.AssetExecutionContext, system: SourceSystem, settings: Settings) -> Iterator[LandingEvent]:
    # Imported here since dlt takes a second, which the definitions need not pay.
    from ingestion.files import Days  # noqa: PLC0415
    from ingestion.land import land  # noqa: PLC0415

    outage: SourceUnavailableError | None = None
    load_ids: tuple[str, ...] = ()
    try:
        chosen = _chosen_days(context)
        days = Days(*chosen) if chosen else None
        replay = REPLAY_TAG in context.run.tags
        load_ids = land(system, settings, days, replay_quarantined=replay, tell=context.log.info).load_ids
    except (SourceUnavailableError, LandingBusyError) as error:
        if context.retry_number < RETRIES and not isinstance(error, AccessRefusedError):
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=SECONDS_BETWEEN_RETRIES) from error
        if isinstance(error, LandingBusyError):
            raise
        outage = error
        context.log.error(f"{system.name} cannot be reached; the night goes on without it: {error}")
    with closing(connect_lake(settings.lake_url)) as lake:
        landed = read_this_run(lake, system, load_ids)
        for entity, log in landed.items():
            _report_days(context, landing_key(system.name, entity), log)
            yield dg.MaterializeResult(landing_key(system.name, entity), metadata=log.metadata())
        yield from (dg.MaterializeResult(landing_key(system.name, table)) for table in LOG_TABLES)
        yield from check_landing(lake, settings, system)
        if isinstance(system, Connector | Database):
            yield fields_result(lake, system, load_ids)
            yield access_result(system, Access(problem=str(outage)) if outage else _access(system))
        if isinstance(system, System) and system.expected:
            yield complete_result(system, settings)
    yield reachable_result(system, outage)


def _access(system: Connector | Database) -> Access:
    from ingestion.connectors.check import check_connector  # noqa: PLC0415
    from ingestion.databases.check import check_database  # noqa: PLC0415

    return check_database(system) if isinstance(system, Database) else check_connector(system)


def _report_days(context: dg.AssetExecutionContext, key: dg.AssetKey, log: EntityLog) -> None:
    """Mark the days that a night's new files are of; a first load of years is left to its one materialisation.

    A backfill needs none of this: Dagster marks the days that were asked for.
    """
    if context.has_partition_key_range or context.has_partition_key or len(log.days) > MAX_DAYS_MARKED:
        return
    for day in log.days:
        context.log_event(dg.AssetMaterialization(key, partition=day, metadata={"marked_by": "new files of this day"}))


def _chosen_days(context: dg.AssetExecutionContext) -> tuple[dt.date, dt.date] | None:
    """Return the first and last day that the run was asked for; None in a night, which lands whatever is new."""
    if not (context.has_partition_key or context.has_partition_key_range):
        return None
    first, last = context.partition_key_range
    return dt.date.fromisoformat(first), dt.date.fromisoformat(last)


def _specs(system: SourceSystem) -> list[dg.AssetSpec]:
    logs = {"landing_log": LANDING_LOG_COLUMNS, "quarantine": QUARANTINE_COLUMNS}
    meanings = {
        "landing_log": "What was read: one row per file, or pass over a table, and entity, with its counts.",
        "quarantine": "Rows that break the contract, each with its reason and payload.",
    }
    entities = [
        _spec(system, name, system.contract(name).description, system.contract(name).columns)
        for name in system.entities
    ]
    return entities + [_spec(system, name, meanings[name], logs[name]) for name in LOG_TABLES]


def _spec(system: SourceSystem, table: str, description: str, columns: dict[str, Column]) -> dg.AssetSpec:
    schema = dg.TableSchema(
        [dg.TableColumn(name, type=column.type, description=column.meaning) for name, column in columns.items()]
    )
    return dg.AssetSpec(
        landing_key(system.name, table),
        description=description,
        group_name=f"land_{system.name}",
        kinds={"dlt", "parquet"},
        metadata={"dagster/column_schema": schema, "mapping": dg.MetadataValue.path(str(system.mapping_path))},
    )
