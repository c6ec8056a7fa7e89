"""A tiny warehouse that runs the loyalty models' own SQL, as dbt compiles it, over given histories.

Belongs here: compiling, the tables that the models read, running, reading back. Does not belong here:
what the numbers should be.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tests.loyalty.programme import History, Programme

INPUTS = {
    "fct_order_line": """
        order_line_key varchar, order_key varchar, customer_id varchar, product_key varchar, store_key varchar,
        source_system varchar, channel varchar, ordered_at timestamp, order_date date,
        gross_amount decimal(18, 4), discount_amount decimal(18, 4), tax_amount decimal(18, 4),
        paid_by_points_amount decimal(18, 4), is_valid_order boolean, is_gift_card boolean""",
    "fct_order": """
        order_key varchar, customer_id varchar, source_system varchar, store_key varchar, country_code varchar,
        order_date date, exchange_rate decimal(18, 10), is_valid_order boolean, invalid_reason varchar""",
    "int_order__unify": "order_key varchar, prices_include_tax boolean",
    "dim_product": "product_key varchar, category varchar, product_type varchar, brand varchar",
    "fct_refund_line": """
        refund_line_key varchar, order_line_key varchar, amount decimal(18, 4), refunded_at timestamp,
        refund_date date""",
    "int_payment__unify": """
        payment_key varchar, order_key varchar, payment_method varchar, moves_money boolean, points bigint,
        amount decimal(18, 4), paid_at timestamp, paid_date date""",
    "stg_eshop__loyalty_events": """
        source_system varchar, event_id varchar, customer_id varchar, event_type varchar, programme_code varchar,
        points bigint, payment_id varchar, expires_on date, counts_for_tier boolean, reason varchar,
        occurred_at timestamp, deleted_at timestamp, known_at timestamp""",
    "stg_pos__loyalty_events": """
        source_system varchar, event_id varchar, card_number varchar, event_type varchar, programme_code varchar,
        points bigint, payment_id varchar, expires_on date, counts_for_tier boolean, reason varchar,
        occurred_at timestamp, deleted_at timestamp, known_at timestamp""",
    "int_customer_record__unify": """
        customer_record_key varchar, record_type varchar, source_system varchar, country_code varchar,
        loyalty_card_number varchar, created_at timestamp""",
    "customer_record_map": "customer_record_key varchar, customer_id varchar",
    "customer_id_alias": "former_customer_id varchar, customer_id varchar",
    "points_breakage": """
        programme_code varchar, age_months integer, breakage_rate decimal(9, 4), breakage_source varchar,
        vintages bigint""",
    "loyalty_programme": """
        programme_code varchar, rule_version varchar, valid_from date, points_rounding varchar,
        points_rounded_per varchar, base_includes_tax boolean, pending_days integer, expiry_mode varchar,
        expiry_months integer, expiry_rounding varchar, point_value decimal(9, 4), breakage_rate decimal(9, 4),
        expiry_notice_days integer, tier_basis varchar, tier_counts_pending boolean, tier_window varchar,
        tier_window_length integer, tier_term varchar, tier_term_months integer, tier_grace_days integer,
        tier_downgrade_policy varchar, tier_refund_policy varchar, tier_rule_change_policy varchar""",
    "loyalty_scope": """
        rule_version varchar, source_system varchar, store_key varchar, country_code varchar, brand varchar""",
    "loyalty_earn_rule": """
        rule_version varchar, earn_rule_code varchar, rule_type varchar, points decimal(9, 4), channel varchar,
        category varchar, product_type varchar, brand varchar, tier_code varchar, valid_from date, valid_to date,
        priority integer""",
    "loyalty_tier": """
        rule_version varchar, tier_rank integer, tier_code varchar, tier_name varchar,
        entry_threshold decimal(18, 4), maintain_threshold decimal(18, 4)""",
}


@dataclass(frozen=True)
class Model:
    """One compiled model: where it goes and what it selects."""

    name: str
    relation: str
    schema: str
    sql: str


@dataclass(frozen=True)
class Compiled:
    """The loyalty models in the order in which they build, and the relations that they read."""

    models: tuple[Model, ...]
    inputs: dict[str, str]
    schemas: frozenset[str]

    @classmethod
    def from_manifest(cls, path: Path) -> Compiled:
        """Read what `dbt compile` left in the manifest."""
        nodes: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["nodes"]
        ours = {
            key: node
            for key, node in nodes.items()
            if node["resource_type"] == "model" and "/loyalty/" in node["original_file_path"]
        }
        inputs = {node["name"]: node for node in nodes.values() if node["name"] in INPUTS}
        models = [
            Model(node["name"], _relation(node), node["schema"], node["compiled_code"])
            for node in (ours[key] for key in _in_build_order(ours))
        ]
        schemas = {node["schema"] for node in [*inputs.values(), *ours.values()]}
        return cls(tuple(models), {name: _relation(node) for name, node in inputs.items()}, frozenset(schemas))


def _relation(node: dict[str, Any]) -> str:
    return f"{node['schema']}.{node['alias']}"


def _in_build_order(nodes: dict[str, dict[str, Any]]) -> list[str]:
    ordered: list[str] = []

    def visit(key: str) -> None:
        if key in nodes and key not in ordered:
            for parent in nodes[key]["depends_on"]["nodes"]:
                visit(parent)
            ordered.append(key)

    for key in sorted(nodes):
        visit(key)
    return ordered


class Warehouse:
    """An in-memory warehouse. The as-of date is the one that the models were compiled for."""

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled
        self.connection = duckdb.connect()
        self.connection.execute("set TimeZone = 'UTC'; set threads = 1")
        self.connection.execute("attach ':memory:' as evermart; use evermart")
        for schema in compiled.schemas:
            self.connection.execute(f"create schema if not exists {schema}")
        for name, columns in INPUTS.items():
            self.connection.execute(f"create table {compiled.inputs[name]} ({columns})")

    def load(self, programme: Programme, histories: dict[str, History]) -> None:
        """Replace the content of every table that the models read."""
        rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in INPUTS}
        for version in programme.versions:
            rows["loyalty_programme"].append(
                (
                    "p", version.name, version.valid_from, version.points_rounding, "line",
                    version.base_includes_tax, version.pending_days,
                    "never" if version.expiry_months is None else "months", version.expiry_months,
                    version.expiry_rounding, 0.01, 0.1, 30, version.tier_basis, version.tier_counts_pending,
                    "rolling_months", version.tier_window_months, "months", version.tier_term_months,
                    version.tier_grace_days, version.tier_downgrade_policy, "at_term_end", "keep_term",
                )
            )  # fmt: skip
            rows["loyalty_scope"].append((version.name, None, None, None, None))
            rows["loyalty_earn_rule"].append(
                (version.name, "base", "rate", version.points_per_unit, None, None, None, None, None, None, None, 0)
            )
            rows["loyalty_tier"].extend(
                (version.name, tier.rank, f"t{tier.rank}", f"Tier {tier.rank}", tier.entry, tier.maintain)
                for tier in version.tiers
            )
        for customer, history in histories.items():
            _add_history(rows, programme, customer, history)
        for name, values in rows.items():
            relation = self.compiled.inputs[name]
            self.connection.execute(f"delete from {relation}")
            if values:
                self.connection.execute(_insert(relation, values))

    def build(self) -> None:
        """Build every loyalty model from what was loaded."""
        for model in self.compiled.models:
            try:
                self.connection.execute(f"create or replace table {model.relation} as {model.sql}")
            except duckdb.Error as error:
                raise RuntimeError(f"{model.name}: {error}") from error

    def rows(self, model: str, columns: str) -> list[tuple[Any, ...]]:
        """Return columns of a model, ordered by all of them."""
        relation = next(item.relation for item in self.compiled.models if item.name == model)
        return self.connection.execute(f"select {columns} from {relation} order by all").fetchall()


def _add_history(rows: dict[str, list[tuple[Any, ...]]], programme: Programme, customer: str, history: History) -> None:
    card = f"card:{customer}"
    joined_at = programme.day_start(history.member_since)
    rows["int_customer_record__unify"].append((card, "loyalty_card", "tills", None, "1", joined_at))
    rows["customer_record_map"].append((card, customer))
    orders = {line.order_key: programme.business_date(line.at) for line in history.lines}
    for line in history.lines:
        date = programme.business_date(line.at)
        rows["fct_order_line"].append(
            (
                line.key,
                line.order_key,
                customer,
                None,
                None,
                "tills",
                "store",
                line.at,
                date,
                line.goods,
                0,
                line.tax,
                line.paid_by_points,
                True,
                False,
            )
        )
        rows["fct_refund_line"].extend(
            (refund.key, line.key, refund.amount, refund.at, programme.business_date(refund.at))
            for refund in line.refunds
        )
    for redemption in history.redemptions:
        orders[redemption.key] = programme.business_date(redemption.at)
        rows["int_payment__unify"].append(
            (
                redemption.key, redemption.key, "points", True, redemption.points, 1, redemption.at,
                programme.business_date(redemption.at),
            )
        )  # fmt: skip
    rows["fct_order"].extend(
        (order, customer, "tills", None, None, date, 1, True, None) for order, date in sorted(orders.items())
    )
    rows["int_order__unify"].extend((order, True) for order in sorted(orders))


def _insert(relation: str, rows: list[tuple[Any, ...]]) -> str:
    return f"insert into {relation} values " + ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, dt.datetime | dt.date | str):
        return f"'{value}'"
    return str(value).lower() if isinstance(value, bool) else str(value)
