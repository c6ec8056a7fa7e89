"""The sample's late file on two real nights: what was known of its member before it came, and what is known since.

A store's sales of 29 September stand in the drop of 2 October (`ingestion.sample.tills.EXPORT`).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import SMALL_SAMPLE
from tests.shop import Shop

pytestmark = pytest.mark.marathon
THEN, NOW = "2026-10-01", "2026-10-02"
MEMBER = """
    customer_id = (
        select customer_id from customer.customer_record_map
        inner join read_parquet('{truth}/loyalty_members.parquet')
            on customer_record_key = md5('tills|loyalty_card|' || card_number)
        where story = 'late_file'
    )
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The sample after the night before the late drop and the night with it."""
    folder = tmp_path_factory.mktemp("late")
    shop = Shop.create(folder / "shop", [], SMALL_SAMPLE)
    assert shop.run("sample").returncode == 0
    sample = shop.folder / "data" / "sample"
    _move_drops(sample, folder / "aside", lambda date: date > THEN)
    _night(shop, THEN)
    _move_drops(folder / "aside", sample, lambda date: date <= NOW)
    _night(shop, NOW)
    return shop


def _move_drops(source: Path, target: Path, is_wanted: Callable[[str], bool]) -> None:
    for drop in sorted(source.glob("*/daily/*")):
        if is_wanted(drop.name):
            place = target / drop.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(drop, place)


def _night(shop: Shop, as_of: str) -> None:
    done = shop.run("nightly", EVERMART_NIGHT__AS_OF=as_of)
    assert done.returncode == 0, done.stdout + done.stderr


def _rows(shop: Shop, sql: str) -> list[tuple[object, ...]]:
    member = MEMBER.format(truth=shop.folder / "data" / "sample" / "truth")
    with shop.published() as connection:
        return connection.execute(sql.format(member=member)).fetchall()


def test_the_late_sale_is_posted_on_the_night_that_learned_of_it(shop: Shop) -> None:
    postings = _rows(
        shop,
        """select movement_date::text, points, posted_date::text, posting_cause from loyalty.fct_points_ledger
        where {member} order by posted_date, movement_date""",
    )
    assert postings == [
        ("2026-03-10", 150, THEN, "opening"),
        ("2026-10-01", 10, THEN, "opening"),
        ("2026-09-29", 120, NOW, "late_file"),
    ]


def test_the_member_was_known_without_silver_and_has_had_it_since_the_day_of_the_sale(shop: Shop) -> None:
    known = _rows(
        shop,
        """select tier_code, valid_from::text, known_from::text, known_to::text, known_cause
        from loyalty.tier_history_known where {member} order by known_from, valid_from""",
    )
    assert known == [
        ("member", "2025-05-06", THEN, NOW, "opening"),
        ("member", "2025-05-06", NOW, None, "late_file"),
        ("silver", "2026-09-29", NOW, None, "late_file"),
    ]
    assert _rows(shop, "select tier_code, tier_since::text from loyalty.loyalty_status where {member}") == [
        ("silver", "2026-09-29")
    ]
