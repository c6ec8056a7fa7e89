"""The rows that the loyalty models read, made from a world.

Only the columns that these models use are here; one that they begin to use and that is missing fails the run.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from tests.loyalty.history import History, World
from tests.loyalty.reference.arithmetic import business_date
from tests.loyalty.rules import Version

Rows = dict[str, list[dict[str, Any]]]
TEXT, DATE, TIME, MONEY, RATE = "varchar", "date", "timestamp", "decimal(18, 4)", "decimal(9, 4)"


def _typed(
    text: str = "", date: str = "", time: str = "", money: str = "", rate: str = "", **others: str
) -> dict[str, str]:
    kinds = {TEXT: text, DATE: date, TIME: time, MONEY: money, RATE: rate, "boolean": others.get("flag", "")}
    kinds |= {"integer": others.get("integer", ""), "bigint": others.get("bigint", "")}
    return {name: kind for kind, names in kinds.items() for name in names.split()}


COLUMNS: dict[str, dict[str, str]] = {
    "fct_order_line": _typed(
        text="order_line_key order_key customer_id source_system channel store_key product_key",
        time="ordered_at",
        date="order_date",
        money="gross_amount discount_amount tax_amount paid_by_points_amount",
        flag="is_valid_order is_gift_card",
    ),
    "fct_order": _typed(
        text="order_key customer_id source_system channel store_key country_code invalid_reason",
        time="ordered_at",
        date="order_date",
        flag="is_valid_order",
    )
    | {"exchange_rate": "decimal(18, 8)"},
    "int_order__unify": _typed(text="order_key", flag="prices_include_tax"),
    "dim_product": _typed(text="product_key category product_type brand"),
    "fct_refund_line": _typed(
        text="refund_line_key order_line_key order_key", money="amount", time="refunded_at", date="refund_date"
    ),
    "int_payment__unify": _typed(
        text="payment_key order_key source_system payment_method", flag="moves_money", bigint="points", money="amount",
        time="paid_at", date="paid_date",
    ),
    "int_customer_record__standardise": _typed(
        text="customer_record_key source_system record_type country_code card_number", time="created_at"
    ),
    "customer_record_map": _typed(text="customer_record_key customer_id"),
    "customer_id_alias": _typed(text="former_customer_id customer_id"),
    "int_loyalty_event__unify": _typed(
        text="loyalty_event_key source_system customer_record_key event_type programme_code payment_key reason",
        bigint="points", date="expires_on event_date", time="occurred_at known_at", flag="counts_for_tier",
    ),
    "points_breakage": _typed(
        text="programme_code breakage_source", integer="age_months", rate="breakage_rate", bigint="vintages"
    ),
    "loyalty_programme": _typed(
        text="programme_code rule_version points_rounding points_rounded_per expiry_mode expiry_rounding tier_basis"
        " tier_window tier_term tier_downgrade_policy tier_refund_policy tier_rule_change_policy",
        date="valid_from", flag="base_includes_tax tier_counts_pending", rate="point_value breakage_rate",
        integer="pending_days expiry_months expiry_notice_days tier_window_length tier_term_months tier_grace_days",
    ),
    "loyalty_scope": _typed(text="rule_version source_system store_key country_code brand"),
    "loyalty_earn_rule": _typed(
        text="rule_version earn_rule_code rule_type channel category product_type brand tier_code", rate="points",
        date="valid_from valid_to", integer="priority",
    ),
    "loyalty_tier": _typed(
        text="rule_version tier_code tier_name", integer="tier_rank", money="entry_threshold maintain_threshold"
    ),
}  # fmt: skip
"""Columns and types of every table that the models read."""
SEEDS = ("loyalty_programme", "loyalty_scope", "loyalty_earn_rule", "loyalty_tier")


def rows_of(world: World) -> Rows:
    """Return the rows of every table. What is dated after the night has not happened, as upstream models see to."""
    rows: Rows = {name: [] for name in COLUMNS}
    for version in world.rulebook.versions:
        for name, found in seed_rows(version).items():
            rows[name].extend(found)
    rows["customer_id_alias"] = [
        {"former_customer_id": former, "customer_id": living} for former, living in world.merged
    ]
    _Facts(world, rows).add()
    return rows


def seed_rows(version: Version) -> Rows:
    """Return the seeds' rows of a version."""
    owner = {"rule_version": version.rule_version}
    programme = {column: getattr(version, column) for column in COLUMNS["loyalty_programme"]}
    scopes = [{column: getattr(scope, column, None) for column in COLUMNS["loyalty_scope"]} for scope in version.scopes]
    rules = [
        {column: getattr(rule, column, None) for column in COLUMNS["loyalty_earn_rule"]} | {"earn_rule_code": rule.code}
        for rule in version.earn_rules
    ]
    tiers = [
        {
            "tier_rank": tier.rank,
            "tier_code": tier.code,
            "tier_name": tier.code.title(),
            "entry_threshold": tier.entry,
            "maintain_threshold": tier.maintain,
        }
        for tier in version.tiers
    ]
    found = {"loyalty_scope": scopes, "loyalty_earn_rule": rules, "loyalty_tier": tiers}
    return {"loyalty_programme": [programme]} | {
        name: [row | owner for row in of_version] for name, of_version in found.items()
    }


