"""A whole night of the sample retailer: what it says, what a second one changes, what a backfill changes: nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import RUNS, SMALL_SAMPLE, Night, customer_digests, published_digests
from tests.shop import Shop

pytestmark = pytest.mark.slow

RANGE_OF_LAST_LOADS = """
    with loads as (
        select source_system, max(_dlt_load_id) as load_id
        from lake.landing_log
        group by source_system
        having count(distinct _dlt_load_id) > 1
    )
    select min(_file_date)::varchar, max(_file_date)::varchar, count(distinct _file_date)
    from lake.landing_log
    inner join loads on loads.load_id = landing_log._dlt_load_id
"""


def test_the_first_night_tells_what_a_person_wants_to_know(first_night: Night) -> None:
    told = " ".join(first_night.done.stdout.split())
    for part in (
        "Sources, tonight",
        "webshop",
        "tills",
        "voice",
        "Headlines",
        "Points liability",
        "NPS",
        "checks passed",
        "0 failed",
        "make ui",
        "make query",
        "make check",
        str(first_night.shop.snapshot_path),
    ):
        assert part in told


def test_the_first_night_publishes_every_area(first_night: Night) -> None:
    areas = {table.split(".")[0] for table in first_night.digests}
    assert areas == {"customer", "loyalty", "feedback", "growth", "audit"}
    assert first_night.digests["customer.fct_order"].rows > 0


def test_a_second_night_lands_nothing_and_changes_nothing(first_night: Night, tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    shutil.copytree(first_night.shop.folder, shop.folder, symlinks=True)
    done = shop.run("nightly")
    assert done.returncode == 0, done.stdout + done.stderr
    with shop.lake() as lake:
        ((systems, loads, files),) = lake.execute(
            """
            select count(distinct source_system), count(distinct (source_system, _dlt_load_id)), count(*)
            from lake.landing_log
            """
        ).fetchall()
        ((once,),) = lake.execute(
            "select count(*) from (select distinct source_system, entity, _source_file from lake.landing_log)"
        ).fetchall()
    assert loads == systems
    assert files == once
    after = published_digests(shop)
    assert {table for table in after if after[table] != first_night.digests[table]} == RUNS


def test_a_backfill_of_days_gives_what_a_night_that_landed_all_at_once_gives(
    first_night: Night, tmp_path: Path
) -> None:
    shop = Shop.create(tmp_path, [], SMALL_SAMPLE)
    for part in ("sample", "dbt"):
        shutil.copytree(first_night.shop.folder / "data" / part, tmp_path / "data" / part)
    late = take_away(tmp_path / "data" / "sample", tmp_path / "late", days=("2026-10-06", "2026-10-07"))
    assert late
    done = shop.run("nightly")
    assert done.returncode == 0, done.stdout + done.stderr
    assert customer_digests(shop) != first_night.customers

    for path, place in late.items():
        shutil.move(path, place)
    # Wider than what came late: days that have landed already are read again, and must change nothing.
    done = shop.run("backfill", "2026-10-04", "2026-10-08")
    assert done.returncode == 0, done.stdout + done.stderr
    with shop.lake() as lake:
        landed_again = lake.execute(RANGE_OF_LAST_LOADS).fetchall()
    assert landed_again == [("2026-10-04", "2026-10-08", 5)]
    assert customer_digests(shop) == first_night.customers


def take_away(sample: Path, aside: Path, days: tuple[str, ...]) -> dict[Path, Path]:
    """Move the files of some days away; returns where each was, by where it is now."""
    moved = {}
    for number, place in enumerate(sorted(path for day in days for path in sample.rglob(f"daily/{day}"))):
        now = aside / str(number)
        now.parent.mkdir(exist_ok=True)
        shutil.move(place, now)
        moved[now] = place
    return moved
