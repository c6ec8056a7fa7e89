"""Versions: does one file say one thing about one version of a record?"""

from __future__ import annotations

from collections.abc import Iterator

from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.landed.state import State
from expectations.offending import ExpectNoOffendingRows
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectations on versions that contradict each other."""
    share = state.thresholds.conflicting_share
    for name in state.watched:
        yield Declared(
            f"{name}_conflicts",
            state.subject(name),
            f"{name}_versions_agree",
            ExpectNoOffendingRows(
                description=f"Under {share:.0%} of the rows of {name} contradict another row of their file about the "
                "same version.",
                notes="The newest version of a record wins. Where one file says two things about the same version, the "
                "order of its rows decides: the clock or the key is not what the mapping takes it for.",
                severity=FailureSeverity.WARNING,
                unexpected_rows_query=f"""
                    select * exclude (row_count)
                    from {{batch}}
                    where (select sum(copies) from {{batch}}) > {share} * row_count
                    order by all""",
            ),
        )
