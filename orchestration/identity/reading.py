"""What the identity step reads from the warehouse beside the records: the threshold, and what a person has decided.

Belongs here: the names of the models that are read. Does not belong here: what is made of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb
import pyarrow as pa

from orchestration.identity.decisions import MUST_LINK, Decision

RECORDS: Final = "personal.int_customer_record__standardise"
DECISIONS: Final = "personal.int_customer_link__decide"
SETTINGS: Final = "rules.identity_match_setting"
DECIDED_WEIGHT: Final = 99.0


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


def _ordered(row: Decision) -> tuple[str, str]:
    return min(row.record_key_a, row.record_key_b), max(row.record_key_a, row.record_key_b)
