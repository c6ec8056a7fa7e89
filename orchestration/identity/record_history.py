"""What earlier nights decided: which id each record carried from which run to which, and which of the runs counts.

A run counts once it has been published. The result of a night that was held back, or that was run again before anybody
read it, is taken out before the next one begins, so that it leaves no trace in ids, in the merge log or in what the
next night is compared with.

Belongs here: the runs and the history. Does not belong here: which id a cluster is given (`election`).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import NamedTuple

import duckdb

from orchestration.identity.tables import COLUMNS

Run = tuple[int, dt.datetime]


class Published(NamedTuple):
    """What has been published of identity.

    Attributes:
        runs: number and time of every run that readers have been given.
        current: the run that readers have now.
        snapshot: the file that they read.
    """

    runs: frozenset[Run] = frozenset()
    current: Run | None = None
    snapshot: Path | None = None


class Ground(NamedTuple):
    """What a run begins from.

    Attributes:
        run: number of the run that begins.
        former: the last run that counts, whose ids the records carry; 0 before the first.
        baseline: the run that readers have now, which a night's changes are measured against; 0 before the first.
    """

    run: int
    former: int
    baseline: int


def read_published(snapshot: Path, newest: Path) -> Published:
    """Return what the snapshot that readers have, and the newest that was ever published, say of identity's runs.

    Args:
        snapshot: the current snapshot's file; it need not exist.
        newest: the newest release's file; another one than the current after a rollback.
    """
    if not snapshot.is_file():
        return Published()
    runs: dict[Path, set[Run]] = {}
    for path in {snapshot.resolve(), newest.resolve()}:
        with duckdb.connect(str(path), read_only=True) as connection:
            found = connection.execute(
                "select 1 from duckdb_tables() where schema_name = 'audit' and table_name = 'identity_run'"
            ).fetchall()
            query = "select run_number, logged_at from audit.identity_run where not is_superseded"
            runs[path] = {(number, at) for number, at in connection.execute(query).fetchall()} if found else set()
    current = max(runs[snapshot.resolve()], default=None)
    return Published(frozenset().union(*runs.values()), current, snapshot.resolve())


def settle(connection: duckdb.DuckDBPyConnection, published: Published) -> Ground:
    """Mark the runs that have been published, take out what later ones left, and say what the next one begins from."""
    if not _exists(connection, "identity.customer_id_history") and published.snapshot is not None:
        _adopt(connection, published.snapshot)
    runs: list[Run] = connection.execute("select run_number, logged_at from identity.identity_run").fetchall()
    seen = [number for number, at in runs if (number, at) in published.runs]
    connection.execute(
        "update identity.identity_run set is_published = true where list_contains($seen, run_number)", {"seen": seen}
    )
    ((former, last),) = connection.execute(
        """
        select coalesce(max(run_number) filter (where is_published), 0), coalesce(max(run_number), 0)
        from identity.identity_run
        """
    ).fetchall()
    for statement in (
        "delete from identity.customer_id_history where from_run > $former",
        "update identity.customer_id_history set to_run = null where to_run > $former",
        "delete from identity.customer_merge_log where run_number > $former",
    ):
        connection.execute(statement, {"former": former})
    current = published.current if published.current in runs else None
    baseline = current[0] if current is not None else former
    _write_former(connection, baseline)
    return Ground(last + 1, former, baseline)


def write_history(connection: duckdb.DuckDBPyConnection, run: int) -> None:
    """Close and open the intervals of the records whose id is another one in the table `new_map`."""
    connection.execute(
        """
        update identity.customer_id_history as history
        set to_run = $run
        where
            history.to_run is null
            and not exists (
                select 1 from new_map
                where new_map.customer_record_key = history.customer_record_key
                    and new_map.customer_id = history.customer_id
            )
        """,
        {"run": run},
    )
    connection.execute(
        """
        insert into identity.customer_id_history by name
        select new_map.customer_record_key, new_map.customer_id, $run as from_run, null as to_run
        from new_map
        anti join (select * from identity.customer_id_history where to_run is null) as history
            using (customer_record_key)
        """,
        {"run": run},
    )


def _write_former(connection: duckdb.DuckDBPyConnection, baseline: int) -> None:
    connection.execute("delete from identity.customer_record_map_former")
    connection.execute(
        """
        insert into identity.customer_record_map_former by name
        select customer_record_key, customer_id
        from identity.customer_id_history
        where from_run <= $baseline and (to_run is null or to_run > $baseline)
        """,
        {"baseline": baseline},
    )


def _adopt(connection: duckdb.DuckDBPyConnection, snapshot: Path) -> None:
    """Take the ids of the published snapshot over into a warehouse that remembers none: it is new, or of old make."""
    for table, schema in (("customer_merge_log", "customer"), ("identity_run", "audit")):
        _copy(connection, snapshot, f"{schema}.{table}", table)
    if not _exists(connection, "identity.identity_run"):
        # A snapshot of before there were runs: its map is the result of the first.
        connection.execute("update identity.customer_merge_log set run_number = 0")
        connection.execute(
            "insert into identity.identity_run by name select 1 as run_number, timestamp '1970-01-01' as logged_at"
        )
    connection.execute("update identity.identity_run set is_published = true")
    _copy(connection, snapshot, "customer.customer_record_map", "customer_id_history")
    connection.execute(
        "update identity.customer_id_history set from_run = (select max(run_number) from identity.identity_run)"
    )


def _copy(connection: duckdb.DuckDBPyConnection, snapshot: Path, source: str, table: str) -> None:
    """Put the rows of a published table in the place of one of ours, as far as they share columns."""
    schema, name = source.split(".")
    with duckdb.connect(str(snapshot), read_only=True) as published:
        rows = published.execute(
            "select column_name from duckdb_columns() where schema_name = $schema and table_name = $name",
            {"schema": schema, "name": name},
        ).fetchall()
        shared = ", ".join(column for (column,) in rows if column in COLUMNS[table])
        content = published.sql(f"select {shared} from {source}").to_arrow_table() if shared else None
    connection.execute(f"delete from identity.{table}")
    if content is not None:
        connection.register("content", content)
        connection.execute(f"insert into identity.{table} by name select * from content")
        connection.unregister("content")


def _exists(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    return bool(connection.execute(f"select 1 from {table} limit 1").fetchall())
