"""The identity step: clusters the customer records of the warehouse and keeps the map and the log of ids.

Reads `personal.int_customer_record__standardise` and `personal.int_customer_link__exact`; writes
`identity.customer_record_map`, `identity.customer_merge_log` and `identity.customer_id_alias` in one transaction.

Belongs here: the reading, the writing and the SQL in between. Does not belong here: clustering, and what counts as a
merge or a split (pure functions beside this module).
"""

from __future__ import annotations

import datetime as dt
from typing import Final, NamedTuple

import duckdb
import pyarrow as pa

from orchestration.identity.changes import Event, Move, find_events, resolve_aliases
from orchestration.identity.cluster import LINK_COLUMNS, RECORD_COLUMNS, cluster_records

RECORDS: Final = "personal.int_customer_record__standardise"
LINKS: Final = "personal.int_customer_link__exact"
REGISTERED: Final = ("clusters", "events", "aliases")

TABLES: Final = """
create schema if not exists identity;
create table if not exists identity.customer_record_map (
    customer_record_key varchar, customer_id varchar, link_rule varchar, link_score double, linked_at date,
    cluster_size bigint
);
create table if not exists identity.customer_merge_log (
    merge_key varchar, event varchar, survivor_customer_id varchar, absorbed_customer_id varchar, records_moved bigint,
    evidence varchar, as_of_date date, run_number bigint, logged_at timestamp
);
create table if not exists identity.customer_id_alias (former_customer_id varchar, customer_id varchar);
"""

# The id is a function of the cluster's members alone, so that the order of nights and loads does not matter.
NEW_MAP: Final = f"""
create or replace temp table new_map as
with named as (
    select
        clusters.customer_record_key,
        clusters.link_rule,
        clusters.link_score,
        'c' || left(md5(first_value(clusters.customer_record_key) over (
            partition by clusters.cluster_key
            order by records.created_at asc nulls last, clusters.customer_record_key asc
        )), 16) as customer_id,
        count(*) over (partition by clusters.cluster_key) as cluster_size
    from clusters
    inner join {RECORDS} as records using (customer_record_key)
)
select
    named.customer_record_key,
    named.customer_id,
    named.link_rule,
    named.link_score,
    case
        when
            former.customer_id = named.customer_id and former.link_rule = named.link_rule
            and former.linked_at <= $as_of
            then former.linked_at
        else $as_of
    end as linked_at,
    named.cluster_size
from named
left join identity.customer_record_map as former using (customer_record_key)
"""

MOVES: Final = """
select former.customer_id, new_map.customer_id, count(*)
from identity.customer_record_map as former
inner join new_map using (customer_record_key)
where former.customer_id <> new_map.customer_id
group by all
"""

# A merge is shown by the strongest link from the absorbed customer's records to others of the surviving one; a split by
# the strongest link between the two that was refused, if there is any.
EVIDENCE: Final = f"""
with sides as (
    select
        links.link_rule,
        links.link_score,
        links.record_key_a,
        links.record_key_b,
        unnest([
            {{'former_here': former_a.customer_id, 'former_there': former_b.customer_id,
              'here': map_a.customer_id, 'there': map_b.customer_id}},
            {{'former_here': former_b.customer_id, 'former_there': former_a.customer_id,
              'here': map_b.customer_id, 'there': map_a.customer_id}}
        ], recursive := true)
    from {LINKS} as links
    inner join new_map as map_a on links.record_key_a = map_a.customer_record_key
    inner join new_map as map_b on links.record_key_b = map_b.customer_record_key
    left join identity.customer_record_map as former_a on links.record_key_a = former_a.customer_record_key
    left join identity.customer_record_map as former_b on links.record_key_b = former_b.customer_record_key
    where former_a.customer_id is distinct from map_a.customer_id
        or former_b.customer_id is distinct from map_b.customer_id
)
select
    events.kind,
    events.survivor,
    events.absorbed,
    coalesce(
        case events.kind when 'split' then 'refused ' else '' end
        || min_by(
            sides.link_rule || ': ' || sides.record_key_a || ' and ' || sides.record_key_b,
            (-sides.link_score, sides.link_rule, sides.record_key_a, sides.record_key_b)
        ),
        case events.kind when 'split' then 'no link holds them any more' else 'an earlier record leads now' end
    ) as evidence
from events
left join sides
    on case events.kind
        when 'merge' then sides.former_here = events.absorbed and sides.here = events.survivor
            and sides.there = events.survivor and sides.former_there is distinct from events.absorbed
        else sides.here = events.survivor and sides.there = events.absorbed
    end
group by events.kind, events.survivor, events.absorbed
"""

