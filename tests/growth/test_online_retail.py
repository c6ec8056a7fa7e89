"""A year of a real shop (UCI Online Retail): cohorts, concentration, RFM and affinity against pandas.

The models run on the file's own orders; pandas computes the same figures directly. A night over the same file is in
`tests/real`.
"""

from __future__ import annotations

import datetime as dt

import duckdb
import pandas as pd
import pytest

from tests.growth.compiled import AS_OF, LINE_COLUMNS, CompiledModels, Warehouse
from tests.growth.test_growth_properties import SEGMENT_COLUMNS, SETTING_COLUMNS
from tests.shop import SHARED

pytestmark = pytest.mark.slow

LAST_DAY = dt.date(2011, 12, 9)
LATER = AS_OF - LAST_DAY  # the models are compiled for one day: the year is moved so that it ends on it
BASKET_COLUMNS = {
    "basket_code": "varchar",
    "basket_name": "varchar",
    "basket_of": "varchar",
    "window_days": "integer",
    "min_pair_baskets": "integer",
    "min_support": "decimal(9, 6)",
    "max_items": "integer",
}
MIN_PAIR = 300


@pytest.fixture(scope="module")
def lines() -> pd.DataFrame:
    """Every line that was sold, in cents, on a moved day. Postage and the like stay: they are lines as well."""
    path = SHARED / "data" / "online_retail.parquet"
    if not path.is_file():
        pytest.skip("online_retail.parquet is not here: it belongs to the shared test data that a clone has not")
    raw = (
        duckdb.connect()
        .execute(
            f"""
        select
            InvoiceNo as order_key, StockCode as product_key, cast(CustomerID as varchar) as customer_id,
            cast(InvoiceDate as timestamp) as ordered_at,
            cast(round(Quantity * cast(UnitPrice as decimal(18, 4)) * 100) as bigint) as cents
        from '{path}' where InvoiceNo not like 'C%' and Quantity > 0 and UnitPrice >= 0
        """
        )
        .fetchdf()
    )
    raw["order_date"] = pd.to_datetime(raw["ordered_at"].dt.date) + pd.Timedelta(LATER)
    return raw


@pytest.fixture(scope="module")
def orders(lines: pd.DataFrame) -> pd.DataFrame:
    """The orders of known customers, with their place in the customer's sequence."""
    known = lines[lines["customer_id"].notna()]
    grouped = known.groupby("order_key").agg(
        customer_id=("customer_id", "first"),
        order_date=("order_date", "min"),
        ordered_at=("ordered_at", "min"),
        cents=("cents", "sum"),
    )
    grouped = grouped.reset_index().sort_values(["customer_id", "ordered_at", "order_key"])
    grouped["order_sequence"] = grouped.groupby("customer_id").cumcount() + 1
    grouped["order_month"] = grouped["order_date"].dt.to_period("M")
    return grouped


@pytest.fixture(scope="module")
def warehouse(compiled: CompiledModels, lines: pd.DataFrame, orders: pd.DataFrame) -> Warehouse:
    made = compiled.warehouse()
    made.seed("rfm_segment", SEGMENT_COLUMNS)
    made.seed("growth_setting", SETTING_COLUMNS)
    made.seed(
        "growth_concentration_window",
        {"window_code": "varchar", "window_name": "varchar", "window_months": "integer"},
    )
    rule = {"basket_code": "order", "basket_of": "order", "window_days": 999, "min_pair_baskets": MIN_PAIR}
    made.fill("rules.growth_affinity_basket", BASKET_COLUMNS, [rule | {"min_support": 0, "max_items": 1000}])
    made.fill("customer.fct_order_line", LINE_COLUMNS, [])
    made.connection.register("given_orders", orders.assign(order_month=orders["order_month"].dt.to_timestamp()))
    made.connection.execute(
        """
        create table evermart.intermediate.int_customer_order__filter as select
            order_key, customer_id, 'online' as channel, cast(order_sequence as bigint) as order_sequence,
            cast(order_date as date) as order_date, ordered_at,
            cast(cents as decimal(18, 4)) / 100 as net_amount_reporting, cast(order_month as date) as order_month
        from given_orders
        """
    )
    made.connection.register("given_lines", lines)
    made.connection.execute(
        """
        insert into evermart.customer.fct_order_line by name select
            order_key, customer_id, product_key, cast(order_date as date) as order_date,
            cast(row_number() over () as integer) as line_number, cast(cents as decimal(18, 4)) / 100
            as gross_amount_reporting, 0 as discount_amount_reporting, true as is_valid_order, false as is_gift_card
        from given_lines
        """
    )
    return made


