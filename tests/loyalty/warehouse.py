"""A tiny warehouse that runs the loyalty models' own SQL, as dbt compiles it, over given worlds.

Belongs here: compiling, running, reading back. Does not belong here: the rows of a world (`tables.py`), and what the
numbers should be (`reference/`).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingestion.settings import Storage, load_settings
from tests.loyalty.history import World
from tests.loyalty.tables import COLUMNS, rows_of
from tests.parsed import run_dbt

AS_OF = "2199-09-09"
"""Compiled in place of the night's date, so that one compilation serves every date."""
ZONE = "Pacific/Niue"
"""The same for the time zone."""
RULE_TESTS = (
    "programme_versions_are_sound",
    "programme_scopes_leave_no_gap_and_no_overlap",
    "earn_rules_leave_no_gap_and_no_overlap",
    "tiers_rise_step_by_step",
)
"""The project's own tests of rules, which name the row and the remedy."""
SELECTION = ("path:models/intermediate/loyalty", "path:models/marts/loyalty", *RULE_TESTS)


@dataclass(frozen=True)
class Model:
    """One compiled model: where it goes and what it selects."""

    name: str
    relation: str
    sql: str
    is_journal: bool = False

    def query(self, world: World) -> str:
        """Return the SQL for the night and the time zone of a world."""
        return self.sql.replace(AS_OF, world.as_of.isoformat()).replace(ZONE, world.zone.key)


@dataclass(frozen=True)
class Compiled:
    """The loyalty models in the order in which they build, and the relations that they read."""

    models: tuple[Model, ...]
    rule_tests: tuple[Model, ...]
    inputs: dict[str, str]
    schemas: frozenset[str]

    @classmethod
    def from_manifest(cls, path: Path) -> Compiled:
        """Read what `dbt compile` left in the manifest."""
        nodes: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["nodes"]
        ours = {
            key: node
            for key, node in nodes.items()
            if node["resource_type"] == "model"
            and "/loyalty/" in node["original_file_path"]
            and node["name"] not in COLUMNS
        }
        names = {name for name in COLUMNS if name in {node["name"] for node in nodes.values()}}
        inputs = {node["name"]: _relation(node) for node in nodes.values() if node["name"] in names}
        inputs |= {name: f"identity.{name}" for name in COLUMNS if name not in inputs}
        models = [
            Model(
                node["name"],
                _relation(node),
                node["compiled_code"],
                is_journal=node["config"]["materialized"] == "incremental",
            )
            for node in (ours[key] for key in _in_build_order(ours))
        ]
        tests = [
            Model(node["name"], "", node["compiled_code"]) for node in nodes.values() if node["name"] in RULE_TESTS
        ]
        schemas = {relation.split(".")[0] for relation in [*inputs.values(), *(model.relation for model in models)]}
        return cls(tuple(models), tuple(tests), inputs, frozenset(schemas))


def compile_models(folder: Path, journals: Iterable[str] = (), shared: Path | None = None) -> Compiled:
    """Compile into a folder of its own: nothing has to have landed, and no warehouse is touched.

    Models named as journals (relations) exist already, so that they are compiled to be appended to. The project is
    parsed in the shared folder, if there is one.
    """
    settings = load_settings().model_copy(update={"storage": Storage(data=str(folder))})
    settings.warehouse_path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(settings.warehouse_path)) as connection:
        for journal in journals:
            connection.execute(
                f"create schema if not exists {journal.split('.')[0]}; create table {journal} (id integer)"
            )
    variables = settings.dbt_vars() | {"as_of_date": AS_OF, "time_zone": ZONE, "reporting_currency": "EUR"}
    result = run_dbt(["--quiet", "compile", "--select", *SELECTION], settings, variables, shared)
    if not result.success:
        raise RuntimeError(f"dbt compile failed: {result.exception or result.result}")
    return Compiled.from_manifest(settings.dbt_target_path / "manifest.json")


def _relation(node: dict[str, Any]) -> str:
    return f"{node['schema']}.{node['alias']}"


def _in_build_order(nodes: dict[str, dict[str, Any]]) -> list[str]:
    ordered: list[str] = []

    def visit(key: str) -> None:
        if key in nodes and key not in ordered:
            for parent in nodes[key]["depends_on"]["nodes"]:
                visit(parent)
            ordered.append(key)

    for key in sorted(nodes):
        visit(key)
    return ordered


class Warehouse:
    """An in-memory warehouse with one world at a time."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.connection = duckdb.connect()
        self.connection.execute("set TimeZone = 'UTC'; set threads = 1")
        self.connection.execute("set default_null_order = 'nulls_first_on_asc_last_on_desc'")
        self.connection.execute("attach ':memory:' as evermart; use evermart")
        for schema in compiled.schemas:
            self.connection.execute(f"create schema if not exists {schema}")
        for name, columns in COLUMNS.items():
            listed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
            self.connection.execute(f"create table {compiled.inputs[name]} ({listed})")

    def broken_rules(self, world: World) -> list[str]:
        """Load a world and return what the project's own tests find wrong with its rules, a sentence for each row."""
        self.load(world)
        found = []
        for test in self.compiled.rule_tests:
            rows = self.connection.execute(test.query(world))
            columns = [column[0] for column in rows.description]
            for row in rows.fetchall():
                *place, remedy = zip(columns, row, strict=True)
                told = ", ".join(f"{column} = {value}" for column, value in place if value is not None)
                found.append(f"{told}: {remedy[1]}")
        return found

    def run(self, world: World) -> None:
        """Replace what the models read by a world, and build every model."""
        self.load(world)
        for model in self.compiled.models:
            try:
                self.connection.execute(f"create or replace table {model.relation} as {model.query(world)}")
            except duckdb.Error as error:
                error.add_note(f"while building {model.name}")
                raise

    def load(self, world: World) -> None:
        """Replace what the models read by a world."""
        for name, rows in rows_of(world).items():
            relation = self.compiled.inputs[name]
            self.connection.execute(f"delete from {relation}")
            if rows:
                self._insert(relation, COLUMNS[name], rows)

    def _insert(self, relation: str, columns: dict[str, str], rows: list[dict[str, Any]]) -> None:
        texts = {column: [_text(row.get(column)) for row in rows] for column in columns}
        self.connection.register(
            "loaded", pa.table({name: pa.array(values, pa.string()) for name, values in texts.items()})
        )
        casts = ", ".join(f"cast({column} as {kind})" for column, kind in columns.items())
        self.connection.execute(f"insert into {relation} select {casts} from loaded")
        self.connection.unregister("loaded")

    def run_nights(self, worlds: Sequence[World], appending: Compiled) -> None:
        """Build night after night, the journals of each upon those of the nights before."""
        self.run(worlds[0])
        for world in worlds[1:]:
            self.load(world)
            for model in appending.models:
                if model.is_journal:
                    self.connection.execute(f"insert into {model.relation} by name {model.query(world)}")
                else:
                    self.connection.execute(f"create or replace table {model.relation} as {model.query(world)}")

    def rows(self, model: str, columns: str) -> list[tuple[Any, ...]]:
        """Return columns of a model."""
        relation = next(item.relation for item in self.compiled.models if item.name == model)
        return self.connection.execute(f"select {columns} from {relation}").fetchall()


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return value.isoformat() if isinstance(value, dt.date) else str(value)
