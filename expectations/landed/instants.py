"""Instants: do they lie between the first day that anybody loads and now?"""

from __future__ import annotations

from collections.abc import Iterator

from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.landed.state import State
from expectations.offending import ExpectNoOffendingRows
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectations on when the entities whose events speak for the system happened."""
    for name, watched in state.watched.items():
        expectation = _believable(state, name, watched.event)
        yield Declared(name, state.subject(name), f"{name}_time_believable", expectation, watched.event)


def _believable(state: State, name: str, event: str) -> ExpectNoOffendingRows:
    time = state.thresholds.time
    keys = ", ".join(state.contract.entities[name].key)
    return ExpectNoOffendingRows(
        description=f"At least {time.mostly:.1%} of {name} are dated {time.earliest} to {state.latest:%Y-%m-%d}.",
        notes="A wrong date format or zone moves whole files into another year, and with them cohorts, tiers and "
        "points. A few rows of a till with a flat battery must not hold the night back, hence the share.",
        severity=FailureSeverity.CRITICAL,
        unexpected_rows_query=f"""
            with unbelievable as (
                select {keys}, {event}, _source_file, _source_row
                from {{batch}}
                where {event} not between timestamp '{time.earliest}' and timestamp '{state.latest}'
            )
            select *
            from unbelievable
            where (select count(*) from unbelievable) > (1 - {time.mostly}) * (select count(*) from {{batch}})
            order by all""",
    )
