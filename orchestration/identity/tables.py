"""The tables that the identity step keeps in the warehouse, and what each is for.

dbt makes the same ones (macro `identity_tables`), empty, before the first night; a test compares the two.
Belongs here: names and columns. Does not belong here: what is written into them.
"""

from __future__ import annotations

from typing import Final

import duckdb

COLUMNS: Final[dict[str, dict[str, str]]] = {
    "customer_record_map": {
        "customer_record_key": "varchar",
        "customer_id": "varchar",
        "link_rule": "varchar",
        "link_score": "double",
        "linked_at": "date",
        "cluster_size": "bigint",
    },
    "customer_id_history": {
        "customer_record_key": "varchar",
        "customer_id": "varchar",
        "from_run": "bigint",
        "to_run": "bigint",
    },
    "customer_record_map_former": {"customer_record_key": "varchar", "customer_id": "varchar"},
    "customer_merge_log": {
        "merge_key": "varchar",
        "event": "varchar",
        "survivor_customer_id": "varchar",
        "absorbed_customer_id": "varchar",
        "records_moved": "bigint",
        "evidence": "varchar",
        "as_of_date": "date",
        "run_number": "bigint",
        "logged_at": "timestamp",
        "link_rule": "varchar",
        "match_weight": "double",
        "record_key_a": "varchar",
        "record_key_b": "varchar",
    },
    "customer_id_alias": {"former_customer_id": "varchar", "customer_id": "varchar"},
    "customer_record_pair": {
        "record_key_a": "varchar",
        "record_key_b": "varchar",
        "link_rule": "varchar",
        "link_score": "double",
        "match_weight": "double",
        "decision": "varchar",
        "refused_because": "varchar",
    },
    "customer_record_path": {
        "customer_record_key": "varchar",
        "next_record_key": "varchar",
        "step_count": "bigint",
        "link_rule": "varchar",
        "link_score": "double",
        "match_weight": "double",
        "weakest_match_weight": "double",
    },
    "identity_run": {
        "run_number": "bigint",
        "as_of_date": "date",
        "logged_at": "timestamp",
        "is_published": "boolean",
        "record_count": "bigint",
        "customer_count": "bigint",
        "link_count": "bigint",
        "largest_customer_record_count": "bigint",
        "merge_count": "bigint",
        "split_count": "bigint",
        "compared_record_count": "bigint",
        "changed_record_count": "bigint",
    },
}


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create what is missing: the schema, a table, or a column that an earlier version did not have."""
    connection.execute("create schema if not exists identity")
    rows = connection.execute(
        """
        select table_name, column_name from duckdb_columns()
        where database_name = current_database() and schema_name = 'identity'
        """
    ).fetchall()
    there = set(rows)
    for table, columns in COLUMNS.items():
        if not any(name == table for name, _ in rows):
            described = ", ".join(f"{name} {data_type}" for name, data_type in columns.items())
            connection.execute(f"create table identity.{table} ({described})")
            continue
        for name, data_type in columns.items():
            if (table, name) not in there:
                connection.execute(f"alter table identity.{table} add column {name} {data_type}")
