"""The standardising models on small tables, without dbt: the project's own SQL and seeds in a DuckDB in memory.

Belongs here: rendering and running models. Does not belong here: any assertion, and what dbt does besides (contracts).
"""

from __future__ import annotations

import ast
import csv
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import yaml
from jinja2 import Environment

PROJECT: Final = Path(__file__).resolve().parents[2] / "dbt_project"
MODELS: Final = PROJECT / "models" / "intermediate" / "customer_record"
SEEDS: Final = PROJECT / "seeds" / "rules"
VARIABLES: Final = {
    "as_of_date": "2026-10-31",
    "time_zone": "UTC",
    "reporting_currency": "EUR",
    "rules_digest": "as tested",
}
RECORD: Final = [
    "customer_record_key",
    "source_system",
    "record_type",
    "source_id",
    "email",
    "phone",
    "first_name",
    "last_name",
    "full_name",
    "birth_date_text",
    "gender",
    "loyalty_card_number",
    "card_status",
    "street",
    "house_number",
    "postcode",
    "city",
    "country_code",
    "language_code",
    "birth_date",
    "birth_year",
    "is_contact_from_invite",
    "is_deleted",
    "created_at",
]
RECORD_TYPES: Final = {
    "birth_date": "date",
    "birth_year": "bigint",
    "is_contact_from_invite": "boolean",
    "is_deleted": "boolean",
    "created_at": "timestamp",
}
REFERENCE: Final = ["customer_record_key", "referenced_record_key", "country_code"]
STORE: Final = ["source_system", "store_id", "email", "phone", "street", "postcode", "city", "country_code"]
TYPES: Final = {"string": "varchar"}
BEFORE: Final = {"int_customer_name__standardise": ("int_customer_name__part", "int_customer_name__order")}
_NO_FORMER_VERSIONS: Final = """
    select '' as customer_version_key, '' as email, '' as phone, '' as country_code, true as is_newest
    where false"""


class _Adapter:
    """Stands for dbt's adapter: the macros of the default engine."""

    def __init__(self) -> None:
        self.macros: Any = None

    def dispatch(self, name: str, package: str) -> Callable[..., str]:
        macro: Callable[..., str] = getattr(self.macros, f"default__{name}")
        return macro


@cache
def _environment() -> tuple[Environment, str]:
    adapter = _Adapter()
    environment = Environment(autoescape=False, extensions=["jinja2.ext.do"])
    environment.globals |= {
        "adapter": adapter,
        "return": lambda value: value,
        "config": lambda **_: "",
        "is_incremental": lambda: False,
        "ref": lambda name: name,
        "target": {"name": "warehouse", "type": "duckdb"},
        "var": VARIABLES.__getitem__,
    }
    files = [
        path for room in ("engine", "identity", "shared") for path in sorted((PROJECT / "macros" / room).glob("*"))
    ]
    macros = "".join(path.read_text(encoding="utf-8") for path in files)
    adapter.macros = environment.from_string(macros).module
    return environment, macros


def render(text: str, **context: Any) -> str:
    """Return the SQL of a text of dbt SQL; `context` is given to it in place of what a first build finds."""
    environment, macros = _environment()
    if "= golden_groups()" in text or "in golden_groups()" in text:
        # Here a macro gives text, also where dbt's `return` gives a dictionary.
        text = text.replace("golden_groups()", repr(ast.literal_eval(render("{{ golden_groups() }}"))))
    return environment.from_string(macros + text).render(context).strip()


@cache
def render_model(name: str) -> str:
    """Return the SQL of one of the models."""
    return render((MODELS / f"{name}.sql").read_text(encoding="utf-8"))


def open_warehouse() -> duckdb.DuckDBPyConnection:
    """Return a DuckDB with every seed of identity, no record and no store."""
    connection = duckdb.connect()
    document = yaml.safe_load((SEEDS / "_identity__seeds.yml").read_text(encoding="utf-8"))
    for seed in document["seeds"]:
        _load_seed(connection, seed["name"], seed["config"]["column_types"])
    put(connection, "int_customer_record__unify", RECORD, [])
    put(connection, "int_customer_reference__resolve", REFERENCE, [])
    put(connection, "stg_pos__stores", STORE, [])
    connection.execute(f"create table int_customer_version__unify as {_NO_FORMER_VERSIONS}")
    connection.execute(f"create table int_given_name__relate as {render_model('int_given_name__relate')}")
    return connection


def _load_seed(connection: duckdb.DuckDBPyConnection, name: str, types: dict[str, str]) -> None:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    put(connection, "loaded", list(types), rows)
    casts = ", ".join(
        f"cast(nullif({column}, '') as {TYPES.get(kind, kind)}) as {column}" for column, kind in types.items()
    )
    connection.execute(f"create table {name} as select {casts} from loaded")


def put(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], rows: Sequence[dict[str, Any]]
) -> None:
    """Make or replace a table of text columns, or of those of RECORD_TYPES; what a row lacks is NULL."""
    given = pa.table({column: pa.array([row.get(column) for row in rows], pa.string()) for column in columns})
    connection.register("given", given)
    typed = ", ".join(f"{name}::{RECORD_TYPES.get(name, 'varchar')} as {name}" for name in columns)
    connection.execute(f"create or replace table {table} as select {typed} from given")
    connection.unregister("given")


def standardise(
    connection: duckdb.DuckDBPyConnection, model: str, records: Sequence[dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return what a model says of the records, by their key (given, or their position as text)."""
    keyed = [{"customer_record_key": str(position), **record} for position, record in enumerate(records)]
    put(connection, "int_customer_record__unify", RECORD, keyed)
    for before in ("int_customer_record__digest", *BEFORE.get(model, ())):
        connection.execute(f"create or replace table {before} as {render_model(before)}")
    table = connection.sql(render_model(model)).to_arrow_table()
    return {row["customer_record_key"]: row for row in table.to_pylist()}
