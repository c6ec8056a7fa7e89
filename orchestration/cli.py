"""The command `evermart`: what a person runs, and what the Makefile calls.

Imports of Dagster and dbt are inside of the commands: a wrong setting is told at once, and a query does not wait
for an orchestrator. Belongs here: arguments, exit codes. Does not belong here: the work.

Exit codes: 0 done; 1 the work failed, nothing was published; 2 a setting or mapping is wrong, nothing was started.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

import click

from ingestion.settings import Settings, SettingsError, load_settings

FAILED: Final = 1
WRONG_SETTINGS: Final = 2
NO_VARIABLES: Final = frozenset({"clean", "deps", "init", "--version", "--help", "-h"})
WORKSPACE: Final = Path(__file__).resolve().parent.parent / "workspace.yaml"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def main(context: click.Context) -> None:
    """Evermart: one night from the shops' systems to published marts."""
    try:
        settings = load_settings()
    except SettingsError as error:
        _stop(str(error), WRONG_SETTINGS)
    settings.apply_environment()
    context.obj = settings


@main.command()
@click.option("--replay", is_flag=True, help="Read the files again that have quarantined rows, with today's mapping.")
@click.pass_obj
def nightly(settings: Settings, replay: bool) -> None:
    """Land, stage, identify, build, audit and publish."""
    sys.exit(_run("nightly", settings, replay=replay))


@main.command()
@click.pass_obj
def build(settings: Settings) -> None:
    """Do what comes after landing, from what has already landed."""
    sys.exit(_run("build", settings))


@main.command()
@click.argument("first", type=click.DateTime(["%Y-%m-%d"]))
@click.argument("last", type=click.DateTime(["%Y-%m-%d"]))
@click.pass_obj
def backfill(settings: Settings, first: dt.datetime, last: dt.datetime) -> None:
    """Read the files of the days FIRST to LAST again, then build and publish once."""
    if last < first:
        _stop(f"LAST ({last.date()}) is before FIRST ({first.date()}).", WRONG_SETTINGS)
    sys.exit(_run("backfill", settings, days=(first.date(), last.date())))


@main.command()
@click.pass_obj
def check(settings: Settings) -> None:
    """Validate settings, mappings and files; land nothing."""
    from ingestion.check import check_systems

    _ensure_sample(settings)
    with _told_clearly():
        report = check_systems(settings)
    click.echo(report.text)
    sys.exit(0 if report.ok else FAILED)


@main.command()
@click.option("--port", default=3000, show_default=True, help="Port on this machine.")
@click.pass_obj
def ui(settings: Settings, port: int) -> None:
    """Start Dagster's webserver and daemon, for this machine only."""
    from orchestration.preparation import prepare

    with _told_clearly():
        prepare(settings)
    os.chdir(settings.root)
    command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port), "-w", str(WORKSPACE)]
    os.execv(command[0], command)


@main.command()
@click.argument("sql", required=False)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.pass_obj
def query(settings: Settings, sql: str | None, as_csv: bool) -> None:
    """Ask the published snapshot: one statement, or a prompt without SQL."""
    import duckdb
    from rich.console import Console

    from orchestration.query import NoSnapshotError, open_snapshot, print_rows, prompt

    console = Console()
    try:
        with open_snapshot(settings.published_path) as connection:
            if sql:
                print_rows(connection, sql, console, as_csv=as_csv)
            else:
                prompt(connection, console)
    except (NoSnapshotError, duckdb.Error) as error:
        _stop(str(error), FAILED)


