"""From customer records to people: compares, scores and clusters all records of a warehouse.

Belongs here: the order of these steps. Does not belong here: the steps themselves, the ids that people are given, and
writing the result.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.identity import candidates
from orchestration.identity.cluster import Decided, Pairs, cluster
from orchestration.identity.decisions import MUST_LINK, Decision
from orchestration.identity.facts import VETOES
from orchestration.identity.memory import recall, remember
from orchestration.identity.mixture import Model
from orchestration.identity.outcome import Judged, read_records
from orchestration.identity.reading import read_threshold
from orchestration.identity.record_facts import FACTS, facts_of
from orchestration.identity.scoring import COMPARED, caution, fit_model, score_pairs, stable_facts
from orchestration.identity.withheld import Withheld

Score = Callable[[duckdb.DuckDBPyConnection, Model, float], Pairs]


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
    judged = Judged(pairs, verdicts, caution(threshold))
    return People(*read_records(scratch, model, keys, judged, roots, held), compared, vetoes)


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
