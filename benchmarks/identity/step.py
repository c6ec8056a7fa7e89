"""One step of a measurement, as a program of its own: `python -m benchmarks.identity.step <step> <options as JSON>`.

Belongs here: calling what the night calls. Does not belong here: measuring what it costs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

from ingestion.settings import Settings, load_settings

# What a step imports is a part of its cost, so every step imports only what it needs.
# ruff: noqa: PLC0415

# The models that make of records what the identity step compares; the records themselves are given.
MODELS: Final = ("path:models/intermediate/customer_record", "identity_*,resource_type:seed")
HELD_BACK: Final = 100
GIVEN: Final = (
    "int_customer_record__unify",
    "int_customer_version__*",
    "int_customer_reference__*",
    "int_customer_link__*",
)


def standardise(settings: Settings, _options: dict[str, Any]) -> None:
    """Build the models that the identity step reads."""
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "build", "--select", *MODELS,
               "--exclude", *GIVEN, "--resource-type", "seed", "--resource-type", "model"]  # fmt: skip
    subprocess.run([*command, "--vars", json.dumps(settings.dbt_vars())], cwd=settings.root, check=True)


def people(settings: Settings, options: dict[str, Any]) -> None:
    """Find the people, and write the cluster of every record to the table `cluster_of_record`."""
    import duckdb

    from orchestration.identity.model_file import SHIPPED, read_model
    from orchestration.identity.people import find_people

    model = None if options["fit"] else read_model(Path(options.get("model") or SHIPPED))
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("set threads = 2")
        connection.execute(f"set memory_limit = '{options['memory_limit']}'")
        found = find_people(connection, model, vetoes=options["vetoes"] and frozenset(options["vetoes"]))
        connection.register("found", found.clusters)
        connection.execute("create or replace table cluster_of_record as select * from found")
        connection.unregister("found")
        connection.execute(
            "create or replace table veto_in_force as select unnest($1::varchar[]) as veto", [sorted(found.vetoes)]
        )


def hold_back(settings: Settings, options: dict[str, Any]) -> None:
    """Find the people without one record in HELD_BACK, and put it back: to the next step these records are new."""
    import duckdb

    table = "personal.int_customer_record__compare"
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        held_back = f"hash(customer_record_key) % {HELD_BACK} = 0"
        connection.execute(f"create table held_back as select * from {table} where {held_back}")
        connection.execute(f"delete from {table} where {held_back}")
    people(settings, options)
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(f"insert into {table} select * from held_back")
        connection.execute("drop table held_back")


STEPS: Final = {"standardise": standardise, "people": people, "hold_back": hold_back}

if __name__ == "__main__":
    _settings = load_settings()
    _settings.apply_environment()
    STEPS[sys.argv[1]](_settings, json.loads(sys.argv[2]))
