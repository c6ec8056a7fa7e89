"""What lands when: once, twice, late, changed, again for a day, and after something went wrong."""

from __future__ import annotations

import datetime as dt
import shutil
from decimal import Decimal

import pytest

from ingestion.errors import LandingBusyError, MappingError, SourceUnavailableError
from ingestion.files import Days
from ingestion.land import landing
from tests.ingestion.conftest import HEADER, Shop

ONE = HEADER + "1,paid,2026-01-05 10:00:00,10.50,2026-01-05 10:00:00\n"
TWO = HEADER + "2,paid,2026-01-06 10:00:00,20,2026-01-06 10:00:00\n"


def test_a_file_lands_once_however_often_the_night_runs(shop: Shop) -> None:
    shop.write("orders-1.csv", ONE)
    first, second = shop.land(), shop.land()
    assert first.entities["orders"].rows_landed == 1
    assert second.load_ids == () and second.entities["orders"].rows_received == 0
    assert shop.values("order_id") == ["1"]
    assert shop.findings() == []


def test_a_new_and_a_changed_file_land_and_the_old_version_stays(shop: Shop) -> None:
    shop.write("orders-1.csv", ONE, at=1_000_000)
    shop.land()
    shop.write("orders-1.csv", ONE.replace("paid", "cancelled"), at=2_000_000)
    shop.write("orders-2.csv", TWO)
    result = shop.land()
    assert result.entities["orders"].files_landed == 2
    assert shop.values("status", order="_known_at, order_id") == ["paid", "cancelled", "paid"]


def test_all_columns_carry_where_they_came_from(shop: Shop) -> None:
    shop.document["partitions"] = {"start": "2026-01-01"}
    shop.entities = {"orders": shop.entities["orders"] | {"files": "{date}/orders.csv"}}
    shop.write("2026-01-05/orders.csv", ONE, at=1_000_000)
    shop.write("not-a-date/orders.csv", ONE)
    result = shop.land()
    columns = "_source_file, _source_row, _file_date, _file_modified_at, _dlt_load_id"
    assert shop.query(f"select {columns} from lake_eshop.orders") == [
        ("2026-01-05/orders.csv", 1, dt.date(2026, 1, 5), dt.datetime(1970, 1, 12, 13, 46, 40), result.load_ids[0])
    ]


def test_a_backfill_reads_the_files_of_its_days_again_and_no_others(shop: Shop) -> None:
    shop.document["partitions"] = {"start": "2026-01-01"}
    shop.entities = {"orders": shop.entities["orders"] | {"files": "orders-{date}.csv"}}
    shop.write("orders-2026-01-05.csv", ONE)
    shop.land()
    shop.write("orders-2026-01-06.csv", TWO)
    day = dt.date(2026, 1, 5)
    assert shop.land(days=Days(day, day)).entities["orders"].files_landed == 1
    assert shop.values("order_id") == ["1", "1"]
    shop.land()
    assert shop.values("order_id") == ["1", "1", "2"]


def test_duplicated_keys_land_for_staging_to_choose(shop: Shop) -> None:
    shop.write("orders.csv", ONE + ONE.removeprefix(HEADER))
    shop.land()
    assert shop.values("_source_row") == [1, 2]


def test_a_new_source_column_is_kept_as_text(shop: Shop) -> None:
    shop.write("orders-1.csv", ONE)
    shop.land()
    shop.write("orders-2.csv", TWO.replace("updated\n", "updated,Gift Note\n").replace("00\n", "00,hi\n"))
    shop.write("orders-3.csv", ONE)
    shop.land()
    files = f"{shop.settings.lake_url}/eshop/shop/orders/*.parquet"
    sql = f"select order_id, extra_gift_note from read_parquet('{files}', union_by_name = true) order by all"
    assert shop.query(sql) == [("1", None), ("1", None), ("2", "hi")]


def test_a_missing_folder_is_an_outage_and_lands_nothing(shop: Shop) -> None:
    shop.write("orders.csv", ONE)
    shutil.rmtree(shop.root / "files")
    with pytest.raises(SourceUnavailableError, match="does not exist"):
        from ingestion.land import land

        land(shop.system, shop.settings)
    assert shop.log() == []


def test_two_landings_of_one_system_do_not_run_at_once(shop: Shop) -> None:
    with landing(shop.system, shop.settings), pytest.raises(LandingBusyError, match="another process"):
        shop.land()


def test_a_refused_file_lands_nothing_and_blocks_until_it_is_corrected(shop: Shop) -> None:
    shop.write("orders-1.csv", ONE)
    shop.write("orders-2.csv", "id,status\n2,paid\n")
    result = shop.land()
    assert (result.entities["orders"].files_landed, result.entities["orders"].files_refused) == (1, 1)
    (finding,) = shop.findings()
    assert finding.kind == "refused" and finding.file == "orders-2.csv" and "'created'" in finding.message
    shop.write("orders-2.csv", TWO)
    shop.land()
    assert shop.findings() == [] and shop.values("order_id") == ["1", "2"]


def test_a_refused_file_that_is_taken_away_blocks_no_longer(shop: Shop) -> None:
    path = shop.write("orders-2.csv", "id,status\n2,paid\n")
    shop.land()
    path.unlink()
    shop.land()
    assert shop.findings() == []
    assert shop.log()[-1][1] == "withdrawn"


def test_quarantined_rows_are_replayed_after_the_mapping_is_corrected(shop: Shop) -> None:
    shop.write("orders.csv", ONE.replace("paid", "P"))
    shop.land()
    assert shop.values("order_id") == [] and [finding.kind for finding in shop.findings()] == ["share"]
    columns = shop.entities["orders"]["columns"] | {"status": {"column": "status", "values": {"P": "paid"}}}
    shop.entities = {"orders": shop.entities["orders"] | {"columns": columns}}
    assert shop.land(replay_quarantined=True).entities["orders"].rows_landed == 1
    assert shop.values("status") == ["paid"] and shop.findings() == []


def test_rows_that_vanish_from_the_lake_are_found(shop: Shop) -> None:
    shop.write("orders.csv", ONE)
    shop.land()
    shutil.rmtree(shop.root / "data" / "lake" / "eshop" / "shop" / "orders")
    (finding,) = shop.findings()
    assert finding.kind == "count" and "the lake holds 0 landed" in finding.message


def test_an_expression_that_does_not_fit_the_file_names_the_mapping(shop: Shop) -> None:
    shop.write("orders.csv", ONE)
    columns = shop.entities["orders"]["columns"] | {"total_amount": {"expr": "no_such_function(total)"}}
    shop.entities = {"orders": shop.entities["orders"] | {"columns": columns}}
    with pytest.raises(MappingError, match=r"mapping.yml: entity 'orders', column 'total_amount'.*no_such_function"):
        shop.land()
    assert shop.log() == []


def test_several_entities_of_one_system_share_quarantine_and_log(shop: Shop) -> None:
    shop.entities["customers"] = {
        "files": "customers.csv",
        "columns": {"customer_id": "id", "created_at": "since"},
    }
    shop.write("orders.csv", ONE)
    shop.write("customers.csv", "id,since\nc1,2025-01-01\n,2025-01-01\n")
    result = shop.land()
    assert {name: counts.rows_landed for name, counts in result.entities.items()} == {"orders": 1, "customers": 1}
    assert shop.query("select entity, count(*) from lake.landing_log group by all order by all") == [
        ("customers", 1),
        ("orders", 1),
    ]
    assert shop.quarantine() == [("customer_id", None, "required, but empty")]
    assert shop.values("total_amount") == [Decimal("10.5000")]
