"""Drift: do the headline figures move as much as a night can move them?"""

from __future__ import annotations

from collections.abc import Iterator

from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.offending import ExpectNoOffendingRows
from expectations.published.state import State
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectations on tonight's figures against those that are published now."""
    if not state.is_comparable:
        return
    yield Declared("growth__headline_kpi", "growth.headline_kpi", "headline_kpi_steady", _headlines(state), "value")
    yield Declared(
        "loyalty__loyalty_status", "loyalty.loyalty_status", "members_by_tier_steady", _tiers(state), "tier_code"
    )


def _headlines(state: State) -> ExpectNoOffendingRows:
    drift = state.thresholds.kpi_drift
    return ExpectNoOffendingRows(
        description=f"No reliable headline figure moves by more than {drift:.0%} against the published one.",
        notes="One night's sales hardly move figures over a year or more. A jump is a changed rule, a merge of many "
        "customers or a fault: somebody should know which before others ask.",
        severity=FailureSeverity.WARNING,
        unexpected_rows_query=f"""
            select tonight.kpi_code, tonight.value, published.value as published_value
            from {{batch}} as tonight
            inner join previous.growth.headline_kpi as published on tonight.kpi_code = published.kpi_code
            where tonight.is_reliable
                and published.is_reliable
                and abs(tonight.value - published.value) > {drift} * greatest(abs(published.value), 0.01)
            order by tonight.kpi_code""",
    )


def _tiers(state: State) -> ExpectNoOffendingRows:
    drift = state.thresholds.kpi_drift
    return ExpectNoOffendingRows(
        description=f"No tier's share of the members moves by more than {drift:.0%} of all members.",
        notes="Members change tier one by one; a tier that empties in a night follows a changed rule or a lost ledger.",
        severity=FailureSeverity.WARNING,
        unexpected_rows_query=f"""
            with tonight as (
                select tier_code, count(*) / sum(count(*)) over () as share from {{batch}} group by tier_code
            ),
            published as (
                select tier_code, count(*) / sum(count(*)) over () as share
                from previous.loyalty.loyalty_status
                group by tier_code
            )
            select coalesce(tonight.tier_code, published.tier_code) as tier_code,
                tonight.share, published.share as published_share
            from tonight
            full join published on tonight.tier_code = published.tier_code
            where abs(coalesce(tonight.share, 0) - coalesce(published.share, 0)) > {drift}
            order by all""",
    )
