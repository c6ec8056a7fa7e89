"""The comparison of members with non-members: equal to plain Python, and right about populations that are known."""

from __future__ import annotations

import datetime as dt
import math
import random
import statistics
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.growth.compiled import AS_OF, ORDER_COLUMNS, CompiledModels, Warehouse, close_to

SETTINGS = {
    "pre_months": "integer",
    "outcome_months": "integer",
    "naive_months": "integer",
    "min_members": "integer",
    "min_non_members": "integer",
    "interval_z": "decimal(6, 4)",
}
BANDS = {"measure": "varchar", "band": "integer", "lower_bound": "decimal(18, 4)"}
CUSTOMERS = {"customer_id": "varchar", "member_since_date": "date"}
MEASURES = ("orders", "net_amount", "online_orders", "online_net_amount")
FIRST_MONTH = (AS_OF.year - 2) * 12 + AS_OF.month - 1

Row = dict[str, Any]


def run(
    compiled: CompiledModels, orders: list[Row], members: dict[str, dt.date], setting: Row, bands: list[Row] | None
) -> dict[tuple[str, str], Row]:
    """Return the rows of the mart by comparison and measure."""
    warehouse = Warehouse(compiled)
    warehouse.fill("rules.member_lift_setting", SETTINGS, [setting])
    if bands is None:
        warehouse.seed("member_lift_band", BANDS)
    else:
        warehouse.fill("rules.member_lift_band", BANDS, bands)
    people = sorted({row["customer_id"] for row in orders} | set(members))
    warehouse.fill(
        "customer.dim_customer",
        CUSTOMERS,
        [{"customer_id": person, "member_since_date": members.get(person)} for person in people],
    )
    warehouse.fill("intermediate.int_customer_order__filter", ORDER_COLUMNS, [])
    if orders:
        table = pa.Table.from_pylist(orders)
        warehouse.connection.register("orders", table)
        warehouse.connection.execute(
            "insert into evermart.intermediate.int_customer_order__filter by name select * from orders"
        )
    warehouse.build("int_member_lift__panel")
    return {(row["comparison"], row["measure"]): row for row in warehouse.build("member_lift")}


def order(number: int, customer: str, date: dt.date, channel: str, net: Decimal) -> Row:
    return {
        "order_key": f"o{number}",
        "customer_id": customer,
        "channel": channel,
        "order_date": date,
        "order_month": date.replace(day=1),
        "net_amount_reporting": net,
    }


def month_start(number: int) -> dt.date:
    return dt.date(number // 12, number % 12 + 1, 1)


def month_of(date: dt.date) -> int:
    return date.year * 12 + date.month - 1


SMALL = {"pre_months": 2, "outcome_months": 2, "naive_months": 5, "min_members": 1, "min_non_members": 1,
         "interval_z": Decimal("1.96")}  # fmt: skip
TWO_BANDS = [
    {"measure": "orders", "band": 1, "lower_bound": 1},
    {"measure": "orders", "band": 2, "lower_bound": 3},
    {"measure": "net", "band": 1, "lower_bound": -1000},
    {"measure": "recency_months", "band": 1, "lower_bound": 1},
]


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Row], dict[str, dt.date]]:
    """Draw people who order often within two years, so that some of them can be compared."""
    rows: list[Row] = []
    members: dict[str, dt.date] = {}
    for number in range(draw(st.integers(2, 8))):
        customer = f"c{number}"
        months = draw(st.lists(st.integers(12, 24), min_size=1, max_size=14))
        for month in months:
            date = month_start(FIRST_MONTH + month).replace(day=draw(st.sampled_from([1, 15, 28])))
            channel = draw(st.sampled_from(["online", "online", "store"]))
            rows.append(
                order(len(rows), customer, date, channel, Decimal(draw(st.sampled_from([0, 1050, 9999]))) / 100)
            )
        if draw(st.booleans()):
            members[customer] = month_start(FIRST_MONTH + draw(st.integers(14, 24))).replace(day=7)
    return [row for row in rows if row["order_date"] <= AS_OF], members


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(), seed=st.integers(0, 99))
def test_the_comparison_equals_plain_python_in_any_order(
    compiled: CompiledModels, history: tuple[list[Row], dict[str, dt.date]], seed: int
) -> None:
    orders, members = history
    shuffled = random.Random(seed).sample(orders, len(orders))
    found = run(compiled, shuffled, members, SMALL, TWO_BANDS)
    assert set(found) == {(c, m) for c in ("naive", "matched", "placebo") for m in MEASURES}
    for (comparison, measure), row in found.items():
        expected = estimate(list(observations(orders, members, comparison)), measure)
        assert (row["members_total"], row["members"], row["non_members"]) == expected[:3]
        for column, value in zip(("ratio", "interval_low", "interval_high"), expected[3:], strict=True):
            assert close_to(row[column], value, 3), (comparison, measure, column)


