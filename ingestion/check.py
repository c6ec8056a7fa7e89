"""The dry run behind `make check`: mappings and files are judged as a night would, connectors are asked; nothing lands.

Belongs here: the report for a person who is bringing a source. Does not belong here: rules of its own; the files pass
through the very validation that landing uses.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from ingestion.connectors.check import check_connector
from ingestion.connectors.connector import Connector
from ingestion.databases.check import check_database
from ingestion.databases.mapping import Database
from ingestion.errors import IngestionError
from ingestion.files.listing import SourceFile, list_files
from ingestion.files.missing import missing_files
from ingestion.files.result import Load, Outcome, Reading
from ingestion.files.source import read_files, working_folder
from ingestion.mapping import System, load_systems
from ingestion.settings import Settings
from ingestion.systems import load_connectors, load_databases, load_sources

SHOWN_ROWS = 5
SHOWN_FILES = 3
SHOWN_MISSING = 10
SHOWN_CELL = 60
DRY_RUN = Load("dry_run", dt.datetime.fromtimestamp(0, dt.UTC))


@dataclass(frozen=True)
class CheckReport:
    """What the check found: a text for people, and whether a night would go through."""

    text: str
    ok: bool


@dataclass(frozen=True)
class _BadRow:
    file: str
    row: int
    column: str | None
    value: str | None
    reason: str

    def __str__(self) -> str:
        value = self.value if self.value is None or len(self.value) <= SHOWN_CELL else self.value[:SHOWN_CELL] + "..."
        cell = f", {self.column} = {value!r}" if self.column else ""
        return f"{self.file}, row {self.row}{cell}: {self.reason}"


def check_systems(settings: Settings) -> CheckReport:
    """Check every configured system and return the report; nothing lands."""
    try:
        systems = load_systems(settings)
        connectors, databases = load_connectors(settings), load_databases(settings)
        load_sources(settings)
    except IngestionError as error:
        return CheckReport(f"MAPPING  {error}", ok=False)
    lines, ok = list[str](), True
    for connector in connectors:
        found, good = _check_connector(connector)
        lines += ["", *found]
        ok = ok and good
    for database in databases:
        found, good = _check_database(database)
        lines += ["", *found]
        ok = ok and good
    for system in systems:
        zone = f"zone {system.time_zone}"
        lines += ["", f"{system.name} ({system.kind}): {system.location}, {zone}", f"  mapping {system.mapping_path}"]
        for entity in system.entities:
            try:
                found, good = _check_entity(system, entity, settings)
            except IngestionError as error:
                found, good = [f"  FAILED   {entity}: {error}"], False
            lines += found
            ok = ok and good
        lines += _missing(system, settings)
    lines += ["", "Everything can land." if ok else "Correct what is marked, and check again. Nothing has landed."]
    return CheckReport("\n".join(lines).strip(), ok)


def _check_connector(connector: Connector) -> tuple[list[str], bool]:
    access = check_connector(connector)
    lines = [f"{connector.name} ({connector.kind}): {connector.location}"]
    if access.problem:
        return [*lines, f"  FAILED   {access.problem}"], False
    for table in access.tables:
        if table.problem:
            lines.append(f"  FAILED   {table.table}: {table.problem}")
        elif parent := connector.entities[table.table].parent:
            lines.append(f"  ok       {table.table}: read for each of the {parent} that changes")
        else:
            span = f", {table.oldest} to {table.newest}" if table.oldest else ""
            counted = f"{table.records:,} records" if table.records is not None else "more records than a check counts"
            lines.append(f"  ok       {table.table}: {counted}{span}")
        if table.note:
            lines.append(f"  note     {table.table}: {table.note}")
    lines.append(f"  a first load takes about {access.calls:,} calls, and one for each parent with children")
    return lines, access.ok


def _missing(system: System, settings: Settings) -> list[str]:
    """Return a line for each of the newest files that have not come; they hold nothing back."""
    if system.expected is None:
        return []
    try:
        paths = [(entity, file.path) for entity in system.expected.entities for file in list_files(system, entity)]
        missed = missing_files(system, settings, paths)
    except IngestionError:
        return []  # said already, where the entity is checked
    lines = [f"  missing  {one}" for one in missed[-SHOWN_MISSING:]]
    return [*lines, *_more(len(missed) - SHOWN_MISSING, "files are missing")]


def _check_database(database: Database) -> tuple[list[str], bool]:
    access = check_database(database)
    lines = [f"{database.name} ({database.kind}): {database.location}, zone {database.time_zone}"]
    lines += [f"  mapping {database.mapping_path}"]
    if access.problem:
        return [*lines, f"  FAILED   {access.problem}"], False
    for table in access.tables:
        span = f", days {table.oldest} to {table.newest}" if table.oldest else ""
        found = table.problem or f"{table.records:,} rows{span}"
        lines.append(f"  {'FAILED' if table.problem else 'ok':<8} {table.table}: {found}")
    return lines, access.ok


def _check_entity(system: System, entity: str, settings: Settings) -> tuple[list[str], bool]:
    files = list_files(system, entity)
    if not files:
        wanted = ", ".join(system.entities[entity].files)
        return [
            f"  NO FILE  {entity}: nothing in {system.location} matches {wanted}; correct `files` or `location`"
        ], False
    outcomes, bad = list[Outcome](), list[_BadRow]()
    work = working_folder(settings, system)
    try:
        for reading in read_files(system, entity, files, DRY_RUN, work, ()):
            outcomes += reading.outcomes
            bad += _bad_rows(reading, SHOWN_ROWS - len(bad))
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return _describe(entity, files, outcomes, bad, settings.night.max_quarantined_share)


def _bad_rows(reading: Reading, wanted: int) -> list[_BadRow]:
    if reading.quarantine is None or wanted <= 0:
        return []
    columns = "_source_file, _source_row, column_name, column_value, reason"
    sql = f"select {columns} from read_parquet(?) order by _source_file, _source_row limit {wanted}"
    return [_BadRow(*row) for row in duckdb.connect().execute(sql, [str(reading.quarantine)]).fetchall()]


def _describe(
    entity: str, files: list[SourceFile], outcomes: list[Outcome], bad: list[_BadRow], share: float
) -> tuple[list[str], bool]:
    received = sum(outcome.received for outcome in outcomes)
    quarantined = sum(outcome.quarantined for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    refused = [outcome for outcome in outcomes if outcome.refused]
    good = not refused and quarantined <= received * share
    state = "ok" if good and not quarantined else ("some bad" if good else "FAILED")
    counts = f"{received - quarantined:,} good rows, {quarantined:,} bad, {skipped:,} left out"
    lines = [f"  {state:<8} {entity}: {len(files):,} files ({_span(files)}), {counts}"]
    lines += [f"             refused {outcome.file.path}: {outcome.refused}" for outcome in refused[:SHOWN_FILES]]
    lines += _more(len(refused) - SHOWN_FILES, "refused files")
    lines += [f"             {row}" for row in bad]
    lines += _more(quarantined - len(bad), "bad rows")
    if quarantined > received * share:
        lines.append(f"             more than {share:.0%} of the rows are bad (night.max_quarantined_share)")
    return lines, good


def _more(count: int, what: str) -> Iterator[str]:
    if count > 0:
        yield f"             and {count:,} more {what}"


def _span(files: list[SourceFile]) -> str:
    dates = sorted(file.date for file in files if file.date)
    if dates:
        return f"days {dates[0]} to {dates[-1]}"
    changed = sorted(file.modified_at for file in files)
    return f"changed {changed[0]:%Y-%m-%d %H:%M} to {changed[-1]:%Y-%m-%d %H:%M} UTC"
