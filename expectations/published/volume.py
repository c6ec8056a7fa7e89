"""Volume: are the marts as full as they were?"""

from __future__ import annotations

from collections.abc import Iterator

from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.offending import ExpectNoOffendingRows
from expectations.published.state import State
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectation on the rows of every fact table."""
    counts = "row_counts"
    if state.is_comparable:
        yield Declared(counts, counts, "rows_kept", _kept(state))


def _kept(state: State) -> ExpectNoOffendingRows:
    kept = state.thresholds.least_rows_kept
    return ExpectNoOffendingRows(
        description=f"No fact table has lost more than {1 - kept:.0%} of the rows that are published now.",
        notes="Facts are added and hardly ever go away: a table that shrinks has lost a source or a join.",
        severity=FailureSeverity.CRITICAL,
        unexpected_rows_query=f"""
            select table_name, row_count, previous_row_count
            from {{batch}}
            where table_name like '%.fct_%' and row_count < {kept} * previous_row_count
            order by all""",
    )
