"""The landed state of one system as small tables: the newest version of every record, and its days.

Personal columns are left out when the tables are made, so no audit can show them.

Belongs here: the tables that the suites read. Does not belong here: what is expected of them, and staging's own
(tested) rules, of which this is the shape and not the source.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from expectations.thresholds import Event, Landed, load_thresholds
from expectations.workspace import Workspace
from ingestion.contract import Contract, Entity, Kind, load_contract
from ingestion.lake import create_lake_views
from ingestion.settings import Settings

_PLACE: Final = ("_source_file", "_source_row", "_file_date", "_file_modified_at")


@dataclass(frozen=True)
class State:
    """What a suite may ask: the contract, the thresholds, and the dates of this audit."""

    system: str
    kind: Kind
    contract: Contract
    thresholds: Landed
    as_of: dt.date
    latest: dt.datetime
    landed: frozenset[str]

    def subject(self, entity: str) -> str:
        """Return the name that the entity has in the lake."""
        return f"lake_{self.kind}.{entity}"

    @property
    def watched(self) -> dict[str, Event]:
        """The landed entities whose events speak for the system; all that it could have when it has landed nothing."""
        events = {name: self.thresholds.entities.get(f"{self.kind}.{name}") for name in self.contract.entities}
        return {name: event for name, event in events.items() if event and (name in self.landed or not self.landed)}


def prepare(workspace: Workspace, settings: Settings, system: str, kind: Kind) -> State:
    """Fill the workspace with the landed state of `system`.

    Every entity of the kind has a table; one that nothing has landed for is empty.
    """
    connection = workspace.connection
    create_lake_views(connection, settings.lake_url)
    contract = load_contract(kind)
    thresholds = load_thresholds().landed
    landed = set()
    for name, entity in contract.entities.items():
        connection.execute(f"create table {name} as {newest_versions(kind, name, entity)}", [system])
        if connection.execute(f"select 1 from {name} limit 1").fetchall():
            landed.add(name)
    known = connection.execute(
        "select max(_known_at) from lake.landing_log where source_system = ?", [system]
    ).fetchall()
    end_of_day = dt.datetime.combine(settings.as_of_date(), dt.time.max)
    state = State(
        system=system,
        kind=kind,
        contract=contract,
        thresholds=thresholds,
        as_of=settings.as_of_date(),
        latest=max(end_of_day, known[0][0] or end_of_day) + dt.timedelta(days=thresholds.time.tolerance_days),
        landed=frozenset(landed),
    )
    for name, watched in state.watched.items():
        _add_days(workspace, state, name, watched.event, settings.retailer.time_zone)
        _add_conflicts(workspace, state, name)
    return state


def newest_versions(kind: Kind, name: str, entity: Entity) -> str:
    """Return SQL for the newest version of each record of one system, without personal columns.

    Children follow the newest version of their parent. The one parameter is the system's name.
    """
    columns = [column for column, spec in entity.columns.items() if not spec.pii]
    shown = ", ".join([*columns, *_PLACE])
    clock = f"{entity.clock} desc nulls last, " if entity.clock else ""
    version = f"{clock}_file_date desc nulls last, _file_modified_at desc, _source_file desc, _source_row desc"
    rows = f"select * from lake_{kind}.{name} where source_system = ?"
    if entity.parent and entity.clock:
        parent = ", ".join(entity.parent.columns)
        rows = f"""
            select * from ({rows})
            qualify rank() over (partition by {parent} order by {entity.clock} desc nulls last) = 1"""
    return f"""
        select {shown} from ({rows})
        qualify row_number() over (partition by {", ".join(entity.key)} order by {version}) = 1"""


def _add_days(workspace: Workspace, state: State, name: str, event: str, zone: str) -> None:
    """Add `<entity>_by_day`: rows of each judged business day beside the median of the same weekdays before it."""
    volume = state.thresholds.volume
    workspace.connection.execute(
        f"""
        create table {name}_by_day as
        with counted as (
            select
                cast({event} at time zone 'UTC' at time zone '{zone}' as date) as business_date,
                count(*) as row_count
            from {name}
            group by all
        ),
        judged as (
            select cast(unnest(generate_series(max(business_date) - {volume.judged_days - 1}, max(business_date),
                interval 1 day)) as date) as business_date
            from counted
            where business_date <= date '{state.as_of}'
        )
        select
            judged.business_date,
            coalesce(any_value(today.row_count), 0) as row_count,
            median(history.row_count) as expected_count,
            count(history.row_count) as history_weeks
        from judged
        left join counted as today on judged.business_date = today.business_date
        left join counted as history
            on history.business_date < judged.business_date
            and history.business_date >= judged.business_date - {7 * volume.history_weeks}
            and dayofweek(history.business_date) = dayofweek(judged.business_date)
        group by judged.business_date
        """
    )


def _add_conflicts(workspace: Workspace, state: State, name: str) -> None:
    """Add `<entity>_conflicts`: versions of which one file says two things; `row_count` is of all that landed."""
    entity = state.contract.entities[name]
    said = ", ".join(column for column, spec in entity.columns.items() if spec.type == "decimal" or spec.values)
    keys = ", ".join([*entity.key, *([entity.clock] if entity.clock else []), "_source_file", "_file_modified_at"])
    workspace.connection.execute(
        f"""
        create table {name}_conflicts as
        select
            {keys},
            count(*) as copies,
            (select count(*) from lake_{state.kind}.{name} where source_system = $1) as row_count
        from lake_{state.kind}.{name}
        where source_system = $1
        group by {keys}
        having count(*) > 1 and count(distinct {f"({said})" if said else "1"}) > 1
        """,
        [state.system],
    )
