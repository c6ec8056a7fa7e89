"""Tables of a real PostgreSQL and a real MariaDB, landed: right to the last digit, complete, and each change once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from ingestion.databases import client
from ingestion.errors import SourceUnavailableError
from ingestion.files import Days
from tests.databases.conftest import Tills
from tests.databases.servers import TILL_USER

TODAY = dt.datetime.now(dt.UTC).date()
MAPPING = """
kind: pos
entities:
  sales:
    table: receipts
    window: sold_at
    columns:
      sale_id: id
      store_id: shop
      status: {column: state, values: {paid: completed}}
      currency_code: {value: "{currency}"}
      total_amount: total
      sold_at: sold_at
  sale_lines:
    query: select l.*, r.sold_at from receipt_lines as l join receipts as r on r.id = l.receipt
    window: sold_at
    columns:
      sale_id: receipt
      line_id: position
      sku: sku
      quantity: pieces
      unit_price: price
  stores:
    table: shops
    columns: {store_id: id, store_name: name}
"""
TABLES = (
    "create table shops (id integer primary key, name varchar(50))",
    "create table receipts (id bigint primary key, shop integer, state varchar(10), total decimal(14, 2),"
    " sold_at timestamp null, note varchar(100))",
    "create table receipt_lines (receipt bigint, position integer, sku varchar(30), pieces decimal(12, 3),"
    " price decimal(12, 4), primary key (receipt, position))",
    "insert into shops values (1, 'Kolonaki'), (2, 'Θεσσαλονίκη')",
)


def day(before: int, time: str = "12:00:00") -> str:
    return f"{TODAY - dt.timedelta(days=before)} {time}"


def fill(tills: Tills) -> None:
    tills.run(
        *TABLES,
        f"insert into receipts values (1, 1, 'paid', 20.00, '{day(400)}', 'old'),"
        f" (2, 1, 'paid', 12345678.90, '{day(30)}', null), (3, 2, 'paid', 5.05, '{day(1)}', '')",
        "insert into receipt_lines values (1, 1, 'A', 2, 10.0000), (2, 1, 'B', 0.250, 9999.9999),"
        " (3, 1, 'A', 1, 2.5250), (3, 2, 'C', 1, 2.5250)",
    )
    tills.grant("shops", "receipts", "receipt_lines")
    tills.configure(MAPPING)


def test_every_value_arrives_as_it_is(tills: Tills) -> None:
    fill(tills)
    landed = tills.land()
    assert {name: counts.rows_landed for name, counts in landed.entities.items()} == {
        "sales": 3, "sale_lines": 4, "stores": 2
    }  # fmt: skip
    assert not tills.findings()
    assert tills.alive("sales", "sale_id, total_amount, status, currency_code", "sale_id") == [
        ("1", Decimal("20.0000"), "completed", "EUR"),
        ("2", Decimal("12345678.9000"), "completed", "EUR"),
        ("3", Decimal("5.0500"), "completed", "EUR"),
    ]
    assert tills.query("select store_name from lake_pos.stores order by 1") == [("Kolonaki",), ("Θεσσαλονίκη",)]
    [(sold_at,)] = tills.query("select sold_at from lake_pos.sales where sale_id = '3'")
    noon = dt.datetime.combine(TODAY - dt.timedelta(days=1), dt.time(12), tills.settings.zone)
    assert sold_at == noon.astimezone(dt.UTC).replace(tzinfo=None), "a time without a zone is the retailer's"


def test_a_night_without_news_lands_nothing_and_edits_and_deletions_land_once(tills: Tills) -> None:
    fill(tills)
    tills.land()
    assert sum(counts.rows_landed for counts in tills.land().entities.values()) == 0
    tills.run(
        "update receipts set total = 4.04 where id = 3",
        "delete from receipt_lines where receipt = 3 and position = 2",
        f"insert into receipts values (4, 2, 'paid', 1.00, '{day(0, '00:00:01')}', null)",
        "insert into receipt_lines values (4, 1, 'Z', 1, 1)",
        "delete from receipts where id = 2",
        "delete from receipt_lines where receipt = 2",
        "update shops set name = 'Plaka' where id = 1",
    )
    landed = {name: counts.rows_landed for name, counts in tills.land().entities.items()}
    assert landed == {"sales": 3, "sale_lines": 3, "stores": 1}
    assert tills.alive("sales", "sale_id, total_amount", "sale_id") == [
        ("1", Decimal(20)), ("3", Decimal("4.04")), ("4", Decimal(1))
    ]  # fmt: skip
    assert tills.alive("sale_lines", "sale_id, line_id", "sale_id, line_id") == [("1", "1"), ("3", "1"), ("4", "1")]
    assert tills.query("select count(*) from lake_pos.sales where deleted_at is not null") == [(1,)]
    assert not tills.findings()
    assert sum(counts.rows_landed for counts in tills.land().entities.values()) == 0


def test_a_record_that_comes_back_or_moves_to_an_earlier_day_is_alive(tills: Tills) -> None:
    fill(tills)
    tills.land()
    tills.run("delete from receipts where id = 3")
    tills.land()
    tills.run(f"insert into receipts values (3, 2, 'paid', 7.77, '{day(5)}', '')")
    tills.land()
    tills.run(f"update receipts set sold_at = '{day(9)}' where id = 3")
    tills.land()
    [(total, sold_at)] = tills.query(
        """select total_amount, sold_at::date from lake_pos.sales where sale_id = '3'
        order by _file_modified_at desc limit 1"""
    )
    assert (total, sold_at) == (Decimal("7.77"), TODAY - dt.timedelta(days=9))
    assert len(tills.alive("sales", "sale_id", "sale_id")) == 3
    assert not tills.findings()


def test_days_beyond_the_reread_are_read_again_by_a_backfill(tills: Tills) -> None:
    fill(tills)
    tills.land()
    tills.run("update receipts set total = 21.00 where id = 1")
    tills.land()
    assert ("1", Decimal(20)) in tills.alive("sales", "sale_id, total_amount", "sale_id")
    old = TODAY - dt.timedelta(days=400)
    assert tills.land(days=Days(old, old)).entities["sales"].rows_landed == 1
    assert ("1", Decimal(21)) in tills.alive("sales", "sale_id, total_amount", "sale_id")


def test_by_a_cursor_old_records_come_when_they_change(tills: Tills) -> None:
    fill(tills)
    tills.run(f"alter table receipts add changed timestamp null default '{day(400)}'")
    cursor = "    window: sold_at\n    cursor: changed\n    columns:\n      updated_at: changed\n      sale_id: id"
    tills.configure(MAPPING.replace("    window: sold_at\n    columns:\n      sale_id: id", cursor))
    tills.land()
    now = dt.datetime.now(tills.settings.zone)
    tills.run(f"update receipts set total = 21.00, changed = '{now:%Y-%m-%d %H:%M:%S}' where id = 1")
    assert tills.land().entities["sales"].rows_landed == 1
    assert tills.land().entities["sales"].rows_landed == 0
    assert ("1", Decimal(21)) in tills.alive("sales", "sale_id, total_amount", "sale_id")


def test_what_cannot_be_read_is_quarantined_and_never_taken_for_deleted(tills: Tills) -> None:
    fill(tills)
    tills.land()
    tills.run("update receipts set state = 'odd' where id = 3", "update receipts set sold_at = null where id = 2")
    landed = tills.land().entities["sales"]
    assert landed.rows_quarantined == 2
    reasons = tills.query("select column_name, column_value, _source_file from lake.quarantine order by all")
    assert reasons == [("sold_at", None, "without_day"), ("status", "odd", str(TODAY - dt.timedelta(days=1)))]
    assert ("3", Decimal("5.0500")) in tills.alive("sales", "sale_id, total_amount", "sale_id")
    again = tills.land().entities["sales"]
    assert (again.rows_quarantined, again.rows_landed) == (0, 0), "what is as it was is not put aside every night"
    assert {finding.kind for finding in tills.findings()} == {"share"}, "and still holds the night back"


def test_a_query_that_never_answers_is_given_up(tills: Tills, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(tills)
    nap = "cast(pg_sleep(9) as text)" if tills.scheme == "postgresql" else "sleep(9)"
    tills.configure(MAPPING.replace("table: shops", f"query: select shops.*, {nap} as nap from shops"))
    monkeypatch.setattr(client, "READ_SECONDS", 1)
    limit = f"alter user '{TILL_USER}'@'127.0.0.1' with max_statement_time"
    if tills.scheme == "mariadb":
        tills.run(f"{limit} 1")
    with pytest.raises(SourceUnavailableError, match=r"stores: reading the query broke off: .*time"):
        tills.land()
    if tills.scheme == "mariadb":
        tills.run(f"{limit} 0")
    tills.configure(MAPPING)
    assert tills.land().entities["stores"].rows_landed == 2
