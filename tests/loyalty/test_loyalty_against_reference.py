"""The SQL of points and tiers equals a reference that plays every event, over random programmes and histories.

`pytest -m slow tests/loyalty` compares 10,000 histories; what differs is told as the smallest world that differs.
"""

from __future__ import annotations

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest

from tests.loyalty.drawing import differing, draw_worlds, explain
from tests.loyalty.history import World
from tests.loyalty.history_strategies import worlds
from tests.loyalty.reference.membership import Membership
from tests.loyalty.warehouse import Compiled, Warehouse


@pytest.fixture(scope="module")
def warehouse(compiled_loyalty: Compiled) -> Warehouse:
    return Warehouse(compiled_loyalty)


def assert_equal(warehouse: Warehouse, drawn: list[World], seed: int) -> None:
    """Fail with the smallest world that differs."""
    different = differing(warehouse, drawn)
    if different:
        smallest = min(different, key=lambda world: len(repr(world)))
        pytest.fail(f"{len(different)} of {len(drawn)} worlds differ (seed {seed}):\n{explain(warehouse, smallest)}")


def test_ledger_lots_tiers_status_and_liability_equal_the_reference(warehouse: Warehouse) -> None:
    seed = random.randrange(10**6)
    drawn = draw_worlds(worlds(), 190, seed)
    assert sum(len(Membership(world).since) for world in drawn) >= 200
    assert_equal(warehouse, drawn, seed)


@pytest.mark.parametrize(
    ("zone", "as_of"),
    [
        ("America/Santiago", dt.date(2024, 2, 29)),  # midnight is skipped there in spring, and comes twice in autumn
        ("Pacific/Auckland", dt.date(2024, 12, 31)),
        ("UTC", dt.date(2024, 1, 1)),
    ],
)
def test_other_zones_and_nights(warehouse: Warehouse, zone: str, as_of: dt.date) -> None:
    seed = random.randrange(10**6)
    assert_equal(warehouse, draw_worlds(worlds(ZoneInfo(zone), as_of), 30, seed), seed)


def test_programmes_that_enrol_everybody(warehouse: Warehouse) -> None:
    """Such a world needs a warehouse of its own."""
    seed = random.randrange(10**6)
    assert_equal(warehouse, draw_worlds(worlds(is_open=True), 6, seed), seed)


@pytest.mark.marathon
def test_ten_thousand_histories(warehouse: Warehouse) -> None:
    histories = 0
    for seed in range(40):
        drawn = draw_worlds(worlds(), 250, seed)
        histories += sum(len(Membership(world).since) for world in drawn)
        assert_equal(warehouse, drawn, seed)
        if histories >= 10_000:
            return
    pytest.fail(f"only {histories} histories were drawn")
