"""One snapshot file: what is copied from the warehouse into it, and the proof that it is the same.

Belongs here: DuckDB and the digest of a table. Does not belong here: release folders, links, Dagster.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from ingestion.contract import KINDS, load_contract
from ingestion.lake import LANDING_LOG_COLUMNS, QUARANTINE_COLUMNS

PUBLISHED_SCHEMAS: Final = ("customer", "loyalty", "feedback", "growth", "audit")
STORAGE_VERSION: Final = "v1.2.0"  # so that BI tools with an older DuckDB read the file


class PublishError(Exception):
    """The snapshot may not be published; the message says why and what to do."""


@dataclass(frozen=True)
class TableDigest:
    """What a table holds: its number of rows, and a digest that does not depend on their order."""

    rows: int
    digest: str


def table_digests(
    connection: duckdb.DuckDBPyConnection, schemas: Collection[str] = PUBLISHED_SCHEMAS, database: str | None = None
) -> dict[str, TableDigest]:
    """Return the digest of every table and view of the schemas, by `schema.table`.

    The digest is the md5 of the column names, their types, and the sum of the md5 of every row's text: equal for
    the same rows in any order, different for a duplicate.

    Args:
        connection: An open connection.
        schemas: Schemas to look at.
        database: An attached database; the connection's own when left out.
    """
    digests = {}
    for table, columns in _columns(connection, schemas, database).items():
        names = sorted(columns)
        fields = ", ".join(f"""coalesce(cast("{name}" as varchar), chr(30))""" for name in names)
        signature = ", ".join(f"{name} {columns[name][0]}" for name in names).replace("'", "''")
        ((rows, digest),) = connection.execute(
            f"""select count(*), md5('{signature}' || coalesce(sum(md5_number_lower(concat_ws(chr(31), {fields}))), 0))
            from {_qualified(table, database)}"""
        ).fetchall()
        digests[table] = TableDigest(rows, digest)
    return digests


def write_snapshot(warehouse: Path, snapshot: Path) -> None:
    """Copy the published schemas, with every comment, from the warehouse into a new DuckDB file."""
    with _attached(warehouse, snapshot, "") as connection:
        tables = _columns(connection, PUBLISHED_SCHEMAS, "warehouse")
        comments = _table_comments(connection, "warehouse")
        for schema in sorted({table.split(".")[0] for table in tables}):
            connection.execute(f"create schema snapshot.{schema}")
        for table, columns in tables.items():
            target = _qualified(table, "snapshot")
            connection.execute(f"create table {target} as from {_qualified(table, 'warehouse')}")
            if comment := comments.get(table):
                connection.execute(f"comment on table {target} is {_literal(comment)}")
            for name, (_, column_comment) in columns.items():
                if column_comment:
                    connection.execute(f'comment on column {target}."{name}" is {_literal(column_comment)}')
        connection.execute("checkpoint snapshot")


def verify_snapshot(warehouse: Path, snapshot: Path) -> dict[str, TableDigest]:
    """Prove that the snapshot equals the warehouse, explains itself and holds no personal data.

    Raises:
        PublishError: names every table and column that is wrong.
    """
    with _attached(warehouse, snapshot, "read_only, ") as connection:
        expected = table_digests(connection, PUBLISHED_SCHEMAS, "warehouse")
        found = table_digests(connection, PUBLISHED_SCHEMAS, "snapshot")
        columns = _columns(connection, PUBLISHED_SCHEMAS, "snapshot")
        comments = _table_comments(connection, "snapshot")
    if not expected:
        raise PublishError("The warehouse has no marts to publish; build them first (`make nightly`).")
    problems = [
        f"{table}: the snapshot has {found.get(table)}, the warehouse {digest}"
        for table, digest in expected.items()
        if found.get(table) != digest
    ]
    problems += [f"{table} has no comment; describe the model in its yml" for table in columns if table not in comments]
    for table, described in columns.items():
        problems += [
            f"{table}.{name} has no comment; describe the column in the model's yml"
            for name, (_, comment) in described.items()
            if not comment
        ]
        problems += [
            f"{table}.{name} is personal data by the landing contract; keep it in the schema `personal`"
            for name, (data_type, _) in described.items()
            if data_type != "BOOLEAN" and is_personal(name)  # a yes or a no (may_email) is nobody's address
        ]
    if problems:
        raise PublishError("The snapshot may not be published:\n" + "\n".join(f"  {problem}" for problem in problems))
    return found


def is_personal(column: str) -> bool:
    """Tell whether a column's name is, or ends in, the name of a column that the landing contract calls personal."""
    return any(column == name or column.endswith(f"_{name}") for name in _personal_names())


def _personal_names() -> set[str]:
    columns = [
        *QUARANTINE_COLUMNS.items(),
        *LANDING_LOG_COLUMNS.items(),
        *(
            pair
            for kind in KINDS
            for entity in load_contract(kind).entities.values()
            for pair in entity.columns.items()
        ),
    ]
    # A name that is personal in one entity and harmless in another (the city of a store) cannot be told by its name.
    return {name for name, column in columns if column.pii} - {name for name, column in columns if not column.pii}


def _columns(
    connection: duckdb.DuckDBPyConnection, schemas: Collection[str], database: str | None
) -> dict[str, dict[str, tuple[str, str | None]]]:
    """Return type and comment of every column, by table."""
    rows = connection.execute(
        """
        select schema_name || '.' || table_name, column_name, data_type, comment
        from duckdb_columns()
        where database_name = coalesce($database, current_database()) and list_contains($schemas, schema_name)
        order by schema_name, table_name, column_index
        """,
        {"database": database, "schemas": list(schemas)},
    ).fetchall()
    tables: dict[str, dict[str, tuple[str, str | None]]] = {}
    for table, column, data_type, comment in rows:
        tables.setdefault(table, {})[column] = (data_type, comment)
    return tables


def _table_comments(connection: duckdb.DuckDBPyConnection, database: str) -> dict[str, str]:
    rows = connection.execute(
        """
        select schema_name || '.' || table_name, comment from duckdb_tables() where database_name = $1
        union all
        select schema_name || '.' || view_name, comment from duckdb_views() where database_name = $1
        """,
        [database],
    ).fetchall()
    return {table: comment for table, comment in rows if comment}


@contextmanager
def _attached(warehouse: Path, snapshot: Path, mode: str) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"attach {_literal(str(warehouse))} as warehouse (read_only)")
        connection.execute(
            f"attach {_literal(str(snapshot))} as snapshot ({mode}storage_version {_literal(STORAGE_VERSION)})"
        )
        yield connection


def _qualified(table: str, database: str | None) -> str:
    schema, name = table.split(".")
    return f'{database + "." if database else ""}"{schema}"."{name}"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
