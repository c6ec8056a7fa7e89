"""A made-up retailer for the loyalty benchmark: what the loyalty models read, as tables of the warehouse.

Members buy unevenly (a third of them make most of the sales), refund 3 % of the lines in one or two steps, pay 2 % of
their orders with points and get a few bonuses, over three years. The n-th row is a function of n alone, so every run
makes the same history. Belongs here: the tables. Does not belong here: running models, measuring.

Run as `python -m benchmarks.loyalty_history <warehouse> <members> <lines> [<share>]`. With a share, the tables gain so
many more lines on the day after.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import duckdb

DAYS: Final = 1095
LAST_DAY: Final = "2026-10-31"
LINES_PER_ORDER: Final = 3.0

# A number from 0 to 1 that depends on the row and on what it is for.
_MACROS: Final = """
create or replace temp macro draw(n, purpose) as (hash(n * 31 + purpose) % 1000000007) / 1000000007.0;
"""

_PEOPLE: Final = """
create or replace table intermediate_people as
select
    'c' || lpad(n::varchar, 8, '0') as customer_id,
    'r' || n as customer_record_key,
    timestamp '2023-10-01 10:00' + to_days((draw(n, 1) * 400)::int) as created_at
from range({members}) as members (n);
create or replace table personal.int_customer_record__standardise as
select
    customer_record_key, 'loyalty_card' as record_type, 'tills' as source_system, 'GR' as country_code,
    '1' as card_number, created_at
from intermediate_people;
create or replace table customer.customer_record_map as
select customer_record_key, customer_id from intermediate_people;
create or replace table customer.customer_id_alias (former_customer_id varchar, customer_id varchar);
drop table intermediate_people;
create or replace table customer.dim_product as
select
    'sku:' || n as product_key, 'category ' || n % 12 as category, 'type ' || n % 4 as product_type,
    'brand ' || n % 40 as brand
from range(5000) as products (n);
create or replace table customer.dim_store as select 'tills:1' as store_key;
"""

# Orders from number `first` on; on one day only when `day` is given, counted from the last one.
_ORDERS: Final = """
create or replace temp table new_orders as
select
    'o' || lpad(n::varchar, 9, '0') as order_key,
    n,
    'c' || lpad((pow(draw(n, 2), 2.2) * {members})::bigint::varchar, 8, '0') as customer_id,
    case when draw(n, 3) < 0.4 then 'webshop' else 'tills' end as source_system,
    timestamp '{last_day} 08:00' + to_days({day}) + to_seconds((draw(n, 5) * 36000)::bigint) as ordered_at
from range({first}, {last}) as numbers (n);
create or replace temp table new_lines as
select
    new_orders.*,
    order_key || ':' || line as order_line_key,
    line,
    n * 10 + line as line_n,
    (1 + pow(draw(n * 10 + line, 6), 3) * 120)::decimal(18, 2)::decimal(18, 4) as gross_amount
from new_orders
cross join range(1, 6) as parts (line)
where line <= 1 + (draw(n, 7) * 4)::int;
"""

_TABLES: Final = {
    "customer.fct_order_line": """
        select
            order_line_key, order_key, customer_id, 'sku:' || (hash(line_n) % 5000)::varchar as product_key,
            case when source_system = 'tills' then 'tills:1' end as store_key, source_system,
            case when source_system = 'tills' then 'store' else 'online' end as channel,
            ordered_at, ordered_at::date as order_date, gross_amount, 0::decimal(18, 4) as discount_amount,
            (gross_amount / 6)::decimal(18, 2)::decimal(18, 4) as tax_amount,
            case when draw(n, 8) < 0.02 and line = 1 then least(gross_amount, 5) else 0 end::decimal(18, 4)
                as paid_by_points_amount,
            draw(n, 9) > 0.02 as is_valid_order, false as is_gift_card
        from new_lines""",
    "customer.fct_order": """
        select
            order_key, customer_id, source_system, case when source_system = 'tills' then 'tills:1' end as store_key,
            'GR' as country_code, ordered_at::date as order_date, 1::decimal(18, 10) as exchange_rate,
            draw(n, 9) > 0.02 as is_valid_order, null::varchar as invalid_reason
        from new_orders""",
    "intermediate.int_order__unify": "select order_key, source_system, true as prices_include_tax from new_orders",
    "customer.fct_refund_line": """
        select
            order_line_key || ':' || step as refund_line_key, order_line_key,
            (gross_amount / 2)::decimal(18, 2)::decimal(18, 4) as amount,
            ordered_at + to_days(5 + 10 * step::int) as refunded_at,
            (ordered_at + to_days(5 + 10 * step::int))::date as refund_date
        from new_lines
        cross join range(1, 3) as steps (step)
        where draw(line_n, 10) < 0.03 and (step = 1 or draw(line_n, 11) < 0.4)
            and (ordered_at + to_days(5 + 10 * step::int))::date <= date '{last_day}'""",
    "intermediate.int_payment__unify": """
        select
            'p' || order_key as payment_key, order_key, 'points' as payment_method, true as moves_money,
            100::bigint as points, 5::decimal(18, 4) as amount, ordered_at as paid_at, ordered_at::date as paid_date
        from new_orders
        where draw(n, 8) < 0.02""",
    "staging.stg_eshop__loyalty_events": """
        select
            'webshop' as source_system, 'e' || n as event_id, customer_id, 'bonus' as event_type,
            null::varchar as programme_code, 50::bigint as points, null::varchar as payment_id,
            null::date as expires_on, false as counts_for_tier, null::varchar as reason, ordered_at as occurred_at,
            null::timestamp as deleted_at, ordered_at as known_at
        from new_orders
        where false""",
    "personal.stg_pos__loyalty_events": """
        select
            'tills' as source_system, 'e' || n as event_id, '1' as card_number, 'bonus' as event_type,
            null::varchar as programme_code, 50::bigint as points, null::varchar as payment_id,
            null::date as expires_on, false as counts_for_tier, null::varchar as reason, ordered_at as occurred_at,
            null::timestamp as deleted_at, ordered_at as known_at
        from new_orders
        where false""",
}


def main(warehouse: Path, members: int, lines: int, share: float | None = None) -> None:
    """Write the tables, or add a day to them."""
    orders = round(lines / LINES_PER_ORDER)
    first, last = (0, orders) if share is None else (orders, orders + round(orders * share))
    day = f"-((draw(n, 4) * {DAYS})::int)" if share is None else "1"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("set threads = 2")
        connection.execute(_MACROS)
        for schema in ("customer", "intermediate", "personal", "staging"):
            connection.execute(f"create schema if not exists {schema}")
        if share is None:
            connection.execute(_PEOPLE.format(members=members))
        connection.execute(_ORDERS.format(members=members, last_day=LAST_DAY, day=day, first=first, last=last))
        for table, query in _TABLES.items():
            sql = query.format(last_day=LAST_DAY)
            connection.execute(f"create table {table} as {sql}" if share is None else f"insert into {table} {sql}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]) if len(sys.argv) > 4 else None)