class _Facts:
    """Adds the rows of a history."""

    def __init__(self, world: World, rows: Rows) -> None:
        self.world = world
        self.history: History = world.history
        self.rows = rows

    def add(self) -> None:
        """Add everything."""
        self._add_cards()
        self._add_orders()
        self._add_debits()
        self._add_events()

    def _date(self, at: dt.datetime) -> dt.date:
        return business_date(at, self.world.zone)

    def _has_happened(self, at: dt.datetime) -> bool:
        return self._date(at) <= self.world.as_of

    def _add_cards(self) -> None:
        for number, card in enumerate(self.history.cards):
            if self._has_happened(card.created_at):
                key = f"{card.number}:{number}"
                record = {
                    "customer_record_key": key, "source_system": card.source_system,
                    "record_type": card.record_type, "country_code": card.country_code,
                    "card_number": card.number, "created_at": card.created_at,
                }  # fmt: skip
                self.rows["int_customer_record__standardise"].append(record)
                self._map(key, card.customer)

    def _map(self, record: str, customer: str) -> None:
        self.rows["customer_record_map"].append({"customer_record_key": record, "customer_id": customer})

    def _add_orders(self) -> None:
        for order in self.history.orders:
            if not self._has_happened(order.at):
                continue
            shared = {
                "order_key": order.order_key, "customer_id": order.customer, "source_system": order.source_system,
                "channel": order.channel, "store_key": order.store_key, "ordered_at": order.at,
                "order_date": self._date(order.at), "is_valid_order": order.is_valid,
            }  # fmt: skip
            terms = {"country_code": order.country_code, "exchange_rate": order.exchange_rate}
            self.rows["fct_order"].append(shared | terms)
            self.rows["int_order__unify"].append(
                {"order_key": order.order_key, "prices_include_tax": order.prices_include_tax}
            )
            for line in order.lines:
                product = {"category": line.category, "product_type": line.product_type, "brand": line.brand}
                product_key = "|".join(value or "-" for value in product.values())
                row = {"product_key": product_key} | product
                if row not in self.rows["dim_product"]:
                    self.rows["dim_product"].append(row)
                goods = {
                    "order_line_key": line.order_line_key, "product_key": product_key, "gross_amount": line.gross,
                    "discount_amount": line.discount, "tax_amount": line.tax,
                    "paid_by_points_amount": line.paid_by_points, "is_gift_card": line.is_gift_card,
                }  # fmt: skip
                self.rows["fct_order_line"].append(shared | goods)

    def _add_debits(self) -> None:
        for refund in self.history.refunds:
            if self._has_happened(refund.at):
                row = {
                    "refund_line_key": refund.refund_line_key, "order_line_key": refund.order_line_key,
                    "amount": refund.amount, "refunded_at": refund.at, "refund_date": self._date(refund.at),
                }  # fmt: skip
                self.rows["fct_refund_line"].append(row)
        known = {row["order_key"]: row["source_system"] for row in self.rows["fct_order"]}
        for payment in self.history.payments:
            if self._has_happened(payment.at) and payment.order_key in known:
                row = {
                    "payment_key": payment.payment_key, "order_key": payment.order_key, "payment_method": "points",
                    "source_system": known[payment.order_key], "moves_money": payment.moves_money,
                    "points": payment.points, "amount": payment.amount, "paid_at": payment.at,
                    "paid_date": self._date(payment.at),
                }  # fmt: skip
                self.rows["int_payment__unify"].append(row)

    def _add_events(self) -> None:
        for event in self.history.events:
            if self._has_happened(event.at) and not event.is_deleted:
                record = f"event:{event.event_key}"
                self._map(record, event.customer)
                row = {
                    "loyalty_event_key": event.event_key, "source_system": event.source_system,
                    "customer_record_key": record, "event_type": event.event_type,
                    "programme_code": event.programme_code, "payment_key": event.payment_key, "points": event.points,
                    "expires_on": event.expires_on, "event_date": self._date(event.at), "occurred_at": event.at,
                    "counts_for_tier": event.counts_for_tier,
                }  # fmt: skip
                self.rows["int_loyalty_event__unify"].append(row)
