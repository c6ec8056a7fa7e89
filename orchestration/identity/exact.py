"""People by verified identifiers alone: what the exact links say, clustered, and what became of every pair.

Belongs here: one way to find people, in the shape of `people.find_people`. Does not belong here: the clustering itself,
and writing the result.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.identity.cluster import HELD_APART, RECORD_COLUMNS, Card, Facts, cluster_records, conflict_between
from orchestration.identity.decisions import Decision
from orchestration.identity.names import Name
from orchestration.identity.people import PAIRS, People
from orchestration.identity.reading import decided_pairs, held_apart, read_links, read_records, read_threshold

# A link can be refused for what a cluster was before others joined it, which its records do not show one by one.
OTHER: Final = "other"

JUDGE: Final = """
create table judged as
select
    least(links.record_key_a, links.record_key_b) as record_key_a,
    greatest(links.record_key_a, links.record_key_b) as record_key_b,
    links.link_rule,
    links.link_score,
    links.match_weight,
    a.cluster_key as cluster_a,
    b.cluster_key as cluster_b,
    case
        when links.link_score < $threshold then 'below_threshold'
        when a.cluster_key = b.cluster_key then 'linked'
        else 'refused'
    end as decision
from links
inner join clusters as a on links.record_key_a = a.customer_record_key
inner join clusters as b on links.record_key_b = b.customer_record_key
where links.record_key_a <> links.record_key_b
"""

ANSWER: Final = """
select judged.* exclude (cluster_a, cluster_b), refusals.refused_because
from judged
left join refusals
    on judged.decision = 'refused'
    and least(judged.cluster_a, judged.cluster_b) = refusals.cluster_a
    and greatest(judged.cluster_a, judged.cluster_b) = refusals.cluster_b
"""


def find_exact_people(warehouse: duckdb.DuckDBPyConnection, decisions: Sequence[Decision]) -> People:
    """Group the records of a warehouse into people by the links of `int_customer_link__exact`.

    Raises:
        ValueError: the records or links contradict each other (see `cluster_records`).
    """
    records, scored, threshold = read_records(warehouse), read_links(warehouse), read_threshold(warehouse)
    cannot = held_apart(decisions, records)
    offered = scored.filter(pc.greater_equal(scored["link_score"], threshold))
    must = decided_pairs(decisions).select(offered.column_names)
    clusters = cluster_records(records, pa.concat_tables([must, offered]), cannot=cannot)
    return People(clusters, _judge(records, clusters, scored, cannot, threshold), scored.num_rows)


def _judge(records: pa.Table, clusters: pa.Table, links: pa.Table, cannot: pa.Table, threshold: float) -> pa.Table:
    """Return every pair with what became of it (PAIRS)."""
    with duckdb.connect() as scratch:
        scratch.register("links", links)
        scratch.register("clusters", clusters)
        scratch.execute(JUDGE, {"threshold": threshold})
        refused = scratch.execute(
            """
            select distinct least(cluster_a, cluster_b), greatest(cluster_a, cluster_b)
            from judged where decision = 'refused' order by all
            """
        ).fetchall()
        reasons = _reasons(scratch, refused, records, cannot)
        columns = [[a for a, _ in refused], [b for _, b in refused], reasons]
        scratch.register(
            "refusals",
            pa.table(
                [pa.array(column, pa.string()) for column in columns],
                names=["cluster_a", "cluster_b", "refused_because"],
            ),
        )
        return scratch.sql(ANSWER).to_arrow_table().cast(PAIRS)


def _reasons(
    scratch: duckdb.DuckDBPyConnection, refused: list[tuple[str, str]], records: pa.Table, cannot: pa.Table
) -> list[str]:
    """Return, per refused pair of clusters, what keeps them apart."""
    if not refused:
        return []
    rows = scratch.execute(
        """
        select cluster_key, customer_record_key from clusters
        where cluster_key in (select unnest($keys)) order by all
        """,
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
