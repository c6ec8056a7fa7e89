"""What `make check` tells a person who brings a source, without landing anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.check import check_systems
from ingestion.settings import Settings, load_settings
from tests.ingestion.conftest import HEADER, Shop


@pytest.fixture
def configured(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> Settings:
    _ = shop.system
    (shop.root / "files").mkdir(exist_ok=True)
    monkeypatch.setenv("EVERMART_SOURCES__MAPPINGS", '["mapping.yml"]')
    return load_settings()


def test_good_files_pass_and_nothing_lands(shop: Shop, configured: Settings) -> None:
    shop.write("orders.csv", HEADER + "1,paid,2026-01-05 10:00:00,10.50,\n", at=1_700_000_000)
    report = check_systems(configured)
    assert report.ok
    assert "ok       orders: 1 files (changed 2023-11-14 22:13 to 2023-11-14 22:13 UTC), 1 good rows" in report.text
    assert not Path(configured.lake_url).exists()


def test_bad_rows_are_shown_with_file_row_column_value_and_reason(shop: Shop, configured: Settings) -> None:
    shop.write("orders.csv", HEADER + "1,paid,2026-01-05,ten,\n2,paid,2026-01-05,1\n" + "3,x,2026-01-05,1,\n" * 9)
    report = check_systems(configured)
    assert not report.ok
    assert "orders.csv, row 1, total_amount = 'ten': not a number" in report.text
    assert "orders.csv, row 2: not a readable line" in report.text
    assert "and 6 more bad rows" in report.text
    assert "more than 5% of the rows are bad (night.max_quarantined_share)" in report.text


def test_missing_files_columns_folders_and_mappings_are_told(shop: Shop, configured: Settings) -> None:
    assert "NO FILE  orders: nothing in" in check_systems(configured).text
    shop.write("orders.csv", "id,status\n1,paid\n")
    assert "refused orders.csv: column 'created', 'total', 'updated' is missing" in check_systems(configured).text
    (shop.root / "files" / "orders.csv").unlink()
    (shop.root / "files").rmdir()
    assert "the folder does not exist" in check_systems(configured).text
    shop.entities = {"orderz": {}}
    _ = (shop.root / "mapping.yml").write_text("system: x\nkind: eshop\nlocation: files\nentities: {orderz: {}}\n")
    report = check_systems(configured)
    assert not report.ok and "known: customers" in report.text
