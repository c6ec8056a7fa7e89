"""Running a programme in a scratch database that reads the private warehouse and never writes to it.

Belongs here: compiling the models, the scratch database, building. Does not belong here: what is reported (`figures`).
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb

from ingestion.settings import Settings, Storage
from orchestration.manifest import dbt_command
from orchestration.simulation.graph import TARGETS, Part, part_of
from orchestration.simulation.rules import SEEDS, SimulationError, check_rules, load_rules, rule_files

HISTORY: Final = "history"
"""Name under which the warehouse is attached, read-only."""


@contextmanager
def simulated(settings: Settings, folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a scratch database in which the programme has been played; the warehouse is attached as `history`.

    Raises:
        SimulationError: the rules are wrong, or there is no warehouse that can be read.
    """
    if not settings.warehouse_path.is_file():
        raise SimulationError(f"{settings.warehouse_path} does not exist; run `make nightly` first")
    with TemporaryDirectory(prefix="evermart-simulation-") as scratch:
        home = settings.model_copy(update={"storage": Storage(data=scratch, lake=settings.lake_url)})
        home.warehouse_path.parent.mkdir(parents=True)
        as_of = _as_of_date(settings)
        files = rule_files(folder, seed_names(settings))
        part = part_of(_compiled(settings, home, as_of))
        connection = duckdb.connect(str(home.warehouse_path))
        try:
            connection.execute("set TimeZone = 'UTC'; set default_null_order = 'nulls_first_on_asc_last_on_desc'")
            _attach(connection, settings)
            _link(connection, part, files)
            load_rules(connection, files, part.seeds)
            check_rules(connection, list(part.tests))
            for model in part.models:
                connection.execute(f"create schema if not exists {model['schema']}")
                connection.execute(
                    f"create or replace table {model['schema']}.{model['alias']} as {model['compiled_code']}"
                )
            yield connection
        finally:
            connection.close()


def seed_names(settings: Settings) -> list[str]:
    """Return the names of the seeds that make a programme."""
    return sorted(path.stem for path in (settings.dbt_project_path / "seeds").rglob(f"{SEEDS}*.csv"))


def _as_of_date(settings: Settings) -> dt.date:
    """Return the last business date of the warehouse: the simulation looks at what the night has built."""
    with duckdb.connect() as connection:
        _attach(connection, settings)
        try:
            ((as_of,),) = connection.execute(f"select max(as_of_date) from {HISTORY}.loyalty.loyalty_status").fetchall()
        except duckdb.CatalogException as error:
            raise SimulationError("The warehouse has no loyalty marts yet; run `make nightly` first") from error
    return as_of if as_of is not None else settings.as_of_date()


def _attach(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    try:
        connection.execute(f"attach '{settings.warehouse_path}' as {HISTORY} (read_only)")
    except duckdb.IOException as error:
        raise SimulationError(
            f"{settings.warehouse_path} cannot be read now; try again when the night has ended ({error})"
        ) from error


def _compiled(settings: Settings, home: Settings, as_of: dt.date) -> dict[str, Any]:
    """Return dbt's manifest with the SQL of every model that a simulation may need."""
    selection = [f"{seed}+,+{target}" for seed in seed_names(settings) for target in TARGETS]
    variables = json.dumps(settings.dbt_vars() | {"as_of_date": as_of.isoformat()})
    command = [*dbt_command(), "--quiet", "--log-format", "text", "compile", "--select", *selection]
    home.apply_environment()
    try:
        done = subprocess.run(
            [*command, "--vars", variables], cwd=settings.root, capture_output=True, text=True, check=False
        )
    finally:
        settings.apply_environment()
    if done.returncode != 0:
        raise SimulationError(f"dbt cannot compile the loyalty models:\n{(done.stdout + done.stderr).strip()}")
    manifest: dict[str, Any] = json.loads((home.dbt_target_path / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def _link(connection: duckdb.DuckDBPyConnection, part: Part, files: dict[str, Path]) -> None:
    """Let the models see the warehouse's tables under their own names."""
    kept = [seed for name, seed in part.seeds.items() if name not in files]
    for node in [*part.inputs, *kept]:
        relation = f'"{node["schema"]}"."{node.get("alias") or node["identifier"]}"'
        connection.execute(f'create schema if not exists "{node["schema"]}"')
        try:
            connection.execute(f"create or replace view {relation} as select * from {HISTORY}.{relation}")
        except duckdb.CatalogException as error:
            raise SimulationError(f"The warehouse has no {relation} yet; run `make nightly` first") from error
