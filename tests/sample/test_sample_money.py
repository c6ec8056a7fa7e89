"""The sample adds up to the cent: what is broken in it is broken on purpose, in rows of its own."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

Connection = duckdb.DuckDBPyConnection
_MONEY = "try_cast({} as decimal(18, 2))"


def _rows(files: Connection, query: str) -> list[tuple[Any, ...]]:
    return files.execute(query).fetchall()


@pytest.fixture(scope="module")
def shop(files: Connection) -> Connection:
    """The newest good version of each e-shop record, amounts as decimals."""
    clocks = {"orders": "id", "order_lines": '"order" || line', "payments": "id", "discounts": "id", "refunds": "id"}
    clocks["refund_lines"] = "refund || line"
    for name, key in clocks.items():
        clock = {"order_lines": "order_changed_at", "refund_lines": "refund_changed_at"}.get(name, "changed_at")
        files.execute(
            f"""create or replace temp table {name} as
            select * from shop_{name} where {key} not like '%X'
            qualify row_number() over (partition by {key} order by {clock} desc) = 1"""
        )
    return files


@pytest.fixture(scope="module")
def till(files: Connection) -> Connection:
    """The newest good version of each till record, amounts as decimals."""
    for name, key in {"sales": "BonNr", "sale_lines": "BonNr, Pos", "payments": "ZahlungNr"}.items():
        amounts = {
            "sales": ("Rabatt", "MwSt", "Summe"),
            "sale_lines": ("Preis", "Rabatt", "MwSt"),
            "payments": ("Betrag",),
        }
        casts = ", ".join(f"try_cast(replace({a}, ',', '.') as decimal(18, 2)) as {a}" for a in amounts[name])
        good = {
            "sales": "BonNr not like '%X'",
            "sale_lines": "try_cast(Pos as integer) < 900 and BonNr not like 'S99%'",
        }
        files.execute(
            f"""create or replace temp table t_{name} as
            select * replace ({casts}) from till_{name} where {good.get(name, "ZahlungNr not like '%X'")}
            qualify row_number() over (
                partition by {key} order by strptime(Stand, '%d.%m.%Y %H:%M:%S') desc
            ) = 1"""
        )
    return files


def test_order_totals_are_lines_less_discounts_plus_shipping(shop: Connection) -> None:
    wrong = _rows(
        shop,
        """
        with lines as (
            select "order" as id, sum(qty * price::decimal(18, 2)) as gross, sum(discount::decimal(18, 2)) as discount,
                sum(tax::decimal(18, 2)) as tax
            from order_lines where try_cast(price as decimal(18, 2)) is not null group by 1
        ),
        given as (select "order" as id, sum(amount::decimal(18, 2)) as amount from discounts group by 1)
        select id from orders inner join lines using (id) left join given using (id)
        where totals.grand::decimal(18, 2)
                <> lines.gross - totals.discount::decimal(18, 2) + totals.shipping::decimal(18, 2)
            or lines.discount > totals.discount::decimal(18, 2)
            or lines.tax <> totals.tax::decimal(18, 2)
            or coalesce(given.amount, 0) <> totals.discount::decimal(18, 2)
        """,
    )
    assert wrong == []
    assert _rows(shop, 'select count(*) from orders anti join order_lines on orders.id = order_lines."order"') == [(0,)]


def test_sale_totals_are_lines_less_discounts(till: Connection) -> None:
    wrong = _rows(
        till,
        """
        with lines as (
            select BonNr, sum(Menge::integer * Preis) as gross, sum(Rabatt) as discount, sum(MwSt) as tax
            from t_sale_lines group by BonNr
        )
        select BonNr from t_sales as sales left join lines using (BonNr)
        where sales.Summe is distinct from lines.gross - sales.Rabatt
            or lines.discount > sales.Rabatt or lines.tax <> sales.MwSt
        """,
    )
    assert wrong == []


def test_payments_that_move_money_sum_to_the_total(shop: Connection, till: Connection) -> None:
    wrong = _rows(
        shop,
        """
        with paid as (
            select "order" as id, sum(amount::decimal(18, 2)) as amount from payments
            where result = 'ok' and type in ('sale', 'capture') group by 1
        )
        select id from orders left join paid using (id)
        where (state = 'done' and paid.amount is distinct from totals.grand::decimal(18, 2))
            or (state in ('cart', 'voided') and paid.amount is not null)
        """,
    )
    assert wrong == []
    wrong = _rows(
        till,
        """
        select BonNr from t_sales as sales
        left join (select BonNr, sum(Betrag) as amount from t_payments group by BonNr) as paid using (BonNr)
        where sales.Status = 'A' and paid.amount is distinct from sales.Summe
        """,
    )
    assert wrong == []


def test_an_authorisation_and_its_capture_are_two_rows(shop: Connection) -> None:
    pairs = _rows(
        shop,
        """select count(*), count(*) filter (where a.amount <> c.amount) from payments as a
        inner join payments as c on a."order" = c."order" and c.type = 'capture' where a.type = 'authorisation'""",
    )
    assert pairs[0][0] > 500
    assert pairs[0][1] == 0


def test_refunds_are_the_sum_of_their_lines_and_never_exceed_the_order(shop: Connection) -> None:
    wrong = _rows(
        shop,
        """
        with lines as (select refund as id, sum(amount::decimal(18, 2)) as amount from refund_lines group by 1)
        select id from refunds inner join lines using (id)
        where grand::decimal(18, 2) <> lines.amount + shipping::decimal(18, 2)
        """,
    )
    assert wrong == []
    kinds = _rows(
        shop,
        """
        select
            count(*) filter (where back > totals.grand::decimal(18, 2)),
            count(*) filter (where back >= totals.grand::decimal(18, 2) - totals.shipping::decimal(18, 2)) > 50,
            count(*) filter (where back < totals.grand::decimal(18, 2) - totals.shipping::decimal(18, 2)) > 50,
            max(steps)
        from orders inner join (
            select "order" as id, sum(grand::decimal(18, 2)) as back, count(*) as steps from refunds group by 1
        ) as given using (id)
        """,
    )
    assert kinds == [(0, True, True, 2)]


def test_forints_are_whole(shop: Connection, till: Connection) -> None:
    broken = _rows(
        shop,
        "select count(*) from orders where currency = 'HUF' and totals.grand not like '%.00'"
        " union all select count(*) from t_sales where Waehrung = 'HUF' and Summe <> floor(Summe)",
    )
    assert broken == [(0,), (0,)]


def test_the_truth_agrees_with_the_files(shop: Connection, till: Connection) -> None:
    wrong = _rows(
        shop,
        """
        select source_order_id, total_amount, given.total from truth_orders
        inner join (
            select id, totals.grand::decimal(18, 2) as total, totals.discount::decimal(18, 2) as discount from orders
            union all select BonNr, Summe, Rabatt from t_sales
        ) as given on given.id = truth_orders.source_order_id
        where given.total <> total_amount or given.discount <> discount_amount
            or total_amount <> gross_amount - discount_amount + shipping_amount
            or net_amount <> gross_amount - discount_amount - returned_amount or net_amount < 0
        """,
    )
    assert wrong == []
    assert _rows(
        shop,
        """select count(*) = (select count(*) from orders where id is not null)
            + (select count(*) from t_sales where BonNr is not null) from truth_orders""",
    ) == [(True,)]


def test_nobody_spends_points_that_were_not_yet_theirs(till: Connection) -> None:
    """Per card: one point per whole net euro, 30 days later, for a year; spending takes the oldest points first.

    Stories have a truth of their own (`tests/programme/test_loyalty_stories.py`): one spends what is returned later.
    """
    events = _rows(
        till,
        """
        with clean as (
            select BonNr, Kundenkarte as card, strptime(Datum, '%d.%m.%Y') as day,
                (Summe - MwSt) / case Waehrung when 'HUF' then 420 when 'RON' then 5.3 when 'SEK' then 12 else 1 end
                    as net
            from t_sales where Kundenkarte is not null and Status = 'A' and Training = 'N' and Geloescht is null
                and BonNr not in (select BonNr from till_returns where BonNr is not null)
                and BonNr not in (select BonNr from t_sale_lines where EAN like 'GIFT%')
                and BonNr not in (select BonNr from t_payments where Art = 'PUNKTE')
        )
        select card, day + interval 31 day as on_day, cast(floor(net) as integer) as points, day + interval 360 day
        from clean
        union all
        select sales.Kundenkarte, strptime(sales.Datum, '%d.%m.%Y'), -cast(Punkte as integer), null
        from t_payments inner join t_sales as sales using (BonNr) where Art = 'PUNKTE'
            and sales.Kundenkarte not in (select card_number from truth_loyalty_members)
        order by 1, 2, 3 desc
        """,
    )
    spent = [event for event in events if event[2] < 0]
    assert len(spent) > 50
    lots: list[list[Any]] = []
    holder = None
    for card, day, points, expires in events:
        if card != holder:
            holder, lots = card, []
        if points >= 0:
            lots.append([expires, points])
            continue
        lots = [lot for lot in lots if lot[0] > day]
        owed = -points
        assert sum(points for _, points in lots) >= owed, f"card {card} on {day}"
        for lot in lots:
            taken = min(owed, lot[1])
            lot[1] -= taken
            owed -= taken
