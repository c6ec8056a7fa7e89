"""What became of every scored pair: linked, refused and why, or below the threshold.

Writes `identity.customer_record_pair`. Belongs here: judging pairs by the clusters that they ended in. Does not belong
here: scores, and clustering.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.identity.cluster import HELD_APART, RECORD_COLUMNS, Card, Facts, conflict_between
from orchestration.identity.names import Name

# A link can be refused for what a cluster was before others joined it, which its records do not show one by one.
OTHER: Final = "other"

JUDGE: Final = """
create or replace temp table judged as
select
    least(links.record_key_a, links.record_key_b) as record_key_a,
    greatest(links.record_key_a, links.record_key_b) as record_key_b,
    links.link_rule,
    links.link_score,
    links.match_weight,
    a.cluster_key as cluster_a,
    b.cluster_key as cluster_b,
    case
        when links.link_score < $threshold and links.link_rule <> 'must_link' then 'below_threshold'
        when a.cluster_key = b.cluster_key then 'linked'
        else 'refused'
    end as decision
from links
inner join cluster as a on links.record_key_a = a.customer_record_key
inner join cluster as b on links.record_key_b = b.customer_record_key
where links.record_key_a <> links.record_key_b
"""

WRITE: Final = """
insert into identity.customer_record_pair by name
select judged.* exclude (cluster_a, cluster_b), refusals.refused_because
from judged
left join refusals
    on judged.decision = 'refused'
    and least(judged.cluster_a, judged.cluster_b) = refusals.cluster_a
    and greatest(judged.cluster_a, judged.cluster_b) = refusals.cluster_b
"""


def write_pairs(
    connection: duckdb.DuckDBPyConnection, records: pa.Table, links: pa.Table, cannot: pa.Table, threshold: float
) -> None:
    """Write `identity.customer_record_pair` anew, from the temporary table `cluster`.

    Args:
        connection: the warehouse, inside of a transaction.
        records: with RECORD_COLUMNS.
        links: every scored pair, in the shape of `reading.read_links`.
        cannot: pairs of records that cannot be linked.
        threshold: a pair with a lower score was not offered to the clustering.
    """
    connection.register("links", links)
    connection.execute(JUDGE, {"threshold": threshold})
    connection.unregister("links")
    refused = connection.execute(
        """
        select distinct least(cluster_a, cluster_b), greatest(cluster_a, cluster_b)
        from judged where decision = 'refused' order by all
        """
    ).fetchall()
    reasons = _reasons(connection, refused, records, cannot)
    columns = [[a for a, _ in refused], [b for _, b in refused], reasons]
    table = pa.table(
        [pa.array(column, pa.string()) for column in columns], names=["cluster_a", "cluster_b", "refused_because"]
    )
    connection.register("refusals", table)
    connection.execute("delete from identity.customer_record_pair")
    connection.execute(WRITE)
    connection.unregister("refusals")
    connection.execute("drop table judged")


def _reasons(
    connection: duckdb.DuckDBPyConnection, refused: list[tuple[str, str]], records: pa.Table, cannot: pa.Table
) -> list[str]:
    """Return, per refused pair of clusters, what keeps them apart."""
    if not refused:
        return []
    rows = connection.execute(
        "select cluster_key, customer_record_key from cluster where cluster_key in (select unnest($keys)) order by all",
        {"keys": sorted({key for pair in refused for key in pair})},
    ).fetchall()
    members: defaultdict[str, list[str]] = defaultdict(list)
    for cluster, record in rows:
        members[cluster].append(record)
    facts = _facts(records, {record for _, record in rows})
    home = {record: cluster for cluster, keys in members.items() for record in keys}
    apart = {
        frozenset((home.get(a, a), home.get(b, b)))
        for a, b in zip(cannot["record_key_a"].to_pylist(), cannot["record_key_b"].to_pylist(), strict=True)
    }
    return [HELD_APART if frozenset((a, b)) in apart else _conflict(facts, members[a], members[b]) for a, b in refused]


def _conflict(facts: dict[str, Facts], left: Iterable[str], right: Iterable[str]) -> str:
    pairs = itertools.product(left, right)
    return next((why for a, b in pairs if (why := conflict_between(facts[a], facts[b])) is not None), OTHER)


def _facts(records: pa.Table, keys: set[str]) -> dict[str, Facts]:
    chosen = records.filter(pc.is_in(records["customer_record_key"], value_set=pa.array(sorted(keys), pa.string())))
    facts = {}
    for key, given, family, born, number, living in zip(
        *(chosen[name].to_pylist() for name in RECORD_COLUMNS), strict=True
    ):
        name = Name(given, family)
        cards = frozenset((frozenset((Card(number, name),)),)) if living and number else frozenset()
        facts[key] = Facts(
            frozenset(() if born is None else (born,)),
            frozenset(() if given is None else (frozenset((name,)),)),
            cards,
        )
    return facts
