"""What a value may look like in a source, what becomes of it, and what is quarantined with which reason."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from tests.ingestion.conftest import HEADER, Shop

PRODUCT = {"product_id": "id", "list_price": "price", "created_at": "at", "is_gift_card": "gift"}


def land_products(shop: Shop, *rows: str, **more: Any) -> None:
    shop.map("products", PRODUCT, "*.csv", **more)
    shop.write("products.csv", "id;price;at;gift\n" + "".join(f"{i};{row}\n" for i, row in enumerate(rows)))
    shop.land()


SEMICOLON = {"delimiter": ";"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5", "1.5"),
        ("-0.0001", None),  # below the minimum
        ("1.23456", None),
        ("1.2345000", "1.2345"),
        ("1e3", "1000"),
        ("1e-7", None),
        ("1.5e-4", None),
        ("99999999999999.9999", "99999999999999.9999"),
        ("100000000000000", None),
        ("twelve", None),
        ("1,5", None),
        ("", ""),
    ],
)
def test_a_decimal_is_exact_or_quarantined(shop: Shop, text: str, value: str | None) -> None:
    land_products(shop, f"{text};;", format=SEMICOLON)
    expected = [] if value is None else [Decimal(value) if value else None]
    assert shop.values("list_price", "products") == expected
    assert [row[:2] for row in shop.quarantine()] == ([("list_price", text)] if value is None else [])


def test_decimal_comma_with_thousands(shop: Shop) -> None:
    layout = SEMICOLON | {"decimal_comma": True, "thousands": "."}
    land_products(shop, "1.234,50;;", "1234,5;;", "12.34,5;;", "1.5;;", "1.234;;", format=layout)
    assert shop.values("list_price", "products") == [Decimal("1234.5"), Decimal("1234.5"), Decimal(1234)]
    assert [row[1] for row in shop.quarantine()] == ["12.34,5", "1.5"]


def test_booleans_in_common_spellings(shop: Shop) -> None:
    land_products(shop, ";;Yes", ";;0", ";;TRUE", ";;off", ";;", ";;maybe", format=SEMICOLON)
    assert shop.values("is_gift_card", "products") == [True, False, True, False, None]
    assert shop.quarantine() == [("is_gift_card", "maybe", "not true/false, yes/no, y/n, t/f, on/off or 1/0")]


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-01-05 10:00:00", "2026-01-05 08:00:00"),
        ("2026-07-05T10:00:00", "2026-07-05 07:00:00"),
        ("2026-07-05", "2026-07-04 21:00:00"),
        ("2026-07-05T10:00:00Z", "2026-07-05 10:00:00"),
        ("2026-07-05 10:00:00+05:30", "2026-07-05 04:30:00"),
        ("2026-07-05 10:00:00.123456", "2026-07-05 07:00:00.123456"),
        ("2026-03-29 02:59:59", "2026-03-29 00:59:59"),
        ("2026-03-29 03:30:00", "2026-03-29 01:30:00"),  # never shown by a clock: read with the offset before
        ("2026-03-29 04:00:00", "2026-03-29 01:00:00"),
        ("2026-10-25 02:59:59", "2026-10-24 23:59:59"),
        ("2026-10-25 03:00:00", "2026-10-25 00:00:00"),  # shown twice: the earlier one
        ("2026-10-25 03:59:59", "2026-10-25 00:59:59"),
        ("2026-10-25 04:00:00", "2026-10-25 02:00:00"),
        ("2026-10-25 03:30:00+02:00", "2026-10-25 01:30:00"),
        ("2026-10-25 03:30:00+03:00", "2026-10-25 00:30:00"),
        ("2026-10-25T03:30:00Z", "2026-10-25 03:30:00"),
        ("2026-02-30 10:00:00", None),
        ("yesterday", None),
        ("infinity", None),
        ("99999-01-01", None),
    ],
)
def test_instants_are_read_in_the_zone_and_kept_in_utc(shop: Shop, text: str, utc: str | None) -> None:
    land_products(shop, f";{text};", format=SEMICOLON)
    expected = [dt.datetime.fromisoformat(utc)] if utc else []
    assert shop.values("created_at", "products") == expected
    assert [row[:2] for row in shop.quarantine()] == ([] if utc else [("created_at", text)])


def test_every_instant_of_two_years_reads_as_python_reads_it(shop: Shop) -> None:
    start = dt.datetime(2025, 1, 1)
    walls = [start + dt.timedelta(minutes=30 * step) for step in range(2 * 365 * 48)]
    shop.map("products", {"product_id": "id", "created_at": "at"}, "*.csv")
    shop.write("p.csv", "id,at\n" + "".join(f"{i},{wall}\n" for i, wall in enumerate(walls)))
    shop.land()
    zone = shop.settings.zone
    wanted = [wall.replace(tzinfo=zone, fold=0).astimezone(dt.UTC).replace(tzinfo=None) for wall in walls]
    assert shop.values("created_at", "products") == wanted


def test_formats_and_zones_of_a_column(shop: Shop) -> None:
    columns = {
        "customer_id": "id",
        "birth_date": {"column": "born", "format": "%d/%m/%Y"},
        "created_at": {"column": "at", "format": "%d.%m.%Y %H:%M", "time_zone": "UTC"},
        "updated_at": {"column": "changed", "time_zone": "Europe/Stockholm"},
    }
    shop.map("customers", columns, "*.csv")
    rows = ["1,31/12/1999,05.07.2026 10:00,2026-07-05 10:00", "2,12/31/1999,05.07.2026 10:00,"]
    shop.write("c.csv", "id,born,at,changed\n" + "\n".join(rows) + "\n3,,05.07.2026 10:00,2026-07-05 10:00Z\n")
    shop.land()
    assert shop.query("select birth_date, created_at, updated_at from lake_eshop.customers order by customer_id") == [
        (dt.date(1999, 12, 31), dt.datetime(2026, 7, 5, 10), dt.datetime(2026, 7, 5, 8)),
        (None, dt.datetime(2026, 7, 5, 10), dt.datetime(2026, 7, 5, 10)),
    ]
    assert shop.quarantine() == [("birth_date", "12/31/1999", "not date as %d/%m/%Y")]


def test_values_defaults_constants_and_expressions(shop: Shop) -> None:
    columns = shop.entities["orders"]["columns"] | {
        "status": {"column": "status", "values": {"C": "cancelled"}, "default": "pending"},
        "total_amount": {"expr": "cast(total as decimal(18, 4)) / 100"},
        "country_code": {"expr": 'upper("Ship to")'},
    }
    shop.map("orders", columns, "*.csv", where="status is null or status <> 'skip me'")
    header = HEADER.replace("updated", "updated,Ship to")
    rows = ["1,C,2026-01-01,1050,,gr", "2,,2026-01-01,20,,se", "3,skip me,2026-01-01,x,,se", "4,paid,2026-01-01,x,,se"]
    shop.write("o.csv", header + "\n".join(rows) + "\n")
    counts = shop.land().entities["orders"]
    assert (counts.rows_received, counts.rows_landed, counts.rows_quarantined, counts.rows_skipped) == (3, 2, 1, 1)
    assert shop.query("select status, total_amount, country_code, currency_code from lake_eshop.orders order by 1") == [
        ("cancelled", Decimal("10.5"), "GR", "EUR"),
        ("pending", Decimal("0.2"), "SE", "EUR"),
    ]
    ((column, _, reason),) = shop.quarantine()
    assert column == "total_amount" and "cannot be worked out" in reason


def test_an_unknown_value_names_the_known_ones_and_the_remedy(shop: Shop) -> None:
    shop.write("orders.csv", HEADER + "1,bought,2026-01-01,1,\n")
    shop.land()
    ((column, value, reason),) = shop.quarantine()
    assert (column, value) == ("status", "bought")
    assert "draft, pending, paid" in reason and "`values`" in reason


def test_a_check_of_the_contract_quarantines_the_row(shop: Shop) -> None:
    shop.document["kind"] = "survey"
    columns = {
        "response_id": "r",
        "question_id": "q",
        "score": "s",
        "scale_min": {"value": 0},
        "scale_max": {"value": 10},
    }
    shop.map("answers", columns, "*.csv")
    shop.write("a.csv", "r,q,s\n1,nps,11\n2,nps,10\n3,nps,\n")
    shop.land()
    assert shop.quarantine() == [(None, None, "the score lies outside of its scale")]
    assert shop.query("select count(*) from lake_survey.answers") == [(2,)]


def test_distinct_makes_headers_from_lines(shop: Shop) -> None:
    shop.map("orders", {**shop.entities["orders"]["columns"]}, "*.csv", distinct=True, where="item <> 'postage'")
    header = HEADER.replace("updated", "updated,item")
    rows = [
        "1,paid,2026-01-01,5,,a",
        "1,paid,2026-01-01,5,,b",
        "2,paid,2026-01-01,7,,a",
        "2,paid,2026-01-01,7,,postage",
    ]
    shop.write("lines.csv", header + "\n".join(rows) + "\n")
    counts = shop.land().entities["orders"]
    assert (counts.rows_received, counts.rows_landed, counts.rows_skipped) == (2, 2, 2)
    assert shop.values("_source_row") == [1, 3]
    assert shop.findings() == []


def test_a_content_key_survives_splitting_and_reordering(shop: Shop) -> None:
    rows = ["a,1", "b,2", "a,1", "c,3"]
    shop.map("products", {"product_id": "_content_key", "sku": "sku"}, "*.csv")
    shop.write("whole.csv", "sku,price\n" + "\n".join(rows) + "\n")
    shop.write("other.csv", "sku,price\n" + "\n".join(reversed(rows)) + "\n")
    shop.land()
    keys = dict[str, set[str]]()
    for file, key in shop.query("select _source_file, product_id from lake_eshop.products"):
        keys.setdefault(file, set()).add(key)
    assert keys["whole.csv"] == keys["other.csv"] and len(keys["whole.csv"]) == 4


def test_pseudo_columns_in_expressions(shop: Shop) -> None:
    shop.document["partitions"] = {"start": "2026-01-01"}
    expr = "concat_ws(':', _file, _row, _file_date)"
    shop.map("products", {"product_id": {"expr": expr}, "sku": "sku"}, "{date}.csv")
    for day in ("2026-01-01", "2026-01-02"):
        shop.write(f"{day}.csv", "sku\nx\ny\n")
    shop.land()
    assert shop.values("product_id", "products") == [
        f"2026-01-0{day}.csv:{row}:2026-01-0{day}" for day in (1, 2) for row in (1, 2)
    ]