def observations(
    orders: list[Row], members: dict[str, dt.date], comparison: str
) -> Iterator[tuple[str, bool, Any, Row]]:
    """Yield (customer, is a member, cell, measures) by the definitions in the yml, person after person."""
    by_person: dict[str, list[Row]] = defaultdict(list)
    for row in orders:
        by_person[row["customer_id"]].append(row)
    if not orders:
        return
    first = min(month_of(row["order_date"]) for row in orders)
    for person, own in by_person.items():
        since = members.get(person)
        if comparison == "naive":
            begin = month_start(month_of(AS_OF) - 5)
            last_day = {2: 28, 4: 30, 6: 30, 9: 30, 11: 30}.get(begin.month, 31)
            after = begin.replace(day=min(AS_OF.day, last_day))
            recent = [row for row in own if row["order_date"] > after]
            if recent:
                yield person, since is not None and since <= AS_OF, "all", measures(recent)
            continue
        for index in sorted({month_of(row["order_date"]) for row in own}):
            if (since and month_of(since) < index) or index + 2 > month_of(AS_OF):
                continue
            base = index if comparison == "matched" else index - 3
            before = [row for row in own if base - 2 <= month_of(row["order_date"]) < base]
            after_base = [row for row in own if base < month_of(row["order_date"]) <= base + 2]
            if not before or base - 2 < first:
                continue
            channels = {row["channel"] for row in before}
            cell = (index, len(before) >= 3, frozenset(channels))
            yield person, since is not None and month_of(since) == index, cell, measures(after_base)


def measures(rows: list[Row]) -> Row:
    online = [row for row in rows if row["channel"] == "online"]
    return {
        "orders": len(rows),
        "net_amount": float(sum(row["net_amount_reporting"] for row in rows)),
        "online_orders": len(online),
        "online_net_amount": float(sum(row["net_amount_reporting"] for row in online)),
    }


def estimate(rows: list[tuple[str, bool, Any, Row]], measure: str) -> tuple[int, int, int, Any, Any, Any]:
    """Return n of both sides, the ratio and its interval, by linearisation."""
    inside: dict[Any, list[tuple[str, bool, float]]] = defaultdict(list)
    for person, is_member, cell, values in rows:
        inside[cell].append((person, is_member, values[measure]))
    total = sum(is_member for _, is_member, _, _ in rows)
    used = {cell: own for cell, own in inside.items() if len({is_member for _, is_member, _ in own}) == 2}
    members = sum(is_member for own in used.values() for _, is_member, _ in own)
    others = len({person for own in used.values() for person, is_member, _ in own if not is_member})
    top = sum(value for own in used.values() for _, is_member, value in own if is_member)
    means = {
        cell: statistics.fmean([value for _, is_member, value in own if not is_member]) for cell, own in used.items()
    }
    counts = {cell: sum(is_member for _, is_member, _ in own) for cell, own in used.items()}
    bottom = float(sum(counts[cell] * means[cell] for cell in used))
    if bottom <= 0:
        return total, members, others, None, None, None
    ratio = top / bottom
    influence: dict[str, float] = defaultdict(float)
    for cell, own in used.items():
        for person, is_member, value in own:
            if is_member:
                influence[person] += (value - ratio * means[cell]) / bottom
            else:
                influence[person] -= ratio * counts[cell] * (value - means[cell]) / (len(own) - counts[cell]) / bottom
    if ratio == 0:
        return total, members, others, 0.0, None, None
    error = math.sqrt(sum(value * value for value in influence.values())) / ratio
    return total, members, others, ratio, ratio * math.exp(-1.96 * error), ratio * math.exp(1.96 * error)


@pytest.mark.parametrize("effect", [1.0, 1.6])
def test_a_known_effect_is_found_and_the_placebo_shows_none(compiled: CompiledModels, effect: float) -> None:
    """The more somebody buys, the sooner they join: naive says that members are far better, matched says `effect`."""
    generator = np.random.default_rng(20261031)
    orders: list[Row] = []
    members: dict[str, dt.date] = {}
    for number in range(1_500):
        rate, joined = generator.choice([0.5, 1.0, 3.0]), False
        for month in range(25):
            count = generator.poisson(rate * (effect if joined else 1.0))
            for _ in range(count):
                date = month_start(FIRST_MONTH + month)
                orders.append(order(len(orders), f"c{number}", date, "online", Decimal(20)))
            if not joined and count and generator.random() < 0.03 * count:
                joined = True
                members[f"c{number}"] = month_start(FIRST_MONTH + month)
    setting = SMALL | {"pre_months": 6, "outcome_months": 3, "naive_months": 12, "min_members": 30}
    found = run(compiled, orders, members, setting, None)
    matched, placebo, naive = (found[comparison, "orders"] for comparison in ("matched", "placebo", "naive"))
    assert matched["interval_low"] <= effect <= matched["interval_high"]
    assert placebo["interval_low"] <= 1 <= placebo["interval_high"]
    assert matched["is_reliable"]
    assert naive["interval_low"] > Decimal(str(effect))
    assert not naive["is_reliable"]


def test_too_few_people_give_no_ratio_but_a_reason(compiled: CompiledModels) -> None:
    found = run(compiled, [], {}, SMALL, TWO_BANDS)
    assert all(row["ratio"] is None and row["unreliable_reason"] == "nobody can be compared" for row in found.values())
