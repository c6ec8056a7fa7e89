"""The former points engine of the sample against the ledger, after a whole night: every fault is found, no other."""

from __future__ import annotations

import pytest

from tests.conftest import Night

pytestmark = pytest.mark.slow


def test_every_planted_fault_is_found_with_its_cause_and_nothing_else_is(first_night: Night) -> None:
    truth = first_night.shop.folder / "data" / "sample" / "truth" / "engine_faults.parquet"
    with first_night.shop.published() as connection:
        planted = connection.execute(
            f"""select cause, movement_type, order_key, sum(points_difference)
            from '{truth}' where points_difference <> 0 group by all order by all"""
        ).fetchall()
        found = connection.execute(
            """select cause, movement_type, order_key, points_difference
            from loyalty.shadow_ledger_movement order by all"""
        ).fetchall()
        ((members, unknown),) = connection.execute(
            "select count(*), count(*) - count(customer_id) from loyalty.shadow_ledger_difference"
        ).fetchall()
    assert found == planted
    assert len({cause for cause, *_ in planted}) >= 2
    assert members > 10
    assert unknown == 0


def test_causes_sum_to_the_difference_of_the_balances(first_night: Night) -> None:
    with first_night.shop.published() as connection:
        ((by_cause, by_member),) = connection.execute(
            """select
                (select sum(points_difference) from loyalty.shadow_ledger_cause),
                (select sum(points_difference) from loyalty.shadow_ledger_difference)"""
        ).fetchall()
    assert by_cause == by_member
