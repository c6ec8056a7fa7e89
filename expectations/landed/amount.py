"""Amounts against history: is a typical order worth what a typical order was worth?"""

from __future__ import annotations

from collections.abc import Iterator

from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.landed.state import State
from expectations.offending import ExpectNoOffendingRows
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectations on the median amount of the entities that have one."""
    for name, watched in state.watched.items():
        if watched.amount:
            expectation = _typical(state, name, watched.event, watched.amount)
            yield Declared(name, state.subject(name), f"{name}_typical_amount", expectation, watched.amount)


def _typical(state: State, name: str, event: str, amount: str) -> ExpectNoOffendingRows:
    days, weeks = state.thresholds.volume.judged_days, state.thresholds.volume.history_weeks
    drift, least_rows = state.thresholds.amount.drift, state.thresholds.amount.least_rows
    return ExpectNoOffendingRows(
        description=f"In each currency, the median {amount} of the last {days} days of {name} is within {drift:g} "
        f"times that of the {weeks} weeks before.",
        notes="A lost decimal comma or a switch to minor units multiplies every amount by a hundred; no single row "
        "looks wrong. The median does not mind a few large orders.",
        severity=FailureSeverity.CRITICAL,
        unexpected_rows_query=f"""
            with dated as (
                select currency_code, {amount} as amount, {event} as happened_at
                from {{batch}}
                where {event} < timestamp '{state.as_of}' + interval 1 day and {amount} > 0
            ),
            newest as (
                select currency_code, max(happened_at) - interval {days} day as starts_at
                from dated
                group by currency_code
            ),
            compared as (
                select
                    dated.currency_code,
                    median(amount) filter (where happened_at >= starts_at) as recent_median,
                    median(amount) filter (where happened_at < starts_at) as earlier_median,
                    count(*) filter (where happened_at >= starts_at) as recent_rows,
                    count(*) filter (where happened_at < starts_at) as earlier_rows
                from dated
                inner join newest on dated.currency_code = newest.currency_code
                where happened_at >= starts_at - interval {weeks} week
                group by dated.currency_code
            )
            select *
            from compared
            where least(recent_rows, earlier_rows) >= {least_rows}
                and recent_median not between earlier_median / {drift} and earlier_median * {drift}
            order by currency_code""",
    )