@main.command()
@click.argument("names", required=False)
@click.option("--by", default="", help="What to group by, with commas between: order__channel,metric_time__month")
@click.option("--where", multiple=True, help="A condition: \"{{ Dimension('order__channel') }} = 'online'\"")
@click.option("--last", help="Only the days of a span that ends with the last business date: '12 months', '90 days'.")
@click.option("--order", default="", help="What to order by, - before a name for descending; else as grouped.")
@click.option("--limit", type=click.IntRange(min=1), help="Rows at most.")
@click.option("--dimensions", is_flag=True, help="Print what the metrics mean and can be grouped by.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option("--sql", "as_sql", is_flag=True, help="Print the SQL instead of running it.")
@click.pass_obj
def metrics(
    settings: Settings,
    names: str | None,
    by: str,
    where: tuple[str, ...],
    last: str | None,
    order: str,
    limit: int | None,
    dimensions: bool,
    as_csv: bool,
    as_sql: bool,
) -> None:
    """Ask for metrics by name, NAMES with commas between, from the published snapshot; without NAMES, list them."""
    import duckdb
    from rich.console import Console

    from orchestration.manifest import ManifestError
    from orchestration.metrics import MetricsError, Planner, Question, after
    from orchestration.query import NoSnapshotError, open_snapshot, print_rows

    console = Console()
    try:
        planner = Planner.load(settings)
        if not names or dimensions:
            return planner.print_catalogue(console, _listed(names))
        with open_snapshot(settings.published_path) as connection:
            since = after(connection, last) if last else None
            sql = planner.sql(Question(_listed(names), _listed(by), where, since, _listed(order), limit))
            return click.echo(sql) if as_sql else print_rows(connection, sql, console, as_csv=as_csv)
    except (ManifestError, MetricsError, NoSnapshotError, duckdb.Error) as error:
        _stop(str(error), FAILED)


@main.command()
@click.argument("a")
@click.argument("b")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def explain(settings: Settings, a: str, b: str, as_json: bool) -> None:
    """Say why two customer records, A and B, are or are not one person.

    Each is a customer_record_key, system:type:source_id, or a customer_id. What is printed is personal data.
    """
    from rich.console import Console

    from orchestration import explanation
    from orchestration.identity.explain import NotFoundError, by_model
    from orchestration.identity.explain import explain as explain_records

    try:
        with explanation.open_warehouse(settings.warehouse_path) as connection:
            found = explain_records(connection, a, b, by_model(settings.identity_model_path))
    except (NotFoundError, explanation.NoWarehouseError) as error:
        _stop(str(error), FAILED)
    if as_json:
        click.echo(explanation.explanation_json(found))
    else:
        explanation.print_explanation(found, Console(highlight=False))


@main.command("train-identity")
@click.option("--to", default="identity_model.json", show_default=True, help="Where to write the model.")
@click.pass_obj
def train_identity(settings: Settings, to: str) -> None:
    """Fit the identity model to the records in the warehouse. Run it rarely: every customer may change."""
    import duckdb

    from orchestration.identity.training import TooFewRecordsError, train

    path = settings.root / to
    if not settings.warehouse_path.is_file():
        _stop(f"There is no warehouse at {settings.warehouse_path}. Run `make nightly` first.", FAILED)
    try:
        with duckdb.connect(str(settings.warehouse_path)) as connection:
            report = train(connection, path, settings.as_of_date())
    except (TooFewRecordsError, duckdb.IOException) as error:
        _stop(str(error), FAILED)
    click.echo(report)
    click.echo(f'Written to {path}. To use it: [identity] model = "{to}" in {settings.config_file.name}')


@main.command()
@click.option("--limit", default=20, show_default=True, help="How many questions.")
@click.pass_obj
def review(settings: Settings, limit: int) -> None:
    """List the pairs of records that a person should look at, the most money at stake first. This is personal data."""
    from rich.console import Console

    from orchestration import explanation

    try:
        with explanation.open_warehouse(settings.warehouse_path) as connection:
            explanation.print_queue(connection, limit, Console(highlight=False))
    except explanation.NoWarehouseError as error:
        _stop(str(error), FAILED)


@main.command()
@click.argument("audience")
@click.option("--to", type=click.Path(path_type=Path), help="The folder; else data/exports.")
@click.pass_obj
def export(settings: Settings, audience: str, to: Path | None) -> None:
    """Write AUDIENCE as CSV with addresses, and record who is in it. What is written is personal data."""
    from orchestration.export import ExportError, export_audience

    try:
        done = export_audience(
            settings.warehouse_path, to or settings.data_path / "exports", audience, dt.datetime.now(dt.UTC)
        )
    except ExportError as error:
        _stop(str(error), FAILED)
    click.echo(f"{done.rows} people in {done.path}")
    if done.left_out:
        click.echo(f"{done.left_out} more are not in it: no address, no budget left, or exported before.")


@main.command()
@click.option("--to", help="Name of the release; the one before the current when left out.")
@click.option("--list", "only_list", is_flag=True, help="List the releases that are kept.")
@click.pass_obj
def rollback(settings: Settings, to: str | None, only_list: bool) -> None:
    """Point BI at an earlier snapshot."""
    from orchestration import publishing
    from orchestration.snapshot import PublishError

    published = settings.published_path
    if only_list:
        for name in publishing.release_names(published):
            click.echo(f"{'*' if name == publishing.current_name(published) else ' '} {name}")
        return
    try:
        release = publishing.rollback(published, to)
    except PublishError as error:
        _stop(str(error), FAILED)
    click.echo(f"BI now reads {release.name} (as of {release.as_of}). The next good night publishes a new one.")


@main.command()
@click.argument("programme", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.option("--html", "page", type=click.Path(path_type=Path), help="The page; else data/simulations/<folder>.html.")
@click.pass_obj
def simulate(settings: Settings, programme: Path, as_json: bool, page: Path | None) -> None:
    """Play the loyalty rules of the folder PROGRAMME over the warehouse's history; change nothing."""
    import json

    from rich.console import Console

    from orchestration.simulation.figures import compare
    from orchestration.simulation.page import render_page
    from orchestration.simulation.rules import SimulationError
    from orchestration.simulation.run import simulated
    from orchestration.simulation.table import print_comparison

    try:
        with simulated(settings, programme) as connection:
            comparison = compare(connection, settings.retailer.reporting_currency)
    except SimulationError as error:
        _stop(str(error), WRONG_SETTINGS)
    target = page or settings.data_path / "simulations" / f"{programme.resolve().name}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(render_page(comparison, f"Simulation: {programme.resolve().name}"), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(comparison.as_json() | {"page": str(target)}, indent=2))
    else:
        print_comparison(comparison, Console())
        click.echo(f"The page with charts: {target}")


@main.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def dbt(settings: Settings, arguments: tuple[str, ...]) -> None:
    """Run dbt on the private warehouse with the settings' paths and variables."""
    from orchestration.manifest import dbt_arguments, dbt_command

    settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
    given = list(arguments)
    if given and not NO_VARIABLES.intersection(given) and "--vars" not in given:
        given += dbt_arguments(settings)
    sys.exit(subprocess.run([*dbt_command(), *given], cwd=settings.root, check=False).returncode)


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
@click.pass_obj
def run(settings: Settings, command: tuple[str, ...]) -> None:
    """Run a program of this environment with the settings' paths, as linters of dbt need them."""
    program = Path(sys.executable).with_name(command[0])
    sys.exit(subprocess.run([str(program), *command[1:]], cwd=settings.root, check=False).returncode)


@main.command()
@click.pass_obj
def sample(settings: Settings) -> None:
    """Make the sample retailer's files."""
    from ingestion.sample import ensure_sample

    ensure_sample(settings)
    click.echo(str(settings.sample_path))


def _run(job: str, settings: Settings, *, days: tuple[dt.date, dt.date] | None = None, replay: bool = False) -> int:
    from ingestion.systems import load_sources
    from orchestration.step_server import start_step_server

    with _told_clearly():
        load_sources(settings)
    start_step_server()
    from orchestration.instance import NightIsRunningError, night_lock
    from orchestration.preparation import prepare
    from orchestration.report import Report

    report = Report(settings)
    try:
        with night_lock(settings):
            with _told_clearly():
                prepare(settings, report.tell)
            outcome = report.watch(job, days=days, replay=replay)
    except NightIsRunningError as error:
        _stop(str(error), FAILED)
    return 0 if outcome.success else FAILED


def _ensure_sample(settings: Settings) -> None:
    from ingestion.sample import ensure_sample

    if settings.uses_sample:
        ensure_sample(settings)


@contextmanager
def _told_clearly() -> Iterator[None]:
    """End the command with the message alone when a mapping or the dbt project is wrong."""
    from ingestion.errors import IngestionError
    from orchestration.manifest import ManifestError

    try:
        yield
    except (IngestionError, ManifestError) as error:
        _stop(str(error), WRONG_SETTINGS)


def _stop(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(code)


def _listed(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]
