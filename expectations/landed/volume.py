"""Volume against history: does each day have the rows that such a day has?"""

from __future__ import annotations

from collections.abc import Iterator

from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.landed.state import State
from expectations.offending import ExpectNoOffendingRows
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectations on rows per business day of the entities whose events speak for the system."""
    for name in state.watched:
        table = f"{name}_by_day"
        yield Declared(table, state.subject(name), f"{name}_volume_of_each_day", _each_day(state, name))
        yield Declared(table, state.subject(name), f"{name}_volume_lasting", _lasting(state, name))


def _judged(state: State) -> str:
    volume = state.thresholds.volume
    return f"history_weeks >= {volume.least_weeks} and expected_count >= {volume.least_median}"


def _each_day(state: State, name: str) -> ExpectNoOffendingRows:
    volume = state.thresholds.volume
    return ExpectNoOffendingRows(
        description=f"Each of the last {volume.judged_days} days of {name} has between {volume.floor:g} and "
        f"{volume.ceiling:g} times the rows that its weekday usually has.",
        notes="A file that is cut short or filed under a wrong date shows here first. One odd day may be a holiday or "
        "a sale, so a person looks and the night goes on.",
        severity=FailureSeverity.WARNING,
        unexpected_rows_query=f"""
            select business_date, row_count, expected_count, history_weeks
            from {{batch}}
            where {_judged(state)}
                and row_count not between {volume.floor} * expected_count and {volume.ceiling} * expected_count
            order by business_date""",
    )


def _lasting(state: State, name: str) -> ExpectNoOffendingRows:
    volume = state.thresholds.volume
    return ExpectNoOffendingRows(
        description=f"The last {volume.trading_days} trading days of {name} are not all under {volume.floor:g} times "
        "their usual rows.",
        notes="Several trading days in a row that are far too small are no holiday: the extraction is broken, and "
        "marts built on it would say that customers have left. Days without any row are left to freshness, because a "
        "system that cannot be reached makes its own marts stale and holds nothing back.",
        severity=FailureSeverity.CRITICAL,
        unexpected_rows_query=f"""
            with trading_day as (
                select *, row_number() over (order by business_date desc) as days_ago
                from {{batch}}
                where row_count > 0
            ),
            low as (
                select *
                from trading_day
                where days_ago <= {volume.trading_days}
                    and {_judged(state)}
                    and row_count < {volume.floor} * expected_count
            )
            select business_date, row_count, expected_count, history_weeks
            from low
            where (select count(*) from low) = {volume.trading_days}
            order by business_date""",
    )