def built(warehouse: Warehouse, name: str) -> pd.DataFrame:
    return pd.DataFrame(warehouse.build(name))


def test_cohorts_agree(warehouse: Warehouse, orders: pd.DataFrame) -> None:
    warehouse.build("int_first_order__describe")
    cells = built(warehouse, "customer_cohort")
    first = orders.groupby("customer_id")["order_month"].transform("min")
    expected = (
        orders.assign(cohort=first)
        .groupby(["cohort", "order_month"])
        .agg(customers=("customer_id", "nunique"), orders=("order_key", "count"), cents=("cents", "sum"))
    )
    mature = cells[cells["is_mature"] & (cells["orders"] > 0)]
    found = {
        (pd.Period(row.cohort_month, "M"), pd.Period(row.order_month, "M")): (
            row.customers,
            row.orders,
            int(row.net_amount_reporting * 100),
        )
        for row in mature.itertuples()
    }
    assert found == {key: tuple(row) for key, row in zip(expected.index, expected.to_numpy().tolist(), strict=True)}
    acquired = cells[cells["age_months"] == 0].set_index("cohort_month")["acquired_customers"].to_dict()
    sizes = orders[orders["order_sequence"] == 1].groupby("order_month").size()
    assert {pd.Period(month, "M"): count for month, count in acquired.items()} == sizes.to_dict()


def test_concentration_agrees(warehouse: Warehouse, orders: pd.DataFrame) -> None:
    deciles = built(warehouse, "sales_concentration").query("window_code == 'all_time'").sort_values("decile")
    nets = orders.groupby("customer_id")["cents"].sum().sort_values(ascending=False).to_numpy(dtype=float)
    n, total = len(nets), nets.sum()
    assert deciles["customers"].sum() == n
    ends = deciles["customers"].cumsum().tolist()
    shares = [nets[:end].sum() / total for end in ends]
    assert [float(value) for value in deciles["cumulative_net_share"]] == pytest.approx(shares, abs=1e-6)
    ascending = nets[::-1]
    gini = 1 - 2 * ((ascending.cumsum() / total).sum() - 0.5) / n  # by the area below the Lorenz curve
    assert float(deciles["gini"].iloc[0]) == pytest.approx(gini, abs=2e-6)


def test_rfm_scores_agree(warehouse: Warehouse, orders: pd.DataFrame) -> None:
    scores = built(warehouse, "int_rfm__score").set_index("customer_id")
    people = orders.groupby("customer_id").agg(
        recency=("order_date", "max"),
        frequency=("order_key", "count"),
        money=("cents", "sum"),
        key=("order_key", "min"),
    )
    assert len(scores) == len(people)
    for column, by in (
        ("recency_score", ["recency", "frequency", "money", "key"]),
        ("frequency_score", ["frequency", "recency", "money", "key"]),
        ("monetary_score", ["money", "recency", "frequency", "key"]),
    ):
        ranked = people.sort_values(by).index
        size, larger = divmod(len(ranked), 5)
        fifths = [fifth for fifth in range(1, 6) for _ in range(size + (fifth <= larger))]
        assert scores[column].to_dict() == dict(zip(ranked, fifths, strict=True))


def test_affinity_agrees(warehouse: Warehouse, lines: pd.DataFrame) -> None:
    found = built(warehouse, "product_affinity").query("item_kind == 'product'")
    contents = lines[["order_key", "product_key"]].drop_duplicates()
    counts = contents["product_key"].value_counts()
    frequent = contents[contents["product_key"].isin(counts[counts >= MIN_PAIR].index)]
    both_ways = frequent.merge(frequent, on="order_key", suffixes=("_a", "_b"))
    both_ways = both_ways[both_ways["product_key_a"] != both_ways["product_key_b"]]
    pairs = both_ways.groupby(["product_key_a", "product_key_b"]).size()
    pairs = pairs[pairs >= MIN_PAIR]
    assert len(found) == len(pairs) > 50
    n = contents["order_key"].nunique()
    for row in found.itertuples():
        both, in_a, in_b = int(pairs[row.item_a, row.item_b]), int(counts[row.item_a]), int(counts[row.item_b])
        assert (row.baskets, row.item_a_baskets, row.item_b_baskets, row.pair_baskets) == (n, in_a, in_b, both)
        assert float(row.lift) == pytest.approx(both * n / (in_a * in_b), abs=5e-5)
        assert float(row.confidence) == pytest.approx(both / in_a, abs=5e-7)
