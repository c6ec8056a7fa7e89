"""Time: do the instants lie between the first day that anybody loads and now?"""

from __future__ import annotations

from collections.abc import Iterator

from expectations.landed.state import State
from expectations.offending import ExpectNoOffendingRows
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectation on the instants of the entity that speaks for the system."""
    if not state.watched:
        return
    time = state.thresholds.time
    event = state.thresholds.entities[f"{state.kind}.{state.watched}"].event
    keys = ", ".join(state.contract.entities[state.watched].key)
    yield Declared(
        state.table(state.watched),
        f"{state.watched}_time_believable",
        ExpectNoOffendingRows(
            description=f"At least {time.mostly:.1%} of {state.watched} happened between {time.earliest} and "
            f"{state.latest:%Y-%m-%d}.",
            notes="A wrong date format or zone moves whole files into another year, and with them cohorts, tiers and "
            "points. A few rows of a till with a flat battery must not hold the night back, hence the share.",
            severity="critical",
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
        ),
        column=event,
    )
