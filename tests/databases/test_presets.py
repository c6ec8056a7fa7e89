"""The presets against the tables of the real systems: what a receipt, a return, a discount and a guest become.

`tryton_pos.sql` holds the tables that the preset reads, as Tryton 8.2 made them (pg_dump of the module sale_point);
`open_source_pos.sql` the tables of Open Source POS that the recorded payloads name.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest

from ingestion.check import check_systems
from tests.databases.conftest import Tills
from tests.databases.servers import Server
from tests.databases.systems import AT, fill_tryton, make_tables


@pytest.fixture
def tryton(make_tills: Callable[[Server], Tills], postgres: Server) -> Tills:
    tills = make_tills(postgres)
    tables = fill_tryton(tills.run)
    tills.grant(*tables)
    tills.configure(preset="tryton_pos")
    return tills


def test_tryton_becomes_sales_returns_and_payments(tryton: Tills) -> None:
    assert check_systems(tryton.settings).ok
    tryton.land()
    assert not tryton.findings()
    assert not tryton.query("select * from lake.quarantine")
    assert tryton.alive("sales", "sale_id, store_id, status, sold_at", "sale_id") == [
        ("1", "1", "completed", dt.datetime.fromisoformat(AT)),
        ("3", "1", "cancelled", dt.datetime.fromisoformat(AT)),
        ("4", "1", "suspended", dt.datetime.fromisoformat(AT)),
    ]
    assert tryton.alive("sale_lines", "sale_id, sku, quantity, gross_amount, tax_amount", "line_id")[0] == (
        "1", "MUG-RED", Decimal(3), Decimal("3.57"), Decimal("0.57")
    )  # fmt: skip
    assert tryton.alive("returns", "return_id, quantity, amount, tax_amount", "return_line_id") == [
        ("2", Decimal(1), Decimal("1.19"), Decimal("0.19"))
    ]
    assert tryton.alive("payments", "sale_id, payment_method, amount", "payment_id") == [("1", "cash", Decimal("3.57"))]
    assert tryton.query("select store_name, city, country_code from lake_pos.stores") == [("Kolonaki", "Athens", "GR")]


def test_tryton_writes_its_time_of_change_from_the_first_edit_on(tryton: Tills) -> None:
    tryton.land()
    tryton.run(
        "update sale_point_sale set state = 'cancelled', write_date = now() at time zone 'UTC' where id = 4",
        "delete from sale_point_payment where sale = 1",
    )
    landed = tryton.land().entities
    assert (landed["sales"].rows_landed, landed["payments"].rows_landed, landed["sale_lines"].rows_landed) == (1, 1, 0)
    assert ("4", "cancelled") in tryton.alive("sales", "sale_id, status", "sale_id")
    assert not tryton.alive("payments", "sale_id", "payment_id")


@pytest.fixture
def ospos(make_tills: Callable[[Server], Tills], maria: Server) -> Tills:
    tills = make_tills(maria)
    tables = make_tables(tills.run, "open_source_pos.sql")
    tills.run(
        "insert into ospos_stock_locations values (1, 'stock', 0)",
        "insert into ospos_people (first_name, last_name, gender, phone_number, email, address_1, address_2, city,"
        " state, zip, country, comments, person_id) values"
        " ('Ana', 'Ionescu', 0, '0712 345 678', 'ana@shop.test', 'Str. Lungă 1', '', 'Cluj', '', '400001', '', '', 2),"
        " ('Bo', 'Berg', null, '', '', '', '', '', '', '', '', '', 3)",
        "insert into ospos_customers (person_id, account_number, date, deleted, employee_id) values"
        f" (2, 'L0', '{AT}', 0, 1), (3, null, '{AT}', 1, 1)",
        "insert into ospos_items (name, category, item_number, item_id, cost_price, unit_price) values"
        " ('Mug', 'Kitchen', 'MUG-RED', 6, 3.54, 47.72)",
        "insert into ospos_sales (sale_time, customer_id, employee_id, sale_id, sale_status, sale_type) values"
        f" ('{AT}', 2, 1, 1, 0, 0), ('{AT}', null, 1, 2, 0, 4), ('{AT}', 3, 1, 3, 2, 0), ('{AT}', null, 1, 4, 1, 3)",
        "insert into ospos_sales_items (sale_id, item_id, line, quantity_purchased, item_cost_price, item_unit_price,"
        " discount, discount_type, item_location) values (1, 6, 1, 4, 3.54, 47.72, 10, 0, 1),"
        " (1, 6, 2, 2, 3.54, 47.72, 1.50, 1, 1), (2, 6, 1, -1, 3.54, 47.72, 10, 0, 1),"
        " (3, 6, 1, 1, 3.54, 47.72, 0, 0, 1), (4, 6, 1, 1, 3.54, 47.72, 0, 0, 1)",
        "insert into ospos_sales_items_taxes (sale_id, item_id, line, name, percent, tax_type, item_tax_amount) values"
        " (1, 6, 1, 'USt', 19, 0, 27.43), (2, 6, 1, 'USt', 19, 0, -6.86)",
        "insert into ospos_sales_payments (payment_id, sale_id, payment_type, payment_amount, cash_refund,"
        f" payment_time) values (1, 1, 'Cash', 270.00, 5.77, '{AT}'), (2, 2, 'Cash', -42.95, 0, '{AT}'),"
        f" (3, 3, 'Gift Card:7', 1.00, 0, '{AT}')",
    )
    tills.grant(*tables)
    tills.configure(preset="open_source_pos", more='time_zone = "UTC"\ncurrency = "RON"')
    return tills


def test_open_source_pos_becomes_sales_returns_payments_and_cards(ospos: Tills) -> None:
    assert check_systems(ospos.settings).ok
    ospos.land()
    assert not ospos.findings()
    assert not ospos.query("select * from lake.quarantine")
    assert ospos.alive(
        "sales", "sale_id, store_id, card_number, status, currency_code, prices_include_tax", "sale_id"
    ) == [
        ("1", "1", "L0", "completed", "RON", True),
        ("3", "1", "customer-3", "cancelled", "RON", True),
        ("4", "1", None, "suspended", "RON", True),
    ]
    lines = "sale_id, line_id, gross_amount, discount_amount, tax_amount"
    assert ospos.alive("sale_lines", lines, "sale_id, line_id")[:2] == [
        ("1", "6-1", Decimal("190.88"), Decimal("19.09"), Decimal("27.43")),
        ("1", "6-2", Decimal("95.44"), Decimal("3.00"), None),
    ]
    assert ospos.alive("returns", "return_id, sku, quantity, amount, tax_amount", "return_id, return_line_id") == [
        ("2", "MUG-RED", Decimal(1), Decimal("42.95"), Decimal("6.86"))
    ]
    assert ospos.alive("payments", "sale_id, payment_method, amount", "payment_id") == [
        ("1", "cash", Decimal("264.23")), ("3", "gift_card", Decimal(1))
    ]  # fmt: skip
    cards = ospos.alive("loyalty_cards", "card_number, card_status, first_name, email, gender, street", "card_number")
    assert cards == [
        ("L0", "active", "Ana", "ana@shop.test", "female", "Str. Lungă 1"),
        ("customer-3", "closed", "Bo", None, None, None),
    ]


def test_open_source_pos_has_no_clock_and_its_edits_are_found(ospos: Tills) -> None:
    ospos.land()
    ospos.run(
        "update ospos_sales set sale_status = 2 where sale_id = 1",
        "delete from ospos_sales_items where sale_id = 1 and line = 2",
        "update ospos_people set email = 'ana@new.test' where person_id = 2",
    )
    landed = {name: counts.rows_landed for name, counts in ospos.land().entities.items() if counts.rows_landed}
    assert landed == {"sales": 1, "sale_lines": 1, "loyalty_cards": 1}
