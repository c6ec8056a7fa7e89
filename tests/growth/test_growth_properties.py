"""Customer value, cohorts, second purchases and concentration, against plain Python on random orders."""

from __future__ import annotations

import calendar
import datetime as dt
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.growth.compiled import AS_OF, LINE_COLUMNS, ORDER_COLUMNS, CompiledModels, Warehouse, close_to

pytestmark = pytest.mark.slow

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SEGMENT_COLUMNS = {
    "segment_code": "varchar",
    "segment_name": "varchar",
    "segment_order": "integer",
    "min_recency_score": "integer",
    "max_recency_score": "integer",
    "min_frequency_score": "integer",
    "max_frequency_score": "integer",
    "min_orders": "integer",
    "max_orders": "integer",
    "suggested_action": "varchar",
}
SETTING_COLUMNS = {
    "cadence_quantile": "decimal(4, 3)",
    "cadence_min_gaps": "integer",
    "channel_months": "integer",
    "headline_months": "integer",
    "headline_repeat_days": "integer",
    "headline_window_code": "varchar",
    "min_customers": "integer",
    "new_days": "integer",
    "lost_days": "integer",
    "habit_min_orders": "integer",
    "discount_dependent_share": "decimal(9, 6)",
    "gift_buyer_share": "decimal(9, 6)",
    "preference_min_orders": "integer",
    "curve_days": "integer",
    "curve_min_customers": "integer",
}
WINDOW_COLUMNS = {"window_code": "varchar", "window_name": "varchar", "window_months": "integer"}

Row = dict[str, Any]


