"""Versions: does one file say one thing about one version of a record?"""

from __future__ import annotations

from collections.abc import Iterator

from expectations.landed.state import State
from expectations.offending import ExpectNoOffendingRows
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectation on versions that contradict each other."""
    if not state.watched:
        return
    share = state.thresholds.conflicting_share
    yield Declared(
        f"{state.table(state.watched)}_conflicts",
        f"{state.watched}_versions_agree",
        ExpectNoOffendingRows(
            description=f"Under {share:.0%} of the versions of {state.watched} are said twice in one file with different "
            "amounts or statuses.",
            notes="The newest version of a record wins. Where one file holds the same version twice with different content, "
            "the winner is a matter of rows' order: the source's clock or key is not what the mapping takes it for.",
            severity="warning",
            unexpected_rows_query=f"""
                select * exclude (version_count)
                from {{batch}}
                where (select sum(copies) from {{batch}}) > {share} * version_count
                order by all""",
        ),
    )
