"""The pairs that the sample retailer plants in its baskets come out of `product_affinity`, above nearly all others."""

from __future__ import annotations

import numpy as np
import pytest

from ingestion.sample.catalogue import PAIRS, products
from ingestion.sample.chunk import draw_chunk
from ingestion.sample.draws import Draws
from ingestion.sample.period import Period
from tests.growth.compiled import AS_OF, CompiledModels
from tests.growth.test_online_retail import BASKET_COLUMNS

PEOPLE = 5_000  # the sample as it is delivered
BASKET = "order_365"


@pytest.fixture(scope="module")
def pairs(compiled: CompiledModels) -> list[tuple[frozenset[str], float, int]]:
    """The pairs of products in one order of the last year: the two, their lift, and how many baskets hold both."""
    chunk = draw_chunk(Draws(7), period := Period(AS_OF), 0, PEOPLE)
    lines, visits = chunk.baskets.lines, chunk.visits
    dates = np.array([period.date(day) for day in range(int(period.day_of(visits.at).max()) + 1)])
    skus = np.array([product.sku for product in products()])
    gift = np.array([product.product_type == "gift_card" for product in products()])
    sold = {
        "order_key": visits.number[lines.order].astype(str),
        "customer_id": visits.person[lines.order].astype(str),
        "product_key": skus[lines.product],
        "order_date": dates[period.day_of(visits.at)][lines.order].astype("datetime64[D]"),
        "is_gift_card": gift[lines.product],
    }
    made = compiled.warehouse()
    made.seed("growth_affinity_basket", BASKET_COLUMNS)
    made.connection.execute(
        "create table evermart.customer.fct_order_line as"
        " select *, null as category, true as is_valid_order from (select unnest($order_key) as order_key,"
        " unnest($customer_id) as customer_id, unnest($product_key) as product_key,"
        " unnest($order_date) as order_date, unnest($is_gift_card) as is_gift_card)",
        {name: values.tolist() for name, values in sold.items()},
    )
    return [
        (frozenset((row["item_a"], row["item_b"])), float(row["lift"]), int(row["pair_baskets"]))
        for row in made.build("product_affinity")
        if row["basket_code"] == BASKET and row["item_kind"] == "product"
    ]


def test_every_planted_pair_is_found_and_ranks_above_nearly_all_others(
    pairs: list[tuple[frozenset[str], float, int]],
) -> None:
    skus = [product.sku for product in products()]
    planted = {frozenset((skus[one], skus[other])) for one, other in PAIRS}
    found = {pair: (lift, baskets) for pair, lift, baskets in pairs}
    assert planted <= found.keys()
    others = [lift for pair, (lift, _) in found.items() if pair not in planted]
    assert len(others) > len(planted)
    assert min(found[pair][0] for pair in planted) > float(np.quantile(others, 0.99))
