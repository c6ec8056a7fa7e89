"""Writes `identity.customer_record_path`: per linked record the next one on the strongest path to its customer's first.

Belongs here: reading links, writing steps. Does not belong here: finding paths (`paths`).
"""

from __future__ import annotations

from typing import Final

import duckdb
import pyarrow as pa

from orchestration.identity.paths import Edge, spanning_forest, steps_towards

# The strongest link of each pair; the first record of each cluster. Two records have one path, which needs no search.
LINKED: Final = """
create or replace temp table linked as
select
    cluster.cluster_key,
    pairs.record_key_a,
    pairs.record_key_b,
    min_by(pairs.link_rule, (-pairs.match_weight, pairs.link_rule)) as link_rule,
    min_by(pairs.link_score, (-pairs.match_weight, pairs.link_rule)) as link_score,
    max(pairs.match_weight) as match_weight
from identity.customer_record_pair as pairs
inner join cluster on pairs.record_key_a = cluster.customer_record_key
where pairs.decision = 'linked'
group by cluster.cluster_key, pairs.record_key_a, pairs.record_key_b
"""

FIRST: Final = """
create or replace temp table first_of_cluster as
select cluster_key, customer_record_key, count(*) over (partition by cluster_key) as records
from cluster
qualify row_number() over (partition by cluster_key order by created_at asc nulls last, customer_record_key asc) = 1
"""

TWO: Final = """
insert into identity.customer_record_path by name
select
    case when first_of_cluster.customer_record_key = linked.record_key_a then record_key_b else record_key_a end
        as customer_record_key,
    first_of_cluster.customer_record_key as next_record_key,
    1 as step_count,
    linked.link_rule,
    linked.link_score,
    linked.match_weight,
    linked.match_weight as weakest_match_weight
from linked
inner join first_of_cluster using (cluster_key)
where first_of_cluster.records = 2
"""

MORE: Final = """
select record_key_a, record_key_b, link_rule, link_score, match_weight
from linked
where cluster_key in (select cluster_key from first_of_cluster where records > 2)
"""


def write_paths(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the table anew from `identity.customer_record_pair` and the temporary table `cluster`."""
    for statement in (LINKED, FIRST, "delete from identity.customer_record_path", TWO):
        connection.execute(statement)
    forest = spanning_forest(Edge(*row) for row in connection.execute(MORE).fetchall())
    firsts = connection.execute("select customer_record_key from first_of_cluster where records > 2").fetchall()
    steps = [step for (first,) in firsts for step in steps_towards(first, forest)]
    if steps:
        table = pa.table([pa.array(column) for column in zip(*steps, strict=True)], names=list(steps[0]._fields))
        connection.register("steps", table)
        connection.execute("insert into identity.customer_record_path select * from steps")
        connection.unregister("steps")
    connection.execute("drop table linked")
    connection.execute("drop table first_of_cluster")
