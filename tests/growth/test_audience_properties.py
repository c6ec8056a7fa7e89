"""Who may be asked, on random customers: nobody of an exclusion, and everybody else whose time has come."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.growth.compiled import AS_OF, CompiledModels

PEOPLE: Final = ("a", "b", "c", "d", "e", "f")
DELAYS: Final = {"consumable": 7, "other": 14}
TO_DAYS: Final = 10
REPEAT_DAYS: Final = 90
ORDER: Final = {
    "order_key": "varchar",
    "customer_id": "varchar",
    "channel": "varchar",
    "order_sequence": "bigint",
    "order_date": "date",
    "fulfilled_at": "timestamp",
    "is_valid_order": "boolean",
}
LINE: Final = {
    "order_line_key": "varchar",
    "order_key": "varchar",
    "customer_id": "varchar",
    "product_key": "varchar",
    "channel": "varchar",
    "net_amount_reporting": "decimal(18, 4)",
    "quantity": "decimal(18, 4)",
    "returned_quantity": "decimal(18, 4)",
    "order_date": "date",
    "is_valid_order": "boolean",
    "is_gift_card": "boolean",
}


@st.composite
def shops(draw: st.DrawFn) -> dict[str, Any]:
    """Draw one order per person with its product, what came back, and reviews, disputes and questions of before."""
    orders = []
    for person in PEOPLE:
        orders.append(
            {
                "customer_id": person,
                "order_key": f"{person}1",
                "channel": draw(st.sampled_from(["online", "store"])),
                "delivered": draw(st.integers(0, 30)),
                "product": draw(st.sampled_from(["soap", "lamp"])),
                "returned": draw(st.integers(0, 1)),
            }
        )
    return {
        "orders": orders,
        "reviewers": draw(st.sets(st.sampled_from(PEOPLE))),
        "disputes": draw(st.lists(st.tuples(st.sampled_from([*PEOPLE, None]), st.booleans()), max_size=4)),
        "asked": draw(st.dictionaries(st.sampled_from(PEOPLE), st.integers(0, 200))),
    }


@settings(max_examples=25)
@given(shops())
def test_audiences_are_disjoint_from_their_exclusions_and_miss_nobody_else(
    compiled: CompiledModels, shop: Mapping[str, Any]
) -> None:
    warehouse = compiled.warehouse()
    day = {order["customer_id"]: AS_OF - dt.timedelta(days=order["delivered"]) for order in shop["orders"]}
    warehouse.fill(
        "customer.fct_order",
        ORDER,
        [
            order | {"order_sequence": 1, "order_date": day[order["customer_id"]], "is_valid_order": True}
            | {"fulfilled_at": dt.datetime.combine(day[order["customer_id"]], dt.time(12))}
            for order in shop["orders"]
        ],
    )  # fmt: skip
    warehouse.fill(
        "customer.fct_order_line",
        LINE,
        [
            order | {"order_line_key": order["order_key"], "product_key": order["product"], "net_amount_reporting": 5}
            | {"quantity": 1, "returned_quantity": order["returned"], "order_date": day[order["customer_id"]]}
            | {"is_valid_order": True, "is_gift_card": False}
            for order in shop["orders"]
        ],
    )  # fmt: skip
    text = "varchar"
    warehouse.fill(
        "feedback.fct_dispute",
        {"dispute_key": text, "customer_id": text, "is_open": "boolean"},
        [{"dispute_key": str(at), "customer_id": who, "is_open": is_open}
         for at, (who, is_open) in enumerate(shop["disputes"])],
    )  # fmt: skip
    warehouse.fill(
        "feedback.fct_review",
        {"review_key": text, "customer_id": text, "product_key": text, "order_key": text},
        [{"review_key": who, "customer_id": who, "order_key": f"{who}1"} for who in shop["reviewers"]],
    )
    warehouse.fill(
        "customer.dim_product",
        {"product_key": text, "product_name": text, "product_type": text},
        [{"product_key": "soap", "product_type": "consumable"}, {"product_key": "lamp", "product_type": "durable"}],
    )
    warehouse.fill(
        "intermediate.int_contact_budget__measure",
        {"customer_id": text, "last_asked_date": "date"},
        [{"customer_id": who, "last_asked_date": AS_OF - dt.timedelta(days=shop["asked"][who])
          if who in shop["asked"] else None} for who in PEOPLE],
    )  # fmt: skip
    warehouse.fill(
        "rules.audience_review_delay",
        {"product_type": text, "delay_days": "integer"},
        [{"product_type": kind, "delay_days": days} for kind, days in DELAYS.items()],
    )
    warehouse.fill(
        "rules.audience",
        {"audience_code": text, "from_days": "integer", "to_days": "integer", "repeat_days": "integer"},
        [
            {"audience_code": "review_request", "from_days": 0, "to_days": TO_DAYS},
            {"audience_code": "survey", "from_days": 0, "to_days": TO_DAYS, "repeat_days": REPEAT_DAYS},
        ],
    )
    disputing = {who for who, is_open in shop["disputes"] if is_open}
    requested = {row["customer_id"] for row in warehouse.build("int_review_request__select")}
    surveyed = {row["customer_id"] for row in warehouse.build("int_survey_due__select")}
    recently = {who for who, days in shop["asked"].items() if days < REPEAT_DAYS}
    returned = {order["customer_id"] for order in shop["orders"] if order["returned"]}
    waits = {"soap": DELAYS["consumable"], "lamp": DELAYS["other"]}
    due = {
        order["customer_id"]
        for order in shop["orders"]
        if 0 <= order["delivered"] - (waits[order["product"]] if order["channel"] == "online" else 0) <= TO_DAYS
    }
    delivered = {order["customer_id"] for order in shop["orders"] if order["delivered"] <= TO_DAYS}
    assert requested == due - disputing - returned - shop["reviewers"]
    assert surveyed == delivered - disputing - recently