APPEND: Final = """
insert into identity.customer_merge_log
select
    md5(concat_ws('|', events.kind, events.survivor, events.absorbed, run_number)),
    events.kind,
    events.survivor,
    events.absorbed,
    events.records,
    evidence.evidence,
    $as_of,
    run_number,
    $logged_at
from events
inner join evidence using (kind, survivor, absorbed)
cross join (select coalesce(max(run_number), 0) + 1 as run_number from identity.customer_merge_log)
"""

NEWEST_MERGES: Final = """
select absorbed_customer_id, max_by(survivor_customer_id, run_number)
from identity.customer_merge_log
where event = 'merge'
group by absorbed_customer_id
"""


class Resolution(NamedTuple):
    """What the identity step did, for its log and its metadata."""

    records: int
    customers: int
    links: int
    largest_cluster: int
    merges: int
    splits: int


def resolve_customers(
    connection: duckdb.DuckDBPyConnection, as_of: dt.date, logged_at: dt.datetime | None = None
) -> Resolution:
    """Cluster the records, give every cluster its id, and log what changed since the map that is in the warehouse.

    Args:
        connection: the warehouse, open for writing, with the models before identity built.
        as_of: the last business date that counts.
        logged_at: when the run happens (UTC); now, when left out.

    Raises:
        ValueError: the records or links contradict each other (see `cluster_records`). Nothing is written then.
    """
    moment = (logged_at or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None)
    records = connection.sql(
        f"select {', '.join(RECORD_COLUMNS)} from {RECORDS} where is_identifiable"
    ).to_arrow_table()
    links = connection.sql(f"select {', '.join(LINK_COLUMNS)} from {LINKS}").to_arrow_table()
    clusters = cluster_records(records, links)
    connection.execute("begin transaction")
    try:
        resolution = _write(connection, clusters, links.num_rows, as_of, moment)
    except BaseException:
        connection.execute("rollback")
        raise
    else:
        connection.execute("commit")
    finally:
        for name in REGISTERED:
            connection.unregister(name)
    return resolution


def _write(
    connection: duckdb.DuckDBPyConnection, clusters: pa.Table, links: int, as_of: dt.date, logged_at: dt.datetime
) -> Resolution:
    connection.execute(TABLES)
    connection.register("clusters", clusters)
    connection.execute(NEW_MAP, {"as_of": as_of})
    living = {customer for (customer,) in connection.execute("select distinct customer_id from new_map").fetchall()}
    events = find_events([Move(*row) for row in connection.execute(MOVES).fetchall()], living)
    if events:
        _log(connection, events, as_of, logged_at)
    connection.execute("delete from identity.customer_record_map")
    connection.execute("insert into identity.customer_record_map by name select * from new_map")
    _write_aliases(connection, living)
    largest = connection.execute("select coalesce(max(cluster_size), 0) from new_map").fetchall()[0][0]
    connection.execute("drop table new_map")
    merges = sum(event.kind == "merge" for event in events)
    return Resolution(clusters.num_rows, len(living), links, largest, merges, len(events) - merges)


def _log(connection: duckdb.DuckDBPyConnection, events: list[Event], as_of: dt.date, logged_at: dt.datetime) -> None:
    columns = list(zip(*events, strict=True))
    connection.register("events", pa.table([pa.array(column) for column in columns], names=Event._fields))
    connection.execute(f"create or replace temp table evidence as {EVIDENCE}")
    connection.execute(APPEND, {"as_of": as_of, "logged_at": logged_at})
    connection.execute("drop table evidence")


def _write_aliases(connection: duckdb.DuckDBPyConnection, living: set[str]) -> None:
    aliases = resolve_aliases(dict(connection.execute(NEWEST_MERGES).fetchall()), living)
    connection.execute("delete from identity.customer_id_alias")
    table = pa.table(
        [pa.array(list(aliases), pa.string()), pa.array(list(aliases.values()), pa.string())],
        names=["former_customer_id", "customer_id"],
    )
    connection.register("aliases", table)
    connection.execute("insert into identity.customer_id_alias select * from aliases")
