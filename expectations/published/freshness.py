"""Freshness: are the marts of the night that they claim to be of?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from great_expectations.expectations.core.expect_column_max_to_be_between import ExpectColumnMaxToBeBetween
from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.published.state import State
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectations on the dates of the marts."""
    oldest = state.as_of - dt.timedelta(days=state.thresholds.stale_after_days)
    yield Declared(
        "customer__fct_order",
        "customer.fct_order",
        "orders_fresh",
        ExpectColumnMaxToBeBetween(
            column="order_date",
            min_value=oldest,
            max_value=state.as_of,
            description=f"The newest order is of {oldest} to {state.as_of}.",
            notes="Marts that end earlier look complete and are not: every recency in them is too long. The sources' "
            "own freshness says which system is silent.",
            severity=FailureSeverity.WARNING,
        ),
    )
    yield Declared(
        "growth__headline_kpi",
        "growth.headline_kpi",
        "headline_kpi_as_of",
        ExpectColumnValuesToBeBetween(
            column="as_of_date",
            min_value=state.as_of,
            max_value=state.as_of,
            description=f"Every headline figure is as of {state.as_of}.",
            notes="Figures of another date are figures of a build that did not run.",
            severity=FailureSeverity.CRITICAL,
        ),
    )
