"""A programme played over the warehouse of a whole night: nothing is changed, and equal rules change no figure."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Night

pytestmark = pytest.mark.marathon

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "rules"


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file of the warehouse and of what is published."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for part in ("warehouse", "published")
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    }


def programme(folder: Path, *changes: tuple[str, str, str]) -> Path:
    """Copy the present programme and change (file, old text, new text)."""
    folder.mkdir()
    for seed in SEEDS.glob("loyalty_*.csv"):
        shutil.copy(seed, folder)
    for name, old, new in changes:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_the_present_programme_changes_no_figure_and_no_file(first_night: Night, tmp_path: Path) -> None:
    data = first_night.shop.folder / "data"
    before = digests(data)
    done = first_night.shop.run("simulate", str(programme(tmp_path / "same")), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert {float(value) for value in told["difference"].values()} == {0.0}
    assert all(row["present"] == row["simulated"] for row in told["tier_matrix"])
    assert told["present"]["points_issued"] > 0
    assert digests(data) == before
    assert Path(told["page"]).read_text(encoding="utf-8").startswith("<!doctype html>")


def test_twice_the_rate_issues_about_twice_the_points(first_night: Night, tmp_path: Path) -> None:
    twice = programme(tmp_path / "twice", ("loyalty_earn_rule.csv", "base,rate,1,", "base,rate,2,"))
    done = first_night.shop.run("simulate", str(twice), "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert 1.95 < told["simulated"]["points_issued"] / told["present"]["points_issued"] < 2.1
    assert float(told["difference"]["liability_amount"]) > 0
    assert told["simulated"]["points_redeemed"] == told["present"]["points_redeemed"]


def test_broken_rules_are_told_and_nothing_is_played(first_night: Night, tmp_path: Path) -> None:
    broken = programme(tmp_path / "broken", ("loyalty_tier.csv", "2,gold,Gold,900,750", "2,gold,Gold,900,950"))
    done = first_night.shop.run("simulate", str(broken))
    assert done.returncode == 2
    assert "tiers_rise_step_by_step" in done.stderr
    assert "gold" in done.stderr
