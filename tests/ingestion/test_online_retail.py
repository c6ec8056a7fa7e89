"""A real export that nobody prepared: two years of an online retailer, with nothing but a mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.ingestion.conftest import Shop

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "online_retail.parquet"
IS_SALE = "not starts_with(InvoiceNo, 'C') and Quantity > 0 and UnitPrice >= 0"

pytestmark = pytest.mark.skipif(not DATA.is_file(), reason=f"{DATA.name} is not beside the project")


def entity(columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"files": "*.parquet", "columns": columns, **more}


ENTITIES = {
    "orders": entity(
        {
            "order_id": "InvoiceNo",
            "customer_id": "CustomerID",
            "status": {"expr": "case when starts_with(InvoiceNo, 'C') then 'cancelled' else 'completed' end"},
            "currency_code": {"value": "GBP"},
            "ordered_at": {"column": "InvoiceDate", "time_zone": "Europe/London"},
        },
        distinct=True,
    ),
    "order_lines": entity(
        {
            "order_id": "InvoiceNo",
            "line_id": "_content_key",
            "product_id": "StockCode",
            "description": "Description",
            "quantity": "Quantity",
            "unit_price": "UnitPrice",
        },
        where=IS_SALE,
    ),
}


@pytest.mark.slow
def test_a_real_export_reconciles_to_the_cent(shop: Shop) -> None:
    shop.entities = ENTITIES
    shop.write(DATA.name, DATA.read_bytes())
    counts = shop.land().entities["order_lines"]
    source = (
        duckdb.connect()
        .execute(
            f"""select count(*), count(*) filter (where {IS_SALE}),
            sum(cast(Quantity * cast(UnitPrice as decimal(18, 4)) as decimal(18, 4))) filter (where {IS_SALE}),
            count(distinct InvoiceNo), count(distinct CustomerID) from '{DATA}'"""
        )
        .fetchall()[0]
    )
    lines, sales, money, invoices, customers = source
    assert (counts.rows_received, counts.rows_skipped) == (sales, lines - sales)
    assert counts.rows_quarantined == 0
    sql = "select count(*), count(distinct (order_id, line_id)), sum(cast(quantity * unit_price as decimal(18, 4))) "
    assert shop.query(sql + "from lake_eshop.order_lines") == [(sales, sales, money)]
    sql = "select count(distinct order_id), count(distinct customer_id) from lake_eshop.orders"
    assert shop.query(sql) == [(invoices, customers)]
    assert shop.findings() == []
