"""The identity step: clusters the customer records of the warehouse, gives every cluster its id, and keeps the account.

Writes the tables of `identity` (see `tables`) in one transaction.

Belongs here: the order of the work. Does not belong here: any of the work, which is in the modules beside this one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import duckdb
import pyarrow as pa

from orchestration.identity.changes import Event
from orchestration.identity.decisions import Decision, refuse_contradictions
from orchestration.identity.election import assign_ids
from orchestration.identity.merge_log import log_changes, write_aliases
from orchestration.identity.model_file import read_model
from orchestration.identity.path_table import write_paths
from orchestration.identity.people import People, find_people
from orchestration.identity.reading import RECORDS, decided_pairs, read_decisions
from orchestration.identity.record_history import Ground, Published, settle, write_history
from orchestration.identity.tables import create_tables

Finder = Callable[[duckdb.DuckDBPyConnection, Sequence[Decision]], People]
# DuckDB 2.0 does not find the rows of a large insert (120,000, by several threads) again that follows an empty one into
# the same table in one transaction, if it is to keep their order; nothing here depends on the order of rows. It takes
# less memory as well.
WRITE_ALL_ROWS: Final = "set preserve_insertion_order = false"
SCRATCH: Final = ("cluster", "cluster_id", "carried", "first_record", "new_map", "moved")

CLUSTER: Final = f"""
create or replace temp table cluster as
select clusters.*, records.created_at
from clusters
inner join {RECORDS} as records using (customer_record_key)
"""

NEW_MAP: Final = """
create or replace temp table new_map as
select
    cluster.customer_record_key,
    cluster_id.customer_id,
    cluster.link_rule,
    cluster.link_score,
    case
        when
            former.customer_id = cluster_id.customer_id and former.link_rule = cluster.link_rule
            and former.linked_at <= $as_of
            then former.linked_at
        else $as_of
    end as linked_at,
    count(*) over (partition by cluster.cluster_key) as cluster_size
from cluster
inner join cluster_id using (cluster_key)
left join identity.customer_record_map as former using (customer_record_key)
"""

ACCOUNT: Final = """
insert into identity.identity_run by name
select
    $run as run_number,
    $as_of as as_of_date,
    $logged_at as logged_at,
    false as is_published,
    count(*) as record_count,
    count(distinct new_map.customer_id) as customer_count,
    (select count(*) from identity.customer_record_pair where decision = 'linked') as link_count,
    coalesce(max(new_map.cluster_size), 0) as largest_customer_record_count,
    $merges as merge_count,
    $splits as split_count,
    count(former.customer_id) as compared_record_count,
    count(former.customer_id) filter (where former.customer_id <> new_map.customer_id) as changed_record_count
from new_map
left join (select * from identity.customer_id_history where to_run is null) as former using (customer_record_key)
"""


class Resolution(NamedTuple):
    """What the identity step did, for its log and its metadata. The share is of the records that had an id before."""

    run_number: int
    records: int
    customers: int
    links: int
    largest_customer: int
    merges: int
    splits: int
    changed_share: float


def finder(model: Path | None = None) -> Finder:
    """Return what groups records into people, by the model of a file or the one that comes with Evermart.

    Raises:
        ValueError: the file is no identity model.
    """
    weights = read_model(model)
    return lambda connection, decisions: find_people(connection, weights, decisions)


def resolve_customers(
    connection: duckdb.DuckDBPyConnection,
    as_of: dt.date,
    logged_at: dt.datetime | None = None,
    published: Published | None = None,
    find: Finder | None = None,
) -> Resolution:
    """Cluster the records, give every cluster its id, and log what changed since the last run that was published.

    Args:
        connection: the warehouse, open for writing, with the models before identity built.
        as_of: the last business date that counts.
        logged_at: when the run happens (UTC); now, when left out.
        published: which runs have been published; none, when left out, so that nothing was decided before.
        find: groups the records into people; by the model that comes with Evermart, when left out.

    Raises:
        ValueError: the records, links or decisions contradict each other (see
            `refuse_contradictions`). Nothing is written then.
    """
    moment = (logged_at or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None)
    decisions = read_decisions(connection)
    refuse_contradictions(decisions)
    find = find or finder()
    connection.execute(WRITE_ALL_ROWS)
    people = find(connection, decisions)
    connection.execute("begin transaction")
    try:
        create_tables(connection)
        ground = settle(connection, published or Published())
        _assign(connection, people.clusters, as_of)
        _write_pairs(connection, pa.concat_tables([people.pairs, decided_pairs(decisions)]))
        write_paths(connection)
        resolution = _write(connection, ground, as_of, moment)
        for table in SCRATCH:
            connection.execute(f"drop table if exists {table}")
        connection.execute("drop view if exists used_id")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")
    return resolution


def _assign(connection: duckdb.DuckDBPyConnection, clusters: pa.Table, as_of: dt.date) -> None:
    connection.register("clusters", clusters)
    connection.execute(CLUSTER)
    connection.unregister("clusters")
    assign_ids(connection)
    connection.execute(NEW_MAP, {"as_of": as_of})


def _write_pairs(connection: duckdb.DuckDBPyConnection, pairs: pa.Table) -> None:
    connection.register("pairs", pairs)
    connection.execute("delete from identity.customer_record_pair")
    connection.execute("insert into identity.customer_record_pair by name select * from pairs")
    connection.unregister("pairs")


def _write(connection: duckdb.DuckDBPyConnection, ground: Ground, as_of: dt.date, logged_at: dt.datetime) -> Resolution:
    events: list[Event] = log_changes(connection, ground.run, as_of, logged_at)
    merges = sum(event.kind == "merge" for event in events)
    counted = {"merges": merges, "splits": len(events) - merges}
    connection.execute(ACCOUNT, {"run": ground.run, "as_of": as_of, "logged_at": logged_at, **counted})
    write_history(connection, ground.run)
    connection.execute("delete from identity.customer_record_map")
    connection.execute("insert into identity.customer_record_map by name select * from new_map")
    write_aliases(connection)
    (row,) = connection.execute(
        """
        select
            run_number, record_count, customer_count, link_count, largest_customer_record_count,
            merge_count, split_count,
            changed_record_count / greatest(compared_record_count, 1)
        from identity.identity_run where run_number = $run
        """,
        {"run": ground.run},
    ).fetchall()
    return Resolution(*row)
