"""A newcomer's export, which nobody prepared: a folder of CSV files, one mapping file, `check`, then a night.

The mapping is the README's own, so that what a newcomer copies is what is tested.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.shop import Shop

README = Path(__file__).resolve().parents[1] / "README.md"
ORDERS = """Order No,Date,State,Total,Cashier note
A-1001,2026-03-02 10:15,done,30.00,gift wrap
A-1002,2026-03-03 18:40,done,15.50,
A-1003,2026-03-04 09:05,cancelled,12.00,
A-1004,31/02/2026,done,8.00,typed by hand
"""
LINES = """Order No,Line,Article,Pieces,Price
A-1001,1,MUG-RED,2,10.00
A-1001,2,TEA-GREEN,4,2.50
A-1002,1,MUG-RED,1,15.50
A-1003,1,TEA-GREEN,1,12.00
A-1004,1,TEA-GREEN,1,8.00
"""
SETTINGS = """
[night]
as_of = 2026-03-05
max_quarantined_share = 0.30
"""

pytestmark = pytest.mark.slow


def _mapping_of_the_readme() -> str:
    block = re.search(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert block, "the README shows a mapping"
    return "\n".join(line.removeprefix("   ") for line in block[1].splitlines()) + "\n"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    mapping = tmp_path / "my_shop.yml"
    mapping.write_text(_mapping_of_the_readme(), encoding="utf-8")
    made = Shop.create(tmp_path / "home", [mapping], SETTINGS)
    home = made.folder / "my_shop"
    (home / "orders_2026.csv").write_text(ORDERS, encoding="utf-8")
    (home / "lines_2026.csv").write_text(LINES, encoding="utf-8")
    return made


def test_check_names_the_bad_cell_and_lands_nothing(shop: Shop) -> None:
    check = shop.run("check")
    for word in ("orders_2026.csv", "31/02/2026", "ordered_at", "4"):
        assert word in check.stdout
    assert not (shop.folder / "data" / "lake").exists()


def test_check_names_a_column_that_the_file_does_not_have(shop: Shop) -> None:
    mapping = shop.folder / "my_shop" / "mapping.yml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("Order No", "Order Number", 1), encoding="utf-8")
    check = shop.run("check")
    assert check.returncode != 0
    assert "Order Number" in check.stdout
    assert "Order No" in check.stdout, "the columns that the file does have are named"


def test_check_names_an_entity_that_does_not_exist(shop: Shop) -> None:
    mapping = shop.folder / "my_shop" / "mapping.yml"
    content = yaml.safe_load(mapping.read_text(encoding="utf-8"))
    content["entities"]["order_items"] = content["entities"].pop("order_lines")
    mapping.write_text(yaml.safe_dump(content), encoding="utf-8")
    check = shop.run("check")
    assert check.returncode != 0
    assert "order_items" in check.stdout
    assert "order_lines" in check.stdout, "the entities that exist are named"


def test_the_night_publishes_what_is_right_and_keeps_what_is_wrong(shop: Shop) -> None:
    night = shop.run("nightly")
    assert night.returncode == 0, night.stdout[-4000:] + night.stderr[-2000:]
    orders = (
        shop.published()
        .execute(
            "select order_key, is_valid_order, gross_amount, net_amount, line_count from customer.fct_order order by 1"
        )
        .fetchall()
    )
    assert [(key, valid, float(gross), float(net), lines) for key, valid, gross, net, lines in orders] == [
        ("my_shop:A-1001", True, 30.0, 30.0, 2),
        ("my_shop:A-1002", True, 15.5, 15.5, 1),
        ("my_shop:A-1003", False, 12.0, 12.0, 1),
    ]
    quarantined = shop.lake().execute("select _source_row, column_name, column_value from lake.quarantine").fetchall()
    assert quarantined == [(4, "ordered_at", "31/02/2026")]
    notes = shop.folder / "data" / "lake" / "eshop" / "my_shop" / "orders" / "*.parquet"
    kept = shop.lake().execute(f"select extra_cashier_note from '{notes}' where order_id = 'A-1001'").fetchall()
    assert kept == [("gift wrap",)], "a column that nobody mapped stays in the lake"
