"""What the identity step reads from the warehouse: records, links between them, and what a person has decided.

Belongs here: the names of the models that are read. Does not belong here: what is made of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb
import pyarrow as pa

from orchestration.identity.cluster import MUST_LINK, RECORD_COLUMNS
from orchestration.identity.decisions import Decision

RECORDS: Final = "personal.int_customer_record__standardise"
LINKS: Final = "personal.int_customer_link__exact"
DECISIONS: Final = "personal.int_customer_link__decide"
SETTINGS: Final = "rules.identity_match_setting"
# The weight of a probability p as evidence: log2 of its odds. A certain link has the weight of one that is almost so.
CERTAIN: Final = 0.999999
DECIDED_WEIGHT: Final = 99.0


def read_records(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return the records that can be told to be a person's, with RECORD_COLUMNS.

    A record that identifies nobody is read as well when a person has said whose it is.
    """
    return connection.sql(
        f"""
        select {", ".join(f"records.{name}" for name in RECORD_COLUMNS)}
        from {RECORDS} as records
        where
            records.is_identifiable
            or records.customer_record_key in (
                select unnest([record_key_a, record_key_b]) from {DECISIONS} where decision = '{MUST_LINK}'
            )
        """
    ).to_arrow_table()


def read_links(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return the scored pairs: record_key_a, record_key_b, link_rule, link_score (0 to 1), match_weight (log2 odds)."""
    return connection.sql(
        f"""
        select
            record_key_a,
            record_key_b,
            link_rule,
            link_score,
            log2(least(link_score, {CERTAIN}) / (1 - least(link_score, {CERTAIN}))) as match_weight
        from {LINKS}
        """
    ).to_arrow_table()


def read_threshold(connection: duckdb.DuckDBPyConnection) -> float:
    """Return the score from which on a pair is offered to the clustering."""
    ((threshold,),) = connection.execute(f"select link_score_from from {SETTINGS}").fetchall()
    return float(threshold)


def read_decisions(connection: duckdb.DuckDBPyConnection) -> list[Decision]:
    """Return the rows of the two seeds that hold on the night's date."""
    rows = connection.execute(
        f"select decision, record_key_a, record_key_b, row_text from {DECISIONS} order by all"
    ).fetchall()
    return [Decision(*row) for row in rows]


def decided_pairs(decisions: Sequence[Decision]) -> pa.Table:
    """Return the must-links as pairs that are linked, in the shape of `people.PAIRS`."""
    pairs = sorted({_ordered(row) for row in decisions if row.decision == MUST_LINK})
    return pa.table(
        {
            "record_key_a": pa.array([a for a, _ in pairs], pa.string()),
            "record_key_b": pa.array([b for _, b in pairs], pa.string()),
            "link_rule": pa.array([MUST_LINK] * len(pairs), pa.string()),
            "link_score": pa.array([1.0] * len(pairs), pa.float64()),
            "match_weight": pa.array([DECIDED_WEIGHT] * len(pairs), pa.float64()),
            "decision": pa.array(["linked"] * len(pairs), pa.string()),
            "refused_because": pa.array([None] * len(pairs), pa.string()),
        }
    )


def held_apart(decisions: Sequence[Decision], records: pa.Table) -> pa.Table:
    """Return the pairs that cannot be linked, of records that are there, as `cluster_records` takes them."""
    known = set(records["customer_record_key"].to_pylist())
    pairs = sorted({_ordered(row) for row in decisions if row.decision != MUST_LINK})
    pairs = [(a, b) for a, b in pairs if a in known and b in known]
    return pa.table(
        {
            "record_key_a": pa.array([a for a, _ in pairs], pa.string()),
            "record_key_b": pa.array([b for _, b in pairs], pa.string()),
        }
    )


def _ordered(row: Decision) -> tuple[str, str]:
    return min(row.record_key_a, row.record_key_b), max(row.record_key_a, row.record_key_b)
