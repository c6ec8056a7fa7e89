"""The SQL of points and tiers equals a reference that plays every event, over random histories."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.loyalty.histories import histories, programmes
from tests.loyalty.programme import History, Programme
from tests.loyalty.reference_points import play_points
from tests.loyalty.reference_tiers import play_tiers
from tests.loyalty.warehouse import Compiled, Warehouse

CUSTOMERS = tuple("abcdefgh")


@pytest.fixture(scope="module")
def warehouse(compiled_loyalty: Compiled) -> Warehouse:
    return Warehouse(compiled_loyalty)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(programme=programmes(), members=st.tuples(*(histories(customer) for customer in CUSTOMERS)))
def test_ledger_lots_tiers_and_liability_equal_the_reference(
    warehouse: Warehouse, programme: Programme, members: tuple[History, ...]
) -> None:
    by_customer = dict(zip(CUSTOMERS, members, strict=True))
    warehouse.load(programme, by_customer)
    warehouse.build()
    assert _points(warehouse) == _reference_points(programme, by_customer)
    assert _tiers(warehouse) == _reference_tiers(programme, by_customer)


def _points(warehouse: Warehouse) -> dict[str, Any]:
    return {
        "ledger": warehouse.rows(
            "fct_points_ledger",
            "customer_id, movement_type, coalesce(payment_key, refund_line_key, lot_id) as key, points",
        ),
        "lots": warehouse.rows(
            "fct_points_lot",
            "customer_id, lot_id, points_earned, points_clawed_back, points_expired, points_remaining,"
            " points_spent, lot_status = 'pending' as is_pending, active_from,"
            " coalesce(expires_at, timestamp '9999-12-31') as closes_at",
        ),
        "deficits": warehouse.rows("loyalty_status", "customer_id, points_deficit, points_balance"),
        "liability": sum(points for (points,) in warehouse.rows("points_liability", "points_remaining")),
    }


def _reference_points(programme: Programme, members: dict[str, History]) -> dict[str, Any]:
    accounts = {customer: play_points(programme, history) for customer, history in members.items()}
    has_status = {customer for customer, history in members.items() if history.member_since <= programme.as_of}
    return {
        "ledger": sorted(
            (customer, movement.kind, movement.key, movement.points)
            for customer, account in accounts.items()
            for movement in account.movements
        ),
        "lots": sorted(
            (
                customer, lot.key, lot.earned, lot.clawed_back, lot.expired, lot.open,
                lot.earned - lot.clawed_back - lot.expired - lot.open, bool(not lot.is_active and lot.open),
                lot.active_from, lot.closes_at,
            )
            for customer, account in accounts.items()
            for lot in account.lots.values()
        ),
        "deficits": sorted(
            (customer, accounts[customer].deficit, sum(movement.points for movement in accounts[customer].movements))
            for customer in has_status
        ),
        "liability": sum(lot.open for account in accounts.values() for lot in account.lots.values()),
    }  # fmt: skip


def _tiers(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.rows(
        "tier_history", "customer_id, valid_from, valid_to, tier_rank, reason, qualifying_amount, term_end_date"
    )


def _reference_tiers(programme: Programme, members: dict[str, History]) -> list[tuple[Any, ...]]:
    return sorted(
        (customer, item.valid_from, item.valid_to, item.rank, item.reason, item.amount, item.term_end)
        for customer, history in members.items()
        for item in play_tiers(programme, history)
    )