@st.composite
def orders(draw: st.DrawFn) -> list[Row]:
    """Draw valid orders of a few customers over two years, many of them alike in date and amount."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(1, 12),
                st.sampled_from(["online", "store"]),
                st.one_of(st.integers(0, 730), st.sampled_from([0, 30, 31, 60, 61, 90, 365])),
                st.sampled_from([0, 1000, 1000, 2599, 999999]),
            ),
            min_size=1,
            max_size=60,
        )
    )
    rows: list[Row] = []
    sequence: dict[int, int] = defaultdict(int)
    for number, (customer, channel, days_ago, cents) in enumerate(sorted(drawn, key=lambda row: -row[2])):
        date = AS_OF - dt.timedelta(days=days_ago)
        sequence[customer] += 1
        rows.append(
            {
                "order_key": f"o{number}",
                "customer_id": f"c{customer:02}",
                "channel": channel,
                "order_sequence": sequence[customer],
                "order_date": date,
                "ordered_at": dt.datetime.combine(date, dt.time(12)),
                "net_amount_reporting": Decimal(cents) / 100,
                "order_month": date.replace(day=1),
            }
        )
    return rows


def growth_warehouse(compiled: CompiledModels, rows: Sequence[Row]) -> Warehouse:
    warehouse = compiled.warehouse()
    warehouse.seed("rfm_segment", SEGMENT_COLUMNS)
    warehouse.seed("growth_setting", SETTING_COLUMNS)
    warehouse.seed("growth_repeat_window", {"within_days": "integer"})
    warehouse.seed("growth_concentration_window", WINDOW_COLUMNS)
    warehouse.fill("intermediate.int_customer_order__filter", ORDER_COLUMNS, rows)
    warehouse.fill("customer.fct_order_line", LINE_COLUMNS, [])
    return warehouse


def by_customer(rows: Sequence[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["customer_id"]].append(row)
    return grouped


def fifths(customers: dict[str, tuple[Any, ...]], key: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> dict[str, int]:
    """Deal the customers in ascending order into five groups, the first ones larger when they do not divide."""
    ranked = sorted(customers, key=lambda customer: (*key(customers[customer]), customer))
    size, larger = divmod(len(ranked), 5)
    groups = [group for group in range(1, 6) for _ in range(size + (group <= larger))]
    return dict(zip(ranked, groups, strict=True))


@FEW
@given(rows=orders(), seed=st.integers(0, 1000))
def test_rfm_deals_customers_into_fifths_and_breaks_ties_alike(
    compiled: CompiledModels, rows: list[Row], seed: int
) -> None:
    shuffled = random.Random(seed).sample(rows, len(rows))
    measures = {
        customer: (
            max(row["order_date"] for row in own),
            len(own),
            sum(row["net_amount_reporting"] for row in own),
            min(row["order_key"] for row in own),
        )
        for customer, own in by_customer(rows).items()
    }
    recency = fifths(measures, lambda m: m)
    frequency = fifths(measures, lambda m: (m[1], m[0], m[2], m[3]))
    monetary = fifths(measures, lambda m: (m[2], m[0], m[1], m[3]))
    scores = growth_warehouse(compiled, shuffled).build("int_rfm__score")
    assert len(scores) == len(measures)
    for row in scores:
        customer = row["customer_id"]
        expected = (recency[customer], frequency[customer], monetary[customer])
        assert (row["recency_score"], row["frequency_score"], row["monetary_score"]) == expected
        assert row["segment_code"] is not None


@FEW
@given(rows=orders())
def test_cadence_uses_the_quantile_of_the_customers_own_gaps(compiled: CompiledModels, rows: list[Row]) -> None:
    cadences = {row["customer_id"]: row for row in growth_warehouse(compiled, rows).build("int_cadence__measure")}
    for customer, own in by_customer(rows).items():
        days = sorted({row["order_date"] for row in own})
        gaps = [(later - earlier).days for earlier, later in pairwise(days)]
        gap = (AS_OF - days[-1]).days
        row = cadences[customer]
        assert (row["days_since_last_order"], row["gap_count"]) == (gap, len(gaps))
        if not gaps:
            assert row["cadence_status"] == "undetermined"
            continue
        usual = statistics.quantiles(gaps, n=10, method="inclusive")[7] if len(gaps) > 1 else float(gaps[0])
        assert close_to(row["usual_gap_days"], usual, 3)
        status = "active" if gap <= round(usual, 3) else "at_risk" if gap <= max(gaps) else "lapsing"
        assert row["cadence_status"] == status


@FEW
@given(rows=orders())
def test_second_purchases_are_counted_among_those_who_have_had_the_time(
    compiled: CompiledModels, rows: list[Row]
) -> None:
    expected: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for own in by_customer(rows).values():
        first, *later = own
        for days in (30, 60, 90, 180, 365):
            ripe = (AS_OF - first["order_date"]).days >= days
            again = bool(later) and (later[0]["order_date"] - first["order_date"]).days <= days
            cell = expected[(first["order_month"], first["channel"], days)]
            for place, counts in enumerate((True, ripe, ripe and again)):
                cell[place] += counts
    published = growth_warehouse(compiled, rows).build("second_purchase")
    assert len(published) == len(expected)
    for row in published:
        cell = expected[(row["cohort_month"], row["first_channel"], row["within_days"])]
        assert [row["customers"], row["ripe_customers"], row["repeat_customers"]] == cell
        month = row["cohort_month"]
        month_end = month.replace(day=calendar.monthrange(month.year, month.month)[1])
        is_mature = (AS_OF - month_end).days >= row["within_days"]
        assert row["is_mature"] is is_mature
        assert close_to(row["repeat_rate"], cell[2] / cell[0] if is_mature else None, 6)


@FEW
@given(rows=orders())
def test_cohorts_keep_every_order_and_every_cent(compiled: CompiledModels, rows: list[Row]) -> None:
    warehouse = growth_warehouse(compiled, rows)
    warehouse.build("int_first_order__describe")
    cells = warehouse.build("customer_cohort")
    assert sum(cell["orders"] for cell in cells) == len(rows)
    assert sum(cell["net_amount_reporting"] for cell in cells) == sum(row["net_amount_reporting"] for row in rows)
    first = {customer: own[0] for customer, own in by_customer(rows).items()}
    for cell in cells:
        cohort = {
            customer
            for customer, row in first.items()
            if (row["order_month"], row["channel"]) == (cell["cohort_month"], cell["first_channel"])
        }
        month, start = cell["order_month"], cell["cohort_month"]
        own = [row for row in rows if row["customer_id"] in cohort]
        so_far = sum(row["net_amount_reporting"] for row in own if row["order_month"] <= month)
        assert cell["age_months"] == (month.year - start.year) * 12 + month.month - start.month
        assert cell["acquired_customers"] == len(cohort)
        assert cell["customers"] == len({row["customer_id"] for row in own if row["order_month"] == month})
        assert close_to(cell["cumulative_net_per_customer_reporting"], float(so_far) / len(cohort), 3)


@FEW
@given(rows=orders())
def test_every_day_of_the_curve_counts_those_who_have_had_as_many_days(
    compiled: CompiledModels, rows: list[Row]
) -> None:
    warehouse = growth_warehouse(compiled, rows)
    warehouse.build("int_first_order__describe")
    curve = [row for row in warehouse.build("second_purchase_curve") if row["breakdown"] != "first_category"]
    assert {row["within_days"] for row in curve if row["breakdown"] == "all"} == set(range(366))
    people = [
        (
            own[0]["channel"],
            (AS_OF - own[0]["order_date"]).days,
            (own[1]["order_date"] - own[0]["order_date"]).days if len(own) > 1 else None,
        )
        for own in by_customer(rows).values()
    ]
    for row in curve:
        inside = [person for person in people if row["breakdown_value"] in ("all", person[0])]
        ripe = [days for _, age, days in inside if age >= row["within_days"]]
        repeated = [days for days in ripe if days is not None and days <= row["within_days"]]
        assert (row["ripe_customers"], row["repeat_customers"]) == (len(ripe), len(repeated))
        ended = [days for _, age, days in inside if age >= 365 and days is not None and days <= 365]
        assert close_to(row["median_days_to_second"], statistics.median(ended) if ended else None, 6)


@st.composite
def baskets(draw: st.DrawFn) -> list[Row]:
    """Draw lines of a few orders of a few customers, some of nobody, some void, some too old."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.integers(0, 15), st.sampled_from("ABCD"), st.sampled_from([0, 10, 364, 365, 900]), st.booleans()
            ),
            max_size=60,
        )
    )
    return [
        {
            "order_key": f"o{order}",
            "customer_id": f"c{order % 4}" if order % 5 else None,
            "product_key": product,
            "category": "even" if product in "BD" else "odd",
            "order_date": AS_OF - dt.timedelta(days=days),
            "is_valid_order": order != 3,
            "is_gift_card": is_gift_card and product == "D",
        }
        for order, product, days, is_gift_card in drawn
    ]


