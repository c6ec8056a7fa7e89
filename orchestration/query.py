"""Asking the published snapshot from the command line, read-only and shut off from every other file.

Belongs here: the connection and the printing of rows. Does not belong here: the private warehouse.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb
from rich.console import Console
from rich.table import Table

from orchestration.publishing import CURRENT, SNAPSHOT_FILE

ROWS_SHOWN: Final = 200
TABLES_SQL: Final = """
    select schema_name || '.' || table_name as table_name, estimated_size as rows, comment as description
    from duckdb_tables()
    order by 1
"""


class NoSnapshotError(Exception):
    """Nothing has been published yet."""


def open_snapshot(published: Path) -> duckdb.DuckDBPyConnection:
    """Open the current snapshot so that SQL can neither change it nor reach any other file.

    Raises:
        NoSnapshotError: Nothing has been published yet.
    """
    path = published / CURRENT / SNAPSHOT_FILE
    if not path.is_file():
        raise NoSnapshotError(f"There is no snapshot at {path}. Run `make nightly` first.")
    # DuckDB keeps one instance per path: the release's own path never means another release tomorrow.
    connection = duckdb.connect(str(path.resolve()), read_only=True)
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def print_rows(connection: duckdb.DuckDBPyConnection, sql: str, console: Console, *, as_csv: bool) -> None:
    """Run one statement and print its rows: as a table, at most `ROWS_SHOWN` of them, or as CSV, all of them."""
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description or []]
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(names)
        writer.writerows(cursor.fetchall())
        return
    rows = cursor.fetchmany(ROWS_SHOWN + 1)
    console.print(_table(names, rows[:ROWS_SHOWN]))
    if len(rows) > ROWS_SHOWN:
        console.print(f"The first {ROWS_SHOWN} rows; use --csv for all of them.")


def prompt(connection: duckdb.DuckDBPyConnection, console: Console) -> None:
    """Read statements that end in `;` until the end of input. `.tables` lists the tables, `.quit` leaves."""
    console.print("SQL ends with ;   .tables lists the tables, .quit leaves")
    lines: list[str] = []
    while True:
        try:
            line = input("... " if lines else "sql> ")
        except EOFError:
            return
        if not lines and line.strip() in {".quit", ".exit"}:
            return
        lines.append(TABLES_SQL + ";" if not lines and line.strip() == ".tables" else line)
        if line.strip() == ".tables" or line.rstrip().endswith(";"):
            try:
                print_rows(connection, "\n".join(lines), console, as_csv=False)
            except duckdb.Error as error:
                console.print(str(error), style="red", markup=False)
            lines.clear()


def _table(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    table = Table()
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    return table
