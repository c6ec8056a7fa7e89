"""One step of a measurement, as a program of its own: `python -m benchmarks.identity.step <step> <options as JSON>`.

Belongs here: calling what the night calls. Does not belong here: measuring what it costs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ingestion.settings import Settings, load_settings

if TYPE_CHECKING:
    import duckdb

    from orchestration.identity.decisions import Decision
    from orchestration.identity.people import People, Score

# What a step imports is a part of its cost, so every step imports only what it needs.
# ruff: noqa: PLC0415

# The models that make of records what the identity step compares; the records themselves are given.
MODELS: Final = ("path:models/intermediate/customer_record", "identity_*,resource_type:seed")
# What the golden record reads and a file of records has not: versions and orders.
GOLDEN_INPUT: Final = """
create or replace table personal.int_customer_version__unify as
select
    customer_record_key as customer_version_key, customer_record_key, true as is_newest, source_system, record_type,
    created_at as stated_at, created_at::date as valid_from, null::date as valid_to,
    email, phone, first_name, last_name, full_name, street, house_number, postcode, city, country_code, language_code,
    null::boolean as is_email_verified, null::boolean as is_phone_verified, null::boolean as is_identity_checked
from personal.int_customer_record__unify;
create table if not exists personal.stg_eshop__orders (
    source_system varchar, customer_id varchar, order_id varchar, guest_email varchar, guest_phone varchar,
    guest_first_name varchar, guest_last_name varchar, ordered_at timestamp, deleted_at timestamp
);
create table if not exists staging.stg_eshop__shipments (
    source_system varchar, order_id varchar, delivered_at timestamp
);
"""
NO_DECISIONS: Final = """
create table if not exists personal.int_customer_link__decide (
    decision varchar, record_key_a varchar, record_key_b varchar, row_text varchar
)
"""
GOLDEN_MODELS: Final = (
    "stg_identity__customer_record_map",
    "int_customer_version__describe",
    "int_customer_version__digest",
    "int_customer_golden__gather",
    "int_customer_golden__prove",
    "int_customer_golden__digest",
    "int_customer_golden__elect",
    "int_customer_golden__unpivot",
    "customer_golden_attribute",
)
HELD_BACK: Final = 100
GIVEN: Final = (
    "int_customer_record__unify",
    "int_customer_version__*",
    "int_customer_reference__*",
    "int_customer_link__*",
)


def standardise(settings: Settings, _options: dict[str, Any]) -> None:
    """Build the models that the identity step reads."""
    _build(settings, MODELS, GIVEN)


def _build(settings: Settings, models: Sequence[str], given: Sequence[str]) -> None:
    command = [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "--quiet", "build", "--select", *models]
    command += ["--exclude", *given] if given else []
    command += ["--resource-type", "seed", "--resource-type", "model", "--vars", json.dumps(settings.dbt_vars())]
    subprocess.run(command, cwd=settings.root, check=True)


def golden(settings: Settings, _options: dict[str, Any]) -> None:
    """Build the golden records of the people that were found, of one version per record and without any orders."""
    import duckdb

    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(GOLDEN_INPUT)
    _build(settings, GOLDEN_MODELS, ())


def people(settings: Settings, options: dict[str, Any]) -> None:
    """Do what the night's identity step does: find the people, give them their ids, keep the account."""
    from orchestration.identity.scoring import score_pairs

    _resolve(settings, options, score_pairs)


def told(settings: Settings, options: dict[str, Any]) -> None:
    """Do it by weights that are counted from the truth."""
    from functools import partial

    from benchmarks.identity.told import score_by_truth

    records = f"{settings.warehouse_path.stem}.personal.int_customer_record__unify"
    _resolve(settings, options | {"fit": True}, partial(score_by_truth, records))


def _resolve(settings: Settings, options: dict[str, Any], score: Score) -> None:
    import duckdb

    from orchestration.identity.model_file import SHIPPED, read_model
    from orchestration.identity.people import find_people
    from orchestration.identity.record_history import Published
    from orchestration.identity.resolve import resolve_customers

    model = None if options["fit"] else read_model(Path(options.get("model") or SHIPPED))
    forbidden = options["vetoes"] and frozenset(options["vetoes"])
    in_force: set[str] = set()

    def find(connection: duckdb.DuckDBPyConnection, decisions: Sequence[Decision]) -> People:
        found = find_people(connection, model, decisions, forbidden, score)
        in_force.update(found.vetoes)
        return found

    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute("set threads = 2")
        connection.execute(f"set memory_limit = '{options['memory_limit']}'")
        connection.execute(NO_DECISIONS)
        runs = connection.execute("select run_number, logged_at from identity.identity_run").fetchall()
        resolve_customers(connection, settings.as_of_date(), published=Published(frozenset(runs)), find=find)
        connection.execute(
            "create or replace table veto_in_force as select unnest($1::varchar[]) as veto", [sorted(in_force)]
        )


def hold_back(settings: Settings, options: dict[str, Any]) -> None:
    """Do all of it without one record in HELD_BACK, and put it back: to the steps that follow these records are new."""
    import duckdb

    table = "personal.int_customer_record__unify"
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        held_back = f"hash(customer_record_key) % {HELD_BACK} = 0"
        connection.execute(f"create table held_back as select * from {table} where {held_back}")
        connection.execute(f"delete from {table} where {held_back}")
    for step in options["steps"]:
        STEPS[step](settings, options)
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        connection.execute(f"insert into {table} select * from held_back")
        connection.execute("drop table held_back")


STEPS: Final = {
    "standardise": standardise,
    "people": people,
    "told": told,
    "hold_back": hold_back,
    "golden": golden,
}

if __name__ == "__main__":
    _settings = load_settings()
    _settings.apply_environment()
    STEPS[sys.argv[1]](_settings, json.loads(sys.argv[2]))
