"""From customer records to people: compares, scores and clusters all records of a warehouse.

Belongs here: the order of these steps, and putting copies of one candidate back together. Does not belong here: the
steps themselves, the ids that people are given, and writing the result.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from orchestration.identity import candidates
from orchestration.identity.cluster import LINKED, UNLIKELY, Decided, Pairs, cluster
from orchestration.identity.decisions import MUST_LINK, Decision
from orchestration.identity.facts import VETOES
from orchestration.identity.memory import recall, remember
from orchestration.identity.mixture import Model, Whole, log_likelihoods, log_odds, unpack
from orchestration.identity.reading import read_threshold
from orchestration.identity.record_facts import FACTS, facts_of
from orchestration.identity.scoring import COLUMN, COMPARED, LEVEL, caution, fit_model, score_pairs, stable_facts
from orchestration.identity.withheld import Withheld

ONLY_RECORD: Final = "only_record"
SAME_DETAILS: Final = "same_details"
REFUSED: Final = "refused"
BELOW_THRESHOLD: Final = "below_threshold"
Verdicts = NDArray[np.object_]
Score = Callable[[duckdb.DuckDBPyConnection, Model, float], Pairs]

CLUSTERS: Final = pa.schema(
    [
        pa.field("customer_record_key", pa.string()),
        pa.field("cluster_key", pa.string()),
        pa.field("link_rule", pa.string()),
        pa.field("link_score", pa.float64()),
    ]
)
PAIRS: Final = pa.schema(
    [
        pa.field("record_key_a", pa.string()),
        pa.field("record_key_b", pa.string()),
        pa.field("link_rule", pa.string()),
        pa.field("link_score", pa.float64()),
        pa.field("match_weight", pa.float64()),
        pa.field("decision", pa.string()),
        pa.field("refused_because", pa.string()),
    ]
)
RULES: Final = (
    ("card", "same", "same_card"),
    ("email", "same", "same_email"),
    ("phone", "same", "same_phone"),
    ("order", "same buyer", "same_order"),
    ("birth", "same date", "name_and_birth_date"),
    ("address", "house number and postcode", "name_and_address"),
    ("address", "postcode", "name_and_postcode"),
)
OTHER_RULE: Final = "name_and_details"


# Who names nobody and is like nobody who does is no customer.
CLUSTERS_OF_RECORDS: Final = f"""
with linked_end as (
    select record_key_a as customer_record_key, link_rule, link_score, record_key_b as other_key from linked
    union all
    select record_key_b, link_rule, link_score, record_key_a from linked
),
-- By a window, which spills; an ordered aggregate holds all of its groups in memory.
strongest as (
    select customer_record_key, link_rule, link_score
    from linked_end
    qualify row_number() over (partition by customer_record_key order by link_score desc, other_key asc) = 1
),
placed as (
    select
        representative.customer_record_key,
        root.cluster_key,
        case
            when must.customer_record_key is not null then '{MUST_LINK}'
            else coalesce(strongest.link_rule, '{ONLY_RECORD}')
        end as link_rule,
        case when must.customer_record_key is null then coalesce(strongest.link_score, 1) else 1 end as link_score,
        max(compared_record.is_identifiable::int) over (partition by root.cluster_key) as is_customer
    from representative
    inner join compared_record on representative.customer_record_key = compared_record.customer_record_key
    inner join root on representative.representative_key = root.customer_record_key
    left join strongest on representative.customer_record_key = strongest.customer_record_key
    left join must on representative.customer_record_key = must.customer_record_key
)
select customer_record_key, cluster_key, link_rule, link_score::double as link_score
from placed
where is_customer = 1
order by customer_record_key
"""


class People(NamedTuple):
    """Who is who.

    Attributes:
        clusters: one row per record that was compared (CLUSTERS).
        pairs: every pair that may be one person, and what became of it (PAIRS).
        compared: how many pairs were compared in this run.
        vetoes: which contradictions forbade a merge.
    """

    clusters: pa.Table
    pairs: pa.Table
    compared: int
    vetoes: frozenset[str]


def find_people(
    warehouse: duckdb.DuckDBPyConnection,
    model: Model | None,
    decisions: Sequence[Decision] = (),
    vetoes: frozenset[str] | None = frozenset(VETOES),
    score: Score = score_pairs,
) -> People:
    """Group the records of a warehouse into people.

    Args:
        warehouse: open for writing, outside of a transaction, with `personal.int_customer_record__compare` built.
        model: what agreements weigh; one is fitted to the records, when it is None.
        decisions: what people have decided.
        vetoes: which contradictions forbid a merge; those in facts that the model finds stable, when it is None.
        score: what scores the pairs; anything but `score_pairs` is for measurements.
    """
    with _scratch(warehouse) as (scratch, catalog):
        return _find(scratch, catalog, model, decisions, vetoes, read_threshold(warehouse), score)


def fit_people_model(warehouse: duckdb.DuckDBPyConnection) -> Model:
    """Return the model that fits the records of a warehouse best; what was compared is remembered."""
    with _scratch(warehouse) as (scratch, catalog):
        _compare(scratch, catalog, ())
        return fit_model(scratch)


@contextmanager
def _scratch(warehouse: duckdb.DuckDBPyConnection) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """Give a connection to a scratch database beside the warehouse, and the warehouse's catalog.

    It is in memory and spills to the disk beyond DuckDB's limit; what is in a file would be compressed first.
    """
    ((catalog,),) = warehouse.execute("select current_database()").fetchall()
    with warehouse.cursor() as scratch:
        scratch.execute("attach ':memory:' as identity_scratch")
        try:
            scratch.execute("use identity_scratch")
            yield scratch, catalog
        finally:
            scratch.execute(f"use {catalog}")
            scratch.execute("detach identity_scratch")


def _compare(scratch: duckdb.DuckDBPyConnection, catalog: str, decisions: Sequence[Decision]) -> int:
    """Fill `candidate_record` and `pair_pattern`, and return how many pairs were compared for it."""
    scratch.execute(f"create temp view compared_record as select * from {catalog}.{COMPARED}")
    named = sorted({key for row in decisions for key in (row.record_key_a, row.record_key_b)})
    scratch.execute(
        "create table decided_record as select unnest($keys::varchar[]) as customer_record_key", {"keys": named}
    )
    candidates.prepare(scratch)
    changed = recall(scratch, catalog)
    ((kept,),) = scratch.execute("select count(*) from pair_pattern").fetchall() if changed else ((0,),)
    candidates.compare(scratch, changed)
    ((all_pairs,),) = scratch.execute("select count(*) from pair_pattern").fetchall()
    remember(scratch, catalog, changed)
    return int(all_pairs - kept)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Pause the collection of cycles: facts have none, and to look for some takes longer than clustering does."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _find(
    scratch: duckdb.DuckDBPyConnection,
    catalog: str,
    model: Model | None,
    decisions: Sequence[Decision],
    vetoes: frozenset[str] | None,
    threshold: float,
    score: Score,
) -> People:
    compared = _compare(scratch, catalog, decisions)
    model = model or fit_model(scratch)
    vetoes = stable_facts(model) if vetoes is None else vetoes
    pairs = score(scratch, model, caution(threshold))
    records = scratch.sql(
        f"select customer_record_key, {', '.join(FACTS)} from candidate_record order by customer_record_key"
    ).to_arrow_table()
    keys = records["customer_record_key"]
    held = _positions(keys, decisions)
    with _without_collector():
        roots, verdicts = cluster(
            records.num_rows, lambda at: facts_of(records.take(pa.array(at))), pairs, Withheld(model), held, vetoes
        )
    judged = pa.concat_tables([_pairs(keys, pairs, verdicts, caution(threshold)), _copies(scratch, model)])
    return People(_clusters(scratch, judged, keys, roots, held), judged, compared, vetoes)


def _positions(keys: pa.ChunkedArray, decisions: Sequence[Decision]) -> Decided:
    """Return the decisions on records that are there, by position; each of them is a candidate of its own."""
    ends = [
        pc.index_in(pa.array(column, pa.string()), value_set=keys).to_pylist()
        for column in ([row.record_key_a for row in decisions], [row.record_key_b for row in decisions])
    ]
    known = [
        (a, b, row.decision == MUST_LINK)
        for a, b, row in zip(*ends, decisions, strict=True)
        if a is not None and b is not None and a != b
    ]
    return Decided([(a, b) for a, b, must in known if must], [(a, b) for a, b, must in known if not must])


def _pairs(keys: pa.ChunkedArray, pairs: Pairs, verdicts: Verdicts, margin: float) -> pa.Table:
    certain = pairs.odds + margin
    below = (pairs.odds < 0) & (verdicts != LINKED)
    decisions = np.where(verdicts == LINKED, LINKED, np.where(below, BELOW_THRESHOLD, REFUSED))
    reasons = verdicts.copy()
    reasons[(verdicts == LINKED) | (below & (verdicts == UNLIKELY))] = None
    return pa.table(
        [
            keys.take(pa.array(pairs.left)),
            keys.take(pa.array(pairs.right)),
            pa.array(_rules(pairs), pa.string()),
            pa.array(1 / (1 + np.exp(-certain))),
            pa.array(certain / np.log(2)),
            pa.array(decisions.tolist(), pa.string()),
            pa.array(reasons.tolist(), pa.string()),
        ],
        schema=PAIRS,
    )


def _copies(scratch: duckdb.DuckDBPyConnection, model: Model) -> pa.Table:
    """Return the pairs of every candidate and its copies, in the shape of PAIRS."""
    copies = scratch.sql(
        f"""
        select representative.representative_key, representative.customer_record_key,
            {candidates.self_pattern_expression()} as pattern
        from representative
        inner join candidate_record on representative.representative_key = candidate_record.customer_record_key
        where representative.representative_key <> representative.customer_record_key
        order by all
        """
    ).to_arrow_table()
    odds = log_odds(log_likelihoods(model, unpack(copies["pattern"].to_numpy().astype(np.int64))))
    size = copies.num_rows
    return pa.table(
        [
            copies["representative_key"],
            copies["customer_record_key"],
            pa.array([SAME_DETAILS] * size, pa.string()),
            pa.array(1 / (1 + np.exp(-odds))),
            pa.array(odds / np.log(2)),
            pa.array([LINKED] * size, pa.string()),
            pa.array([None] * size, pa.string()),
        ],
        schema=PAIRS,
    )


def _rules(pairs: Pairs) -> NDArray[np.object_]:
    """Return, per pair, the strongest of RULES that it fulfils."""
    fulfilled = [
        (pairs.levels[:, COLUMN[name]] >= 0) & (pairs.levels[:, COLUMN[name]] <= LEVEL[name][label])
        for name, label, _ in RULES
    ]
    rules: NDArray[np.object_] = np.select(
        fulfilled, [np.asarray(rule, dtype=object) for *_, rule in RULES], default=np.asarray(OTHER_RULE, dtype=object)
    )
    return rules


def _clusters(
    scratch: duckdb.DuckDBPyConnection, pairs: pa.Table, keys: pa.ChunkedArray, roots: Whole, must: Decided
) -> pa.Table:
    """Return one row per record: its cluster, and the strongest link that holds it there."""
    scratch.register("linked", pairs.filter(pc.equal(pairs["decision"], LINKED)))
    scratch.register("root", pa.table({"customer_record_key": keys, "cluster_key": keys.take(pa.array(roots))}))
    ends = sorted({at for pair in must.must for at in pair})
    scratch.register("must", pa.table({"customer_record_key": keys.take(pa.array(ends, pa.int64()))}))
    clusters = scratch.sql(CLUSTERS_OF_RECORDS).to_arrow_table().cast(CLUSTERS)
    for name in ("linked", "root", "must"):
        scratch.unregister(name)
    return clusters
