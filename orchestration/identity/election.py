"""Giving every cluster its id: the claims are counted in SQL, and only what is contested is decided in Python.

Reads the temporary table `cluster` (customer_record_key, cluster_key, created_at) and `identity.customer_id_history`;
writes the temporary table `cluster_id` (cluster_key, customer_id).

Belongs here: counting. Does not belong here: the rules of the vote (`ids`).
"""

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa

from orchestration.identity.ids import ID_DIGITS, Claim, elect, fresh_ids, restore

# A record whose time is not known was seen last.
FIRST_SEEN: Final = "min(coalesce(cast(cluster.created_at as varchar), '9999'))"
ATTEMPTS: Final = 100

CARRIED: Final = f"""
create or replace temp table carried as
select
    cluster.cluster_key,
    history.customer_id,
    count(*) as carried_now,
    sum(history.from_run) as carried_since,
    {FIRST_SEEN} as first_seen,
    count(*) over (partition by cluster.cluster_key) = 1
    and count(*) over (partition by history.customer_id) = 1 as is_uncontested
from cluster
inner join identity.customer_id_history as history using (customer_record_key)
where history.to_run is null
group by cluster.cluster_key, history.customer_id
"""

CONTESTED: Final = """
with contested as (
    select * from carried where not is_uncontested
),

ages as (
    select customer_id, min(from_run) as first_run
    from identity.customer_id_history
    where customer_id in (select customer_id from contested)
    group by customer_id
),

ever as (
    select cluster.cluster_key, history.customer_id, count(distinct history.customer_record_key) as carried_ever
    from cluster
    inner join identity.customer_id_history as history using (customer_record_key)
    where history.customer_id in (select customer_id from contested)
    group by cluster.cluster_key, history.customer_id
)

select
    contested.cluster_key,
    contested.customer_id,
    contested.carried_now,
    ever.carried_ever,
    ages.first_run,
    cast(contested.carried_since as bigint),
    contested.first_seen
from contested
inner join ages using (customer_id)
inner join ever using (cluster_key, customer_id)
"""

# Ids that nobody carries now, of which some record is in a cluster that has no id: with all clusters that hold such
# records, since the id comes back only where most of them are.
RETURNING: Final = f"""
with free as (
    select distinct history.customer_id
    from cluster
    inner join identity.customer_id_history as history using (customer_record_key)
    where
        cluster.cluster_key not in (select cluster_key from cluster_id)
        and history.customer_id not in (select customer_id from cluster_id)
)

select
    cluster.cluster_key,
    history.customer_id,
    0 as carried_now,
    count(distinct history.customer_record_key) as carried_ever,
    min(min(history.from_run)) over (partition by history.customer_id) as first_run,
    cast(sum(history.from_run) as bigint) as carried_since,
    {FIRST_SEEN} as first_seen
from cluster
inner join identity.customer_id_history as history using (customer_record_key)
inner join free using (customer_id)
group by cluster.cluster_key, history.customer_id
"""

FIRST_RECORDS: Final = f"""
create or replace temp table first_record as
select
    cluster_key,
    customer_record_key,
    'c' || left(md5(customer_record_key), {ID_DIGITS}) as customer_id
from cluster
where cluster_key not in (select cluster_key from cluster_id)
qualify row_number() over (partition by cluster_key order by created_at asc nulls last, customer_record_key asc) = 1
"""

# Every id that was given at any time: by the history, and by the log for those whose records have been erased since.
USED: Final = """
create or replace temp view used_id as
select customer_id from identity.customer_id_history
union all
select absorbed_customer_id from identity.customer_merge_log
union all
select survivor_customer_id from identity.customer_merge_log
"""

PLAIN: Final = """
insert into cluster_id
select cluster_key, customer_id
from first_record
where customer_id not in (select customer_id from used_id)
qualify count(*) over (partition by customer_id) = 1
"""

TAKEN: Final = f"""
with attempts as (
    select 'c' || left(md5(first_record.customer_record_key || suffix), {ID_DIGITS}) as customer_id
    from first_record
    cross join (select case when n = 0 then '' else '#' || n end as suffix from range({ATTEMPTS}) as attempt (n))
    where first_record.cluster_key not in (select cluster_key from cluster_id)
)

select distinct customer_id
from attempts
where
    customer_id in (select customer_id from used_id)
    or customer_id in (select customer_id from cluster_id)
"""


def assign_ids(connection: duckdb.DuckDBPyConnection) -> None:
    """Write `cluster_id`: the id that each cluster keeps, gets back, or is given anew."""
    connection.execute(CARRIED)
    connection.execute(
        "create or replace temp table cluster_id as select cluster_key, customer_id from carried where is_uncontested"
    )
    _give(connection, elect(_claims(connection, CONTESTED)))
    returning = _claims(connection, RETURNING)
    if returning:
        asked = {"clusters": list({claim.cluster_key for claim in returning})}
        with_id = dict(
            connection.execute(
                "select cluster_key, customer_id from cluster_id where cluster_key in (select unnest($clusters))", asked
            ).fetchall()
        )
        _give(connection, restore(returning, with_id))
    connection.execute(FIRST_RECORDS)
    connection.execute(USED)
    connection.execute(PLAIN)
    rest = dict(
        connection.execute(
            "select cluster_key, customer_record_key from first_record anti join cluster_id using (cluster_key)"
        ).fetchall()
    )
    if rest:
        _give(connection, fresh_ids(rest, {taken for (taken,) in connection.execute(TAKEN).fetchall()}))


def _claims(connection: duckdb.DuckDBPyConnection, query: str) -> list[Claim]:
    return [Claim(*row) for row in connection.execute(query).fetchall()]


def _give(connection: duckdb.DuckDBPyConnection, ids: dict[str, str]) -> None:
    if not ids:
        return
    given = pa.table([pa.array(list(ids)), pa.array(list(ids.values()))], names=["cluster_key", "customer_id"])
    connection.register("given", given)
    connection.execute("insert into cluster_id select * from given")
    connection.unregister("given")
