"""The sample's stories in the published marts: what the truth, worked by hand, says of them, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Night

pytestmark = pytest.mark.slow

CARDS = """
    select members.*, record_map.customer_id
    from '{truth}/loyalty_members.parquet' as members
    inner join customer.customer_record_map as record_map
        on record_map.customer_record_key = md5('tills|loyalty_card|' || members.card_number)
"""


def truth_of(night: Night) -> Path:
    return night.shop.folder / "data" / "sample" / "truth"


def test_the_ledger_of_every_story_is_the_one_worked_by_hand(first_night: Night) -> None:
    cards = CARDS.format(truth=truth_of(first_night))
    with first_night.shop.published() as connection:
        found = connection.execute(
            f"""select story, movement_date, movement_type, ledger.points
            from loyalty.fct_points_ledger as ledger inner join ({cards}) using (customer_id) order by all"""
        ).fetchall()
        wanted = connection.execute(
            f"select * from '{truth_of(first_night)}/loyalty_movements.parquet' order by all"
        ).fetchall()
    assert len(wanted) > 15
    assert found == wanted


def test_their_tiers_balances_and_deficits_are_too(first_night: Night) -> None:
    cards = CARDS.format(truth=truth_of(first_night))
    with first_night.shop.published() as connection:
        found = connection.execute(
            f"""select story, status.tier_code, status.tier_since, status.points_balance, status.points_deficit
            from loyalty.loyalty_status as status inner join ({cards}) using (customer_id) order by all"""
        ).fetchall()
        wanted = connection.execute(
            f"""select story, tier_code, tier_since, points_balance, points_deficit
            from '{truth_of(first_night)}/loyalty_members.parquet' order by all"""
        ).fetchall()
    assert {story for story, *_ in wanted} == {"late_file", "deficit", "late_reversal", "by_hand"}
    assert found == wanted


def test_points_that_come_back_to_an_expired_lot_expire_with_it(first_night: Night) -> None:
    cards = CARDS.format(truth=truth_of(first_night))
    with first_night.shop.published() as connection:
        lots = connection.execute(
            f"""select points_earned, points_spent, points_expired, points_remaining, expires_date::text
            from loyalty.fct_points_lot inner join ({cards}) using (customer_id)
            where story = 'late_reversal' order by occurred_at"""
        ).fetchall()
    assert lots == [(200, 0, 200, 0, "2026-06-30"), (43, 0, 0, 43, "2027-05-31")]
