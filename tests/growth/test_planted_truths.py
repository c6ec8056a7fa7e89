"""What the sample retailer plants among its customers, found through what a night publishes.

The small night of every test run has too few customers for predictions, pairs of products and the drift of a store; the
retailer as it is delivered shows them all, on demand.
"""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from ingestion.sample.catalogue import PAIRS, products
from ingestion.sample.feedback import DRIFTING_STORE
from tests.conftest import Night
from tests.shop import Shop


def checkouts(shop: Shop) -> list[tuple[str, str, str | None, bool | None, str | None]]:
    """Planted checkouts that are old enough: what became of them in truth, and what the mart says."""
    truth = shop.folder / "data" / "sample" / "truth"
    with shop.published() as snapshot:
        rows: list[tuple[str, str, str | None, bool | None, str | None]] = snapshot.execute(
            f"""select checkouts.checkout_id, checkouts.fate, 'webshop:' || checkouts.source_order_id,
                found.is_recovered, found.recovered_order_key
            from '{truth}/checkouts.parquet' as checkouts
            inner join growth.abandoned_checkout as found on found.checkout_key = 'care:' || checkouts.checkout_id
            where found.is_mature and (checkouts.source_order_id is null or 'webshop:' || checkouts.source_order_id in (
                select order_key from customer.fct_order where is_valid_order))
            order by 1"""
        ).fetchall()
    return rows


def test_abandoned_checkouts_are_recovered_by_the_orders_that_came_of_them(first_night: Night) -> None:
    """A checkout that gave way to another order is recovered by it, unless its buyer came with an order before."""
    rows = checkouts(first_night.shop)
    fates = {fate: [row for row in rows if row[1] == fate] for fate in ("same_checkout", "later_order", "lost")}
    assert all(fates.values())
    assert [row for row in fates["same_checkout"] if row[2] != row[4]] == []
    right = [row[2] == row[4] for row in fates["later_order"]]
    assert sum(right) >= 0.8 * len(right)
    lost = [row[3] is False for row in fates["lost"]]
    assert sum(lost) >= 0.5 * len(lost)


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = Shop.create(tmp_path_factory.mktemp("delivered"), [])
    done = shop.run("nightly")
    assert done.returncode == 0, done.stdout + done.stderr
    return shop


@pytest.fixture(scope="module")
def snapshot(delivered: Shop) -> Iterator[duckdb.DuckDBPyConnection]:
    with delivered.published() as connection:
        connection.execute(f"set variable truth = '{delivered.folder / 'data' / 'sample' / 'truth'}'")
        yield connection


@pytest.mark.marathon
def test_planted_churners_are_found_by_the_customers_that_identity_makes(snapshot: duckdb.DuckDBPyConnection) -> None:
    """Of people with three days of orders or more: who left half a year ago, and who is still there."""
    ((churners, found, stayers, kept),) = snapshot.execute(
        """
        with people as (
            select distinct person_id, maps.customer_id
            from read_parquet(getvariable('truth') || '/customer_records.parquet') as records
            inner join customer.customer_record_map as maps
                on maps.customer_record_key
                    = md5(records.source_system || '|' || records.record_type || '|' || records.source_id)
        ),
        scored as (
            select
                lives.left_date < customer_value.as_of_date - 180 as has_left,
                lives.left_date is null as is_there,
                customer_value.alive_probability < 0.5 as is_gone
            from people
            inner join read_parquet(getvariable('truth') || '/lives.parquet') as lives using (person_id)
            inner join growth.customer_value using (customer_id)
            where customer_value.orders >= 3 and customer_value.alive_probability is not null
            qualify count(*) over (partition by people.customer_id) = 1
        )
        select count(*) filter (where has_left), count(*) filter (where has_left and is_gone),
            count(*) filter (where is_there), count(*) filter (where is_there and not is_gone)
        from scored"""
    ).fetchall()
    assert min(churners, stayers) > 100
    assert found > 0.9 * churners, (found, churners)
    assert kept > 0.85 * stayers, (kept, stayers)


@pytest.mark.marathon
def test_planted_pairs_are_found(snapshot: duckdb.DuckDBPyConnection) -> None:
    skus = [product.sku for product in products()]
    planted = {tuple(sorted((skus[one], skus[other]))) for one, other in PAIRS}
    rows = snapshot.execute(
        "select a.sku, b.sku from growth.product_affinity"
        " inner join customer.dim_product as a on a.product_key = item_a"
        " inner join customer.dim_product as b on b.product_key = item_b"
        " where basket_code = 'order_365' and item_kind = 'product' and a.sku < b.sku order by lift desc"
    ).fetchall()
    assert len(planted & set(rows[: 2 * len(planted)])) >= len(planted) - 1


@pytest.mark.marathon
def test_the_planted_drift_of_one_store_is_found(snapshot: duckdb.DuckDBPyConnection) -> None:
    rows = snapshot.execute(
        "select dimension_value, z_score from feedback.nps_drift where dimension = 'store' and drift = 'down'"
    ).fetchall()
    assert [store for store, _ in rows] == [f"tills:S{DRIFTING_STORE + 1:02}"]


@pytest.mark.marathon
def test_planted_checkouts_and_contradictions_are_found(delivered: Shop, snapshot: duckdb.DuckDBPyConnection) -> None:
    rows = checkouts(delivered)
    right = [row[4] == row[2] for row in rows if row[1] != "lost"]
    assert sum(right) > 0.9 * len(right) > 0
    missed = snapshot.execute(
        """select order_key, reason from read_parquet(getvariable('truth') || '/contradictions.parquet')
        except
        select order_key, unnest(string_split(contradictions, ', ')) from feedback.order_feedback
        where contradictions is not null"""
    ).fetchall()
    assert missed == []
