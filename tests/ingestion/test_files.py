"""Files as they come: encodings, marks, malformed lines, cut files, nested documents, other stores than a folder."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import fsspec
import pytest

from tests.ingestion.conftest import HEADER, Shop

ROW = "1,paid,2026-01-05 10:00:00,10.50,\n"


def refusal(shop: Shop) -> str:
    shop.land()
    ((_, status, reason),) = shop.log()
    assert status == "refused" and shop.values("order_id") == []
    return str(reason)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks(shop: Shop, ending: str, mark: str) -> None:
    shop.write("orders.csv", mark + (HEADER + ROW + ROW).replace("\n", ending))
    shop.land()
    assert shop.values("order_id") == ["1", "1"]


def test_mixed_line_ends(shop: Shop) -> None:
    shop.write("orders.csv", HEADER.replace("\n", "\r\n") + ROW + ROW.replace("\n", "\r\n") + ROW)
    shop.land()
    assert shop.values("order_id") == ["1", "1", "1"]


@pytest.mark.parametrize(("encoding", "text"), [("cp1253", "Ελιά Καλαμών"), ("latin-1", "Smörgås"), ("utf-16", "Ő€")])
@pytest.mark.parametrize("compressed", [False, True])
def test_encodings(shop: Shop, encoding: str, text: str, compressed: bool) -> None:
    shop.map("products", {"product_id": "id", "product_name": "όνομα" if encoding == "cp1253" else "name"}, "*")
    shop.document["format"] = {"encoding": encoding}
    content = f"id,{'όνομα' if encoding == 'cp1253' else 'name'}\n1,{text}\n".encode(encoding)
    shop.write("p.csv.gz" if compressed else "p.csv", gzip.compress(content) if compressed else content)
    shop.land()
    assert shop.values("product_name", "products") == [text]


def test_bytes_that_are_not_in_the_encoding_refuse_the_file(shop: Shop) -> None:
    shop.write("orders.csv", (HEADER + ROW + ROW.replace("paid", "Ελιά")).encode("cp1253"))
    assert "set `encoding`" in refusal(shop)


def test_bytes_that_are_not_in_the_named_encoding_refuse_the_file(shop: Shop) -> None:
    shop.document["format"] = {"encoding": "ascii"}
    shop.write("orders.csv", (HEADER + ROW + ROW.replace("paid", "Ελιά")).encode())
    assert "not ascii near byte" in refusal(shop)


def test_malformed_lines_are_quarantined_with_their_text(shop: Shop) -> None:
    bad = '2,paid\n3,paid,2026-01-05,1,,too,many\n4,"pa"id,2026-01-05,1,\n'
    shop.write("orders.csv", HEADER + ROW + bad + ROW.replace("1", "5", 1))
    counts = shop.land().entities["orders"]
    assert (counts.rows_received, counts.rows_landed, counts.rows_quarantined) == (5, 2, 3)
    payloads = shop.query("select _source_row, payload from lake.quarantine order by 1")
    assert payloads == [(2, "2,paid"), (3, "3,paid,2026-01-05,1,,too,many"), (4, '4,"pa"id,2026-01-05,1,')]
    assert shop.values("_source_row") == [1, 5]


def test_a_quote_that_never_closes_refuses_the_file(shop: Shop) -> None:
    shop.write("orders.csv", HEADER + ROW + '2,"paid,2026-01-05 10:00:00,1,\n' + ROW)
    assert "never closed" in refusal(shop)


def test_an_empty_file_is_refused_and_a_header_alone_lands_no_row(shop: Shop) -> None:
    shop.write("orders-1.csv", "")
    shop.write("orders-2.csv", HEADER)
    shop.land()
    first, second = shop.log()
    assert first[1] == "refused" and "0 bytes" in first[2]
    assert second[1:] == ("landed", None)


def test_a_missing_column_refuses_the_file_and_names_what_is_there(shop: Shop) -> None:
    shop.write("orders.csv", "id,state,created,total,updated\n" + ROW)
    assert "column 'status' is missing; the file has 'id', 'state'" in refusal(shop)


def test_a_cell_of_a_million_characters(shop: Shop) -> None:
    shop.map("products", {"product_id": "id", "product_name": "name", "list_price": "price"}, "*.csv")
    text = "é" * 1_000_000
    shop.write("p.csv", f"id,name,price\n1,{text},2\n2,b,{text}\n3,c,4\n")
    shop.land()
    assert shop.query("select length(product_name), list_price from lake_eshop.products order by product_id") == [
        (1_000_000, Decimal(2)),
        (1, Decimal(4)),
    ]
    assert shop.query("select length(column_value) from lake.quarantine") == [(1_000_000,)]


def test_names_with_spaces_repeated_names_and_files_without_a_header(shop: Shop) -> None:
    shop.map("products", {"product_id": "Product ID", "sku": "code_2"}, "a.csv")
    shop.write("a.csv", 'Product ID,code,code,\n1,x,y,"z"\n')
    shop.land()
    assert shop.values("sku", "products") == ["y"]
    shop.map("products", {"product_id": "id", "sku": "code"}, "b.tsv", format={"header": ["id", "code"]})
    shop.write("b.tsv", "2\tw\n")
    shop.land()
    assert shop.values("sku", "products") == ["y", "w"]


def test_null_values(shop: Shop) -> None:
    shop.map("products", {"product_id": "id", "list_price": "price"}, "*.csv", format={"null_values": ["", "NA"]})
    shop.write("p.csv", "id,price\n1,NA\n2,\n3,3\n")
    shop.land()
    assert shop.values("list_price", "products") == [None, None, Decimal(3)]


def test_json_lines_with_nested_names_and_broken_lines(shop: Shop) -> None:
    columns = {"customer_id": "id", "email": "contact.email", "phone": "contact.phones[0]", "created_at": "at"}
    shop.map("customers", columns, "*.jsonl")
    good = [
        {"id": 1, "contact": {"email": "a@x.gr", "phones": ["+30 1", "2"]}, "at": "2026-01-01", "tags": ["vip"]},
        {"id": "2", "at": "2026-01-01T00:00:00Z", "contact": {"email": None}},
    ]
    lines = [json.dumps(document) for document in good]
    shop.write("c.jsonl", "\n".join([lines[0], "", '{"id": 3, "at": "2026-', lines[1]]) + "\n")
    counts = shop.land().entities["customers"]
    assert (counts.rows_received, counts.rows_landed, counts.rows_quarantined) == (3, 2, 1)
    assert shop.query("select customer_id, email, phone from lake_eshop.customers order by 1") == [
        ("1", "a@x.gr", "+30 1"),
        ("2", None, None),
    ]
    assert shop.query("select payload, reason from lake.quarantine") == [
        ('{"id": 3, "at": "2026-', "not a JSON object on one line")
    ]


def test_json_without_a_required_name_in_any_line_is_refused(shop: Shop) -> None:
    shop.map("customers", {"customer_id": "id", "created_at": "at"}, "*.jsonl")
    shop.write("c.jsonl", '{"id": 1, "created": "2026-01-01"}\n')
    shop.land()
    ((_, status, reason),) = shop.log()
    assert status == "refused" and "'at' is missing" in reason


def test_parquet_with_its_own_types(shop: Shop) -> None:
    columns = {
        "order_id": "Id",
        "customer_id": "Customer",
        "status": {"value": "paid"},
        "currency_code": {"value": "GBP"},
    }
    columns |= {"ordered_at": "At", "total_amount": {"expr": "qty * price"}, "discount_amount": "d", "is_test": "t"}
    shop.map("orders", columns, "*.parquet")
    folder = shop.write("readme.txt", "x").parent
    duckdb.connect().execute(
        f"""copy (select * from (values
            (1, 17850.0::double, timestamp '2026-10-25 03:30:00', 3, 2.55::double, 0.1::double + 0.2::double, true,
                [1, 2]),
            (2, null, null, 1, 1.0::double, 0, false, null),
            (3, null, timestamp '2026-10-25', 1, 1.0::double, 0.00001, false, null)
        ) as t("Id", "Customer", "At", qty, price, d, t, tags)) to '{folder}/o.parquet'"""
    )
    shop.land()
    wanted = "order_id, customer_id, ordered_at, total_amount, discount_amount, is_test"
    assert shop.query(f"select {wanted} from lake_eshop.orders") == [
        ("1", "17850", dt.datetime(2026, 10, 25, 0, 30), Decimal("7.65"), Decimal("0.3"), True)
    ]
    assert [row[0] for row in shop.quarantine()] == ["ordered_at", "discount_amount"]
    sql = f"select extra_tags from read_parquet('{shop.settings.lake_url}/eshop/shop/orders/*.parquet')"
    assert shop.query(sql) == [("[1,2]",)]


def test_a_truncated_parquet_file_is_refused(shop: Shop) -> None:
    shop.map("orders", shop.entities["orders"]["columns"], "*.parquet")
    whole = shop.root / "whole.parquet"
    sql = "select '1' as id, 'paid' as status, '2026-01-01' as created, 1 as total, '' as updated from range(100000)"
    duckdb.connect().execute(f"copy ({sql}) to '{whole}'")
    shop.write("cut.parquet", whole.read_bytes()[:-100])
    shop.write("whole.parquet", whole.read_bytes())
    shop.land()
    assert [(path, status) for path, status, _ in shop.log()] == [
        ("cut.parquet", "refused"),
        ("whole.parquet", "landed"),
    ]
    assert len(shop.values("order_id")) == 100_000


def test_a_cut_gzip_file_is_refused(shop: Shop) -> None:
    shop.map("orders", shop.entities["orders"]["columns"], "*.csv.gz")
    shop.write("orders.csv.gz", gzip.compress((HEADER + ROW * 10_000).encode())[:-12])
    assert refusal(shop)


def test_a_type_flip_is_quarantined_and_lands_nothing_wrong(shop: Shop) -> None:
    shop.write("orders-1.csv", HEADER + ROW)
    shop.land()
    shop.write("orders-2.csv", HEADER + ROW.replace("10.50", "ten"))
    shop.land()
    assert shop.values("total_amount") == [Decimal("10.5")]
    assert shop.quarantine()[0][:2] == ("total_amount", "ten")
    assert [finding.kind for finding in shop.findings()] == ["share"]


def test_files_of_a_bucket(shop: Shop) -> None:
    store = fsspec.filesystem("memory")
    store.pipe_file("/bucket/drop/orders-1.csv", (HEADER + ROW).encode())
    store.pipe_file("/bucket/drop/orders-2.csv", (HEADER + ROW).encode("utf-16"))
    shop.document["location"] = "memory://bucket/drop"
    try:
        shop.land()
        shop.land()
        assert shop.values("_source_file") == ["orders-1.csv"]
        assert [status for _, status, _ in shop.log()][:2] == ["landed", "refused"]
    finally:
        store.rm("/bucket", recursive=True)


def test_many_small_files_land_together(shop: Shop) -> None:
    for day in range(300):
        odd = day == 150
        shop.write(f"orders-{day:03}.csv", HEADER + (ROW + "x\n" if odd else ROW * 2))
    counts = shop.land().entities["orders"]
    assert (counts.rows_landed, counts.rows_quarantined, counts.files_landed) == (599, 1, 300)
    assert shop.query("select distinct _source_row from lake_eshop.orders order by 1") == [(1,), (2,)]
    assert len(list(Path(shop.settings.lake_url, "eshop/shop/orders").iterdir())) == 1
    assert shop.findings() == []
