"""What several nights post to the ledger: on time, late or restated, each with its cause and the night that learned it.

dbt runs the loyalty models as a night does, over a tiny history that changes between the nights. Belongs here: the
journals. Does not belong here: what the rules give (`tests/loyalty`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from ingestion.settings import Settings, Storage, load_settings
from tests.parsed import run_dbt

pytestmark = pytest.mark.slow
SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds" / "rules"
SELECTION = ("path:models/intermediate/loyalty", "path:models/marts/loyalty", "--exclude", "points_liability+")
TABLES = {
    "customer.fct_order_line": """
        order_line_key varchar, order_key varchar, customer_id varchar, product_key varchar, store_key varchar,
        source_system varchar, channel varchar, ordered_at timestamp, order_date date, gross_amount decimal(18, 4),
        discount_amount decimal(18, 4), tax_amount decimal(18, 4), paid_by_points_amount decimal(18, 4),
        is_valid_order boolean, is_gift_card boolean""",
    "customer.fct_order": """
        order_key varchar, customer_id varchar, source_system varchar, store_key varchar, country_code varchar,
        order_date date, exchange_rate decimal(18, 10), is_valid_order boolean, invalid_reason varchar""",
    "customer.fct_refund_line": """
        refund_line_key varchar, order_line_key varchar, amount decimal(18, 4), refunded_at timestamp,
        refund_date date""",
    "customer.dim_product": "product_key varchar, category varchar, product_type varchar, brand varchar",
    "customer.dim_store": "store_key varchar",
    "customer.customer_record_map": "customer_record_key varchar, customer_id varchar",
    "customer.customer_id_alias": "former_customer_id varchar, customer_id varchar",
    "intermediate.int_order__unify": "order_key varchar, source_system varchar, prices_include_tax boolean",
    "intermediate.int_payment__unify": """
        payment_key varchar, order_key varchar, payment_method varchar, moves_money boolean, points bigint,
        amount decimal(18, 4), paid_at timestamp, paid_date date""",
    "personal.int_customer_record__standardise": """
        customer_record_key varchar, record_type varchar, source_system varchar, country_code varchar,
        card_number varchar, created_at timestamp""",
    "staging.stg_eshop__loyalty_events": """
        source_system varchar, event_id varchar, customer_id varchar, event_type varchar, programme_code varchar,
        points bigint, payment_id varchar, expires_on date, counts_for_tier boolean, reason varchar,
        occurred_at timestamp, deleted_at timestamp, known_at timestamp""",
    "personal.stg_pos__loyalty_events": """
        source_system varchar, event_id varchar, card_number varchar, event_type varchar, programme_code varchar,
        points bigint, payment_id varchar, expires_on date, counts_for_tier boolean, reason varchar,
        occurred_at timestamp, deleted_at timestamp, known_at timestamp""",
}
PEOPLE = "abcdefg"


class Nights:
    """A warehouse whose history changes between the nights."""

    def __init__(self, folder: Path, shared: Path) -> None:
        self._shared = shared
        self._settings: Settings = load_settings().model_copy(update={"storage": Storage(data=str(folder))})
        self._settings.warehouse_path.parent.mkdir(parents=True)
        columns = {name: _column_types(name) for name in ("loyalty_programme", "loyalty_scope", "loyalty_earn_rule")}
        columns["loyalty_tier"] = _column_types("loyalty_tier")
        statements = [f"create table {table} ({spec})" for table, spec in TABLES.items()]
        for name, types in columns.items():
            cast = ", ".join(f"cast({column} as {kind}) as {column}" for column, kind in types.items())
            statements.append(
                f"create table rules.{name} as select {cast}"
                f" from read_csv('{SEEDS / name}.csv', header = true, all_varchar = true, nullstr = '')"
            )
        schemas = ("customer", "intermediate", "personal", "staging", "rules")
        self.change(*(f"create schema {schema}" for schema in schemas), *statements)
        for person in PEOPLE:
            self.change(
                f"insert into personal.int_customer_record__standardise values"
                f" ('r{person}', 'loyalty_card', 'tills', 'GR', '1', timestamp '2025-01-01 10:00')",
                f"insert into customer.customer_record_map values ('r{person}', '{person}')",
            )

    def change(self, *statements: str) -> None:
        with duckdb.connect(str(self._settings.warehouse_path)) as connection:
            for statement in statements:
                connection.execute(statement)

    def buy(self, order: str, customer: str, date: str, amount: int) -> None:
        """A till sale of one line at noon, without tax."""
        self.change(
            f"insert into customer.fct_order values"
            f" ('{order}', '{customer}', 'tills', 'tills:1', 'GR', '{date}', 1, true, null)",
            f"insert into customer.fct_order_line values"
            f" ('{order}:1', '{order}', '{customer}', null, 'tills:1', 'tills', 'store', timestamp '{date} 12:00',"
            f" '{date}', {amount}, 0, 0, 0, true, false)",
            f"insert into intermediate.int_order__unify values ('{order}', 'tills', true)",
        )

    def run(self, as_of: str) -> None:
        variables = self._settings.dbt_vars() | {"as_of_date": as_of, "time_zone": "UTC", "reporting_currency": "EUR"}
        done = run_dbt(["--quiet", "run", "--select", *SELECTION], self._settings, variables, self._shared)
        assert done.success, done.exception or done.result

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self._settings.warehouse_path)) as connection:
            return connection.execute(sql).fetchall()

    def posted(self, date: str) -> set[tuple[str, str, int, str]]:
        """What a night posted: movement, customer, points, cause."""
        return set(
            self.rows(
                "select movement_id, customer_id, points, posting_cause from loyalty.fct_points_ledger"
                f" where posted_date = '{date}'"
            )
        )


def _column_types(seed: str) -> dict[str, str]:
    content = yaml.safe_load((SEEDS / f"{seed}.yml").read_text(encoding="utf-8"))
    types = content["seeds"][0]["config"]["column_types"]
    return {column: "varchar" if kind == "string" else kind for column, kind in types.items()}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Nights:
    """Three nights: one that opens the journal, an ordinary one, and one that learns of everything at once."""
    nights = Nights(tmp_path_factory.mktemp("nights"), shared)
    for order, customer, amount in (("o1", "a", 100), ("o2", "b", 100), ("o3", "c", 100), ("o4", "d", 100)):
        nights.buy(order, customer, "2026-04-01", amount)
    nights.buy("o5", "e", "2026-04-01", 240)
    nights.buy("o6", "f", "2026-02-01", 100)
    nights.run("2026-04-10")
    nights.buy("o7", "a", "2026-04-11", 50)
    nights.run("2026-04-11")
    _learn(nights)
    nights.run("2026-04-12")
    return nights


def _learn(nights: Nights) -> None:
    # A file of 2 April comes late, and takes e over the threshold of silver.
    nights.buy("late", "e", "2026-04-02", 60)
    # The till corrects an amount, a shop calls an order off before it was sent and refunds it.
    nights.change(
        "update customer.fct_order_line set gross_amount = 80 where order_key = 'o2'",
        "update customer.fct_order set is_valid_order = false, invalid_reason = 'refunded_before_fulfilment'"
        " where order_key = 'o3'",
        "update customer.fct_order_line set is_valid_order = false where order_key = 'o3'",
    )
    # d turns out to be a; a part of what f bought is g's.
    nights.change(
        "update customer.customer_record_map set customer_id = 'a' where customer_id = 'd'",
        "insert into customer.customer_id_alias values ('d', 'a')",
        "update customer.fct_order set customer_id = 'a' where customer_id = 'd'",
        "update customer.fct_order_line set customer_id = 'a' where customer_id = 'd'",
        "update customer.fct_order set customer_id = 'g' where order_key = 'o6'",
        "update customer.fct_order_line set customer_id = 'g' where order_key = 'o6'",
    )


def test_the_first_night_opens_the_journal_and_the_next_posts_what_has_happened_since(nights: Nights) -> None:
    assert {cause for *_, cause in nights.posted("2026-04-10")} == {"opening"}
    assert nights.posted("2026-04-11") == {("earn:o7:1", "a", 50, "on_time")}


def test_a_restatement_is_a_row_of_its_own_with_its_cause(nights: Nights) -> None:
    assert nights.posted("2026-04-12") == {
        ("earn:late:1", "e", 60, "late_file"),
        ("earn:o2:1", "b", -20, "source_correction"),
        ("earn:o3:1", "c", -100, "refund"),
        ("earn:o4:1", "d", -100, "merge"),
        ("earn:o4:1", "a", 100, "merge"),
        ("earn:o6:1", "f", -100, "split"),
        ("earn:o6:1", "g", 100, "split"),
    }


def test_the_postings_of_a_movement_add_up_to_what_is_known_now(nights: Nights) -> None:
    posted = nights.rows(
        "select movement_id, customer_id, sum(points)::bigint from loyalty.fct_points_ledger"
        " group by all having sum(points) <> 0 order by all"
    )
    known = nights.rows(
        "select movement_id, customer_id, points from intermediate.int_points_movement__collect"
        " inner join intermediate.int_loyalty_member__resolve using (member_number) order by all"
    )
    assert posted == known


def test_a_late_file_upgrades_a_member_as_known_now_and_not_as_known_then(nights: Nights) -> None:
    then = nights.rows(
        "select tier_code, valid_from::text, known_cause from loyalty.tier_history_known"
        " where member_key = 'club:e' and known_from <= '2026-04-11' and (known_to is null or known_to > '2026-04-11')"
    )
    now = nights.rows(
        "select tier_code, valid_from::text, known_cause from loyalty.tier_history_known"
        " where member_key = 'club:e' and known_to is null order by valid_from"
    )
    assert then == [("member", "2025-01-01", "opening")]
    assert now == [("member", "2025-01-01", "late_file"), ("silver", "2026-04-02", "late_file")]
    assert nights.rows("select tier_code, known_cause from loyalty.loyalty_status_known"
                       " where member_key = 'club:e' order by known_from") == [
        ("member", "opening"), ("silver", "late_file")]  # fmt: skip


def test_a_night_that_is_run_again_replaces_its_own_postings_and_a_changed_rule_says_so(nights: Nights) -> None:
    before = nights.rows("select * from loyalty.fct_points_ledger order by all")
    nights.run("2026-04-12")
    assert nights.rows("select * from loyalty.fct_points_ledger order by all") == before
    nights.change("update rules.loyalty_earn_rule set points = 2 where rule_version = '2026-03' and rule_type = 'rate'")
    nights.run("2026-04-13")
    assert nights.posted("2026-04-13") == {
        ("earn:o1:1", "a", 100, "rule_change"),
        ("earn:o2:1", "b", 80, "rule_change"),
        ("earn:o4:1", "a", 100, "rule_change"),
        ("earn:o5:1", "e", 240, "rule_change"),
        ("earn:o7:1", "a", 50, "rule_change"),
        ("earn:late:1", "e", 60, "rule_change"),
    }