@FEW
@given(lines=baskets())
def test_affinity_is_that_of_counting_baskets_by_hand(compiled: CompiledModels, lines: list[Row]) -> None:
    warehouse = compiled.warehouse()
    columns = {"basket_code": "varchar", "basket_name": "varchar", "basket_of": "varchar", "window_days": "integer"}
    columns |= {"min_pair_baskets": "integer", "min_support": "decimal(9, 6)", "max_items": "integer"}
    rules = [
        {
            "basket_code": of,
            "basket_of": of,
            "window_days": 365,
            "min_pair_baskets": 2,
            "min_support": 0.1,
            "max_items": 99,
        }
        for of in ("order", "customer")
    ]
    warehouse.fill("rules.growth_affinity_basket", columns, rules)
    warehouse.fill("customer.fct_order_line", LINE_COLUMNS, lines)
    found = {
        (row["basket_code"], row["item_kind"], row["item_a"], row["item_b"]): row
        for row in warehouse.build("product_affinity")
    }
    counted = [
        line
        for line in lines
        if line["is_valid_order"] and not line["is_gift_card"] and (AS_OF - line["order_date"]).days < 365
    ]
    expected: dict[tuple[Any, Any, Any, Any], tuple[int, ...]] = {}
    for of, owner in (("order", "order_key"), ("customer", "customer_id")):
        for kind, item in (("product", "product_key"), ("category", "category")):
            contents: dict[str, set[str]] = defaultdict(set)
            for line in counted:
                if line[owner] is not None:
                    contents[line[owner]].add(line[item])
            items = {each for content in contents.values() for each in content}
            for a, b in ((a, b) for a in items for b in items if a != b):
                counts = [sum(part <= content for content in contents.values()) for part in ({a}, {b}, {a, b})]
                if counts[2] >= 2 and counts[2] >= 0.1 * len(contents):
                    expected[of, kind, a, b] = (len(contents), *counts)
    assert found.keys() == expected.keys()
    for key, (n, in_a, in_b, in_both) in expected.items():
        row = found[key]
        assert (row["baskets"], row["item_a_baskets"], row["item_b_baskets"], row["pair_baskets"]) == (
            n,
            in_a,
            in_b,
            in_both,
        )
        assert close_to(row["support"], in_both / n, 6)
        assert close_to(row["confidence"], in_both / in_a, 6)
        assert close_to(row["lift"], in_both * n / (in_a * in_b), 4)
        assert row["lift"] == found[key[0], key[1], key[3], key[2]]["lift"]


@FEW
@given(rows=orders())
def test_concentration_is_the_mean_difference_between_customers(compiled: CompiledModels, rows: list[Row]) -> None:
    nets = sorted(
        (float(sum(row["net_amount_reporting"] for row in own)) for own in by_customer(rows).values()), reverse=True
    )
    total, n = sum(nets), len(nets)
    deciles = growth_warehouse(compiled, rows).build("sales_concentration")
    all_time = sorted((row for row in deciles if row["window_code"] == "all_time"), key=lambda row: row["decile"])
    assert sum(row["customers"] for row in all_time) == n
    best = all_time[0]
    if total == 0:
        assert best["gini"] is None
        assert best["top_decile_net_share"] is None
        return
    gini = sum(abs(one - other) for one in nets for other in nets) / (2 * n * total)
    assert close_to(best["gini"], gini, 5)
    assert close_to(best["top_decile_net_share"], sum(nets[: best["customers"]]) / total, 6)
    assert close_to(all_time[-1]["cumulative_net_share"], 1, 6)


def test_a_retailer_without_a_known_customer_has_empty_marts(compiled: CompiledModels) -> None:
    warehouse = growth_warehouse(compiled, [])
    names = (
        "int_rfm__score",
        "int_cadence__measure",
        "int_first_order__describe",
        "customer_cohort",
        "second_purchase",
        "second_purchase_curve",
        "sales_concentration",
    )
    assert [row for name in names for row in warehouse.build(name)] == []
