"""The same files, landed in two halves, the newer half first: a lake from which the marts of one night for all come.

Only the warehouse remembers that it knew one half alone: ids of customers stay with most of their records.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import SMALL_SAMPLE, Night, customer_digests
from tests.shop import Shop

pytestmark = pytest.mark.marathon


def test_two_halves_in_reverse_order_give_the_same_marts(first_night: Night, tmp_path: Path) -> None:
    shop = Shop.create(tmp_path / "shop", [], SMALL_SAMPLE)
    sample = shop.folder / "data" / "sample"
    shutil.copytree(first_night.shop.folder / "data" / "sample", sample)
    older = _older_half(sample)
    for file in older:
        aside = tmp_path / "aside" / file
        aside.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(sample / file, aside)
    newer_alone = shop.run("nightly")
    # Whether half a retailer passes its audits is not the question; that its files have landed is.
    with shop.lake() as lake:
        landed = lake.execute("select count(distinct _source_file) from lake.landing_log").fetchall()
    assert landed[0][0] > 0, newer_alone.stdout
    for file in older:
        shutil.move(tmp_path / "aside" / file, sample / file)
    everything = shop.run("nightly")
    assert everything.returncode == 0 or "identity_accepted_change" in everything.stdout, everything.stdout
    for folder in ("warehouse", "published"):
        shutil.rmtree(shop.folder / "data" / folder)
    anew = shop.run("build")
    assert anew.returncode == 0, anew.stdout + anew.stderr
    assert customer_digests(shop) == first_night.customers


def _older_half(sample: Path) -> list[Path]:
    """Return the files whose path sorts into the older half of their system, so that the newer ones land first."""
    systems = [folder for folder in sorted(sample.iterdir()) if folder.is_dir() and folder.name != "truth"]
    chosen = []
    for system in systems:
        daily = sorted(path for path in system.rglob("*") if path.is_file() and "20" in path.parent.name)
        chosen += daily[: len(daily) // 2]
        chosen += [path for path in system.rglob("history/*") if path.is_file()]
    return [path.relative_to(sample) for path in chosen]
