"""Tables of real systems, with a few records: a sale, a return, a cancelled and an open receipt of yesterday."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

YESTERDAY = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
AT = f"{YESTERDAY} 10:00:00"

Run = Callable[..., None]


def make_tables(run: Run, script: str) -> list[str]:
    """Make the tables of a script beside this module, and return their names."""
    statements = (Path(__file__).parent / script).read_text(encoding="utf-8").split(";\n")
    run(*(statement for statement in statements if statement.strip()))
    return [statement.split("(")[0].split()[-1] for statement in statements if "create table" in statement.lower()]


def fill_tryton(run: Run) -> list[str]:
    """Make a Tryton with one till, and return the names of its tables."""
    tables = make_tables(run, "tryton_pos.sql")
    made = f"'{AT}', 1"
    run(
        "insert into currency_currency (id, code, digits, name, rounding) values (1, 'EUR', 2, 'Euro', 0.01)",
        "insert into company_company (id, currency, party) values (1, 1, 1)",
        "insert into country_country (id, code, name) values (1, 'GR', 'Greece')",
        "insert into party_address (id, party, city, country) values (1, 1, 'Athens', 1)",
        "insert into sale_point (id, company, name, address, customer_location, journal, sequence, storage_location)"
        " values (1, 1, 'Kolonaki', 1, 1, 1, 1, 1)",
        "insert into product_template (id, default_uom, name, type) values (1, 1, 'Mug', 'goods')",
        "insert into product_product (id, template, code) values (1, 1, 'MUG-RED')",
        "insert into sale_point_payment_method (id, account, company, name, cash) values (1, 1, 1, 'Cash', true),"
        " (2, 1, 1, 'Card', false)",
        "insert into sale_point_sale (id, company, date, point, state, create_date, create_uid) values"
        f" (1, 1, '{YESTERDAY}', 1, 'posted', {made}), (2, 1, '{YESTERDAY}', 1, 'done', {made}),"
        f" (3, 1, '{YESTERDAY}', 1, 'cancelled', {made}), (4, 1, '{YESTERDAY}', 1, 'open', {made})",
        "insert into sale_point_sale_line (id, product, quantity, sale, unit_gross_price, unit_list_price, create_date,"
        f" create_uid) values (1, 1, 3, 1, 1.19, 1.00, {made}), (2, 1, -1, 2, 1.19, 1.00, {made}),"
        f" (3, 1, 1, 3, 1.19, 1.00, {made}), (4, 1, 1, 4, 1.19, 1.00, {made})",
        f"insert into sale_point_payment (id, amount, method, sale, create_date, create_uid) values"
        f" (1, 5.00, 1, 1, {made}), (2, -1.43, 1, 1, {made}), (3, -1.19, 1, 2, {made})",
    )
    return tables
