"""Writes `identity.customer_record_path`: per linked record the next one on the strongest path to its customer's first.

Belongs here: reading links, writing steps. Does not belong here: finding paths (`paths`).
"""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.identity.paths import steps_towards

# A record's place is its position in the order of keys.
PLACES: Final = """
create or replace temp table place as
select
    cluster_key,
    customer_record_key,
    row_number() over (order by customer_record_key) - 1 as position,
    row_number() over (
        partition by cluster_key order by created_at asc nulls last, customer_record_key asc
    ) = 1 as is_first
from cluster
"""
# The strongest link of each pair, the strongest pair first.
LINKS: Final = """
select
    a.position as left_position,
    b.position as right_position,
    min_by(pairs.link_rule, (-pairs.match_weight, pairs.link_rule)) as link_rule,
    min_by(pairs.link_score, (-pairs.match_weight, pairs.link_rule)) as link_score,
    max(pairs.match_weight) as match_weight
from identity.customer_record_pair as pairs
inner join place as a on pairs.record_key_a = a.customer_record_key
inner join place as b on pairs.record_key_b = b.customer_record_key
where pairs.decision = 'linked'
group by a.position, b.position
order by match_weight desc, link_rule asc, left_position asc, right_position asc
"""


def write_paths(connection: duckdb.DuckDBPyConnection) -> None:
    """Write the table anew from `identity.customer_record_pair` and the temporary table `cluster`."""
    connection.execute(PLACES)
    places = connection.sql("select customer_record_key, is_first from place order by position").to_arrow_table()
    links = connection.sql(LINKS).to_arrow_table()
    keys = places["customer_record_key"]
    steps = steps_towards(
        np.flatnonzero(places["is_first"].to_numpy()),
        places.num_rows,
        links["left_position"].to_numpy(),
        links["right_position"].to_numpy(),
        links["match_weight"].to_numpy(),
    )
    taken = links.take(pa.array(steps.edge))
    table = pa.table(
        {
            "customer_record_key": keys.take(pa.array(steps.record)),
            "next_record_key": keys.take(pa.array(steps.next_record)),
            "step_count": pa.array(steps.links),
            "link_rule": taken["link_rule"],
            "link_score": taken["link_score"],
            "match_weight": taken["match_weight"],
            "weakest_match_weight": pa.array(steps.weakest),
        }
    )
    connection.register("steps", table)
    connection.execute("delete from identity.customer_record_path")
    connection.execute("insert into identity.customer_record_path by name select * from steps")
    connection.unregister("steps")
    connection.execute("drop table place")
