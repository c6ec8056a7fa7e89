"""Sanity: are the figures such as a shop can have?"""

from __future__ import annotations

from collections.abc import Iterator

from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.offending import ExpectNoOffendingRows
from expectations.published.state import State
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectations on shares and rates of the whole data."""
    orders = ("customer__fct_order", "customer.fct_order")
    low, high = state.thresholds.discount_rate
    yield Declared(*orders, "orders_known_share", _known_share(state.thresholds.least_known_share), "customer_id")
    yield Declared(*orders, "discount_rate", _rate(state, "discount", low, high), "discount_amount_reporting")
    low, high = state.thresholds.return_rate
    yield Declared(*orders, "return_rate", _rate(state, "returned", low, high), "returned_amount_reporting")
    yield Declared("feedback__nps_daily", "feedback.nps_daily", "nps_within_scale", _nps())


def _known_share(least: float) -> ExpectNoOffendingRows:
    return ExpectNoOffendingRows(
        description=f"At least {least:.0%} of the valid orders have a customer.",
        notes="Under it, the files of customers or the identity step are lost, or the shop knows nobody by name: then "
        "loyalty marts are empty. A shop may well be so, hence a warning.",
        severity=FailureSeverity.WARNING,
        unexpected_rows_query=f"""
            select count(*) as valid_orders, count(customer_id) as known_orders
            from {{batch}}
            where is_valid_order
            having count(customer_id) < {least} * count(*)""",
    )


def _rate(state: State, part: str, low: float, high: float) -> ExpectNoOffendingRows:
    return ExpectNoOffendingRows(
        description=f"Over the last year, {part} amounts are between {low:.0%} and {high:.0%} of gross sales.",
        notes="A join that multiplies rows, or an allocation that is added twice, shows in the rate before it shows in "
        "any single order.",
        severity=FailureSeverity.CRITICAL,
        unexpected_rows_query=f"""
            select
                channel,
                source_system,
                sum(gross_amount_reporting) as gross_amount_reporting,
                sum({part}_amount_reporting) as {part}_amount_reporting
            from {{batch}}
            where is_valid_order and order_date > date '{state.as_of}' - 365
            group by channel, source_system
            having sum({part}_amount_reporting)
                not between {low} * sum(gross_amount_reporting) and {high} * sum(gross_amount_reporting)
            order by channel, source_system""",
    )


def _nps() -> ExpectColumnValuesToBeBetween:
    return ExpectColumnValuesToBeBetween(
        column="nps",
        min_value=-100,
        max_value=100,
        description="Every NPS is between -100 and 100.",
        notes="It is a difference of two shares; anything else is an error of arithmetic.",
        severity=FailureSeverity.CRITICAL,
    )
