"""The marts that would be published, beside what dbt promises and what is published now.

Belongs here: the views that the suites read. Does not belong here: what is expected of them.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from expectations.thresholds import Published, load_thresholds
from expectations.workspace import Workspace
from ingestion.settings import Settings

SCHEMAS: Final = ("customer", "loyalty", "feedback", "growth", "audit")
SNAPSHOT_FILE: Final = "evermart.duckdb"
_PERSONAL_SOURCE: Final = "personal.int_customer_version__describe"
_TELLING: Final = {
    "email": "email is not null",
    "canonical_email": "canonical_email is not null",
    "phone": "phone is not null",
    "full_name": "full_name like '% %'",
    "street": "regexp_matches(street, '[0-9]') and length(street) > 5",
}
_NAMES: Final = ", ".join(f"'{schema}'" for schema in SCHEMAS)


class AuditError(Exception):
    """The audit could not run; the message says what is missing and what to do."""


@dataclass(frozen=True)
class State:
    """What a suite may ask.

    Attributes:
        thresholds: What is taken for normal.
        as_of: The date that the marts claim.
        has_previous: Whether a snapshot is published now.
        is_comparable: Whether its figures may be held against tonight's: it is of the same systems and not of a later
            date, so that neither a change from the sample retailer to one's own shop nor a look back is a loss.
    """

    thresholds: Published
    as_of: dt.date
    has_previous: bool
    is_comparable: bool


def prepare(workspace: Workspace, settings: Settings) -> State:
    """Show the published schemas of the warehouse in the workspace, read-only.

    Raises:
        AuditError: dbt has not built the warehouse or written its manifest, or what it knows of persons is not there.
    """
    manifest = settings.dbt_target_path / "manifest.json"
    for path in (settings.warehouse_path, manifest):
        if not path.is_file():
            raise AuditError(f"{path} does not exist; build the marts first")
    connection = workspace.connection
    snapshot = settings.published_path / "current" / SNAPSHOT_FILE
    connection.execute(f"attach '{settings.warehouse_path}' as warehouse (read_only)")
    if snapshot.is_file():
        connection.execute(f"attach '{snapshot.resolve()}' as previous (read_only)")
    else:
        connection.execute("attach ':memory:' as previous")
    for schema, table in _tables(connection, "warehouse"):
        connection.execute(f'create view {mart(schema, table)} as from warehouse.{schema}."{table}"')
    _add_columns(connection, json.loads(manifest.read_text(encoding="utf-8")))
    _add_row_counts(connection)
    _add_texts(connection)
    _add_personal_values(connection)
    as_of = settings.as_of_date()
    return State(load_thresholds().published, as_of, snapshot.is_file(), _is_comparable(workspace, as_of))


def mart(schema: str, table: str) -> str:
    """Return the name that a mart has in the workspace."""
    return f"{schema}__{table}"


def _is_comparable(workspace: Workspace, as_of: dt.date) -> bool:
    needed = {("audit", "source_freshness"), ("growth", "headline_kpi")}
    if not all(needed <= set(_tables(workspace.connection, database)) for database in ("previous", "warehouse")):
        return False
    ((lost, later),) = workspace.connection.execute(
        """
        select
            exists (
                select source_system from previous.audit.source_freshness
                except select source_system from warehouse.audit.source_freshness
            ),
            (select max(as_of_date) > ? from previous.growth.headline_kpi)""",
        [as_of],
    ).fetchall()
    return not lost and not later


def _tables(connection: duckdb.DuckDBPyConnection, database: str) -> list[tuple[str, str]]:
    return connection.execute(
        f"""
        select table_schema, table_name
        from information_schema.tables
        where table_catalog = ? and table_schema in ({_NAMES})
        order by all""",
        [database],
    ).fetchall()


def _add_columns(connection: duckdb.DuckDBPyConnection, manifest: dict[str, Any]) -> None:
    """Add `promised_columns`, `built_columns` and `previous_columns`: table_name, column_name, data_type."""
    for name, database in {"built_columns": "warehouse", "previous_columns": "previous"}.items():
        connection.execute(
            f"""
            create table {name} as
            select schema_name || '.' || table_name as table_name, column_name, data_type
            from duckdb_columns()
            where database_name = '{database}' and schema_name in ({_NAMES})"""
        )
    connection.execute("create table promised_columns (table_name text, column_name text, data_type text)")
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node.get("access") == "public" and node["schema"] in SCHEMAS:
            columns = ", ".join(f'"{name}" {column["data_type"]}' for name, column in node["columns"].items())
            connection.execute(f"create or replace temporary table promise ({columns})")
            connection.execute(
                """
                insert into promised_columns
                select ?, column_name, data_type from duckdb_columns() where table_name = 'promise'""",
                [f"{node['schema']}.{node['alias']}"],
            )


def _add_row_counts(connection: duckdb.DuckDBPyConnection) -> None:
    """Add `row_counts`: the rows of every mart, now and in the published snapshot (NULL when it is not there)."""
    before = set(_tables(connection, "previous"))
    counts = [
        f"select '{schema}.{table}' as table_name, (select count(*) from warehouse.{schema}.\"{table}\") as row_count, "
        + (f'(select count(*) from previous.{schema}."{table}")' if (schema, table) in before else "null::bigint")
        + " as previous_row_count"
        for schema, table in _tables(connection, "warehouse")
    ]
    nothing = "select null::text as table_name, 0::bigint as row_count, null::bigint as previous_row_count where false"
    connection.execute(f"create view row_counts as {' union all '.join([*counts, nothing])}")


def _add_texts(connection: duckdb.DuckDBPyConnection) -> None:
    """Add `texts`: every text of every mart, as table_name, column_name, value; a view, since it is the whole data."""
    columns = connection.execute(
        "select table_name, column_name from built_columns where data_type = 'VARCHAR' order by all"
    ).fetchall()
    texts = [
        f"select '{table}' as table_name, '{column}' as column_name, \"{column}\" as value from warehouse.{table}"
        for table, column in columns
    ]
    nothing = "select null::text as table_name, null::text as column_name, null::text as value where false"
    connection.execute(f"create view texts as {' union all '.join([*texts, nothing])}")


def _add_personal_values(connection: duckdb.DuckDBPyConnection) -> None:
    """Add `personal_values`: attribute and personal_value (lower case) of everything that any record says of a person.

    One word alone names nobody, nor does a street without a number: both are words of shops and products, too.
    """
    schema, table = _PERSONAL_SOURCE.split(".")
    ((found,),) = connection.execute(
        """
        select count(*) from duckdb_tables()
        where database_name = 'warehouse' and schema_name = ? and table_name = ?""",
        [schema, table],
    ).fetchall()
    if not found:
        raise AuditError(f"{_PERSONAL_SOURCE} does not exist; build the marts first, so that leaks can be found")
    values = [
        f"select '{attribute}' as attribute, lower({attribute}) as personal_value from warehouse.{_PERSONAL_SOURCE} "
        f"where {condition}"
        for attribute, condition in _TELLING.items()
    ]
    connection.execute(f"create view personal_values as {' union '.join(values)}")
