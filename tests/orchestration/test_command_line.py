"""The command line before any work starts: wrong settings and mappings, and a query that can reach nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from orchestration.publishing import publish
from orchestration.query import NoSnapshotError, open_snapshot
from tests.orchestration.test_publishing import AS_OF, fill
from tests.shop import Shop


@pytest.mark.parametrize("command", ["nightly", "check", "query", "ui"])
def test_a_wrong_setting_is_told_once_and_nothing_starts(tmp_path: Path, command: str) -> None:
    shop = Shop.create(tmp_path, [], '[retailer]\ntime_zone = "Athens"\n')
    done = shop.run(command)
    assert done.returncode == 2
    assert "retailer.time_zone" in done.stderr
    assert "Europe/Athens" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_wrong_mapping_is_told_once_and_nothing_starts(tmp_path: Path) -> None:
    mapping = tmp_path / "my_shop.yml"
    mapping.write_text(
        "system: my_shop\nkind: eshop\nlocation: .\nentities: {order: {files: a.csv, columns: {a: b}}}\n"
    )
    shop = Shop.create(tmp_path / "shop", [mapping])
    done = shop.run("nightly")
    assert done.returncode == 2
    assert "'order' is not in the contract" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "shop" / "data" / "lake").exists()


def test_a_backfill_must_not_end_before_it_begins(tmp_path: Path) -> None:
    done = Shop.create(tmp_path, []).run("backfill", "2026-10-05", "2026-10-04")
    assert done.returncode == 2
    assert "is before FIRST" in done.stderr


def test_a_query_before_the_first_night_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoSnapshotError, match="make nightly"):
        open_snapshot(tmp_path)


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('/etc/passwd', sep = ':', header = false)",
        "attach '/tmp/other.duckdb'",
        "copy growth.headline_kpi to '/tmp/out.csv'",
        "delete from growth.headline_kpi",
        "set enable_external_access = true",
    ],
)
def test_a_query_can_neither_change_the_snapshot_nor_reach_another_file(tmp_path: Path, sql: str) -> None:
    fill(tmp_path / "warehouse.duckdb", 1)
    publish(tmp_path / "warehouse.duckdb", tmp_path, as_of=AS_OF, run_id="run", checks={}, keep=1)
    with open_snapshot(tmp_path) as connection:
        assert connection.execute("select count(*) from growth.headline_kpi").fetchall() == [(2_000,)]
        with pytest.raises(duckdb.Error):
            connection.execute(sql)
