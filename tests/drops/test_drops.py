"""Files per store and day, in a folder, a bucket and on an SFTP server: late, corrected and missing ones."""

from __future__ import annotations

import datetime as dt
import io
import json
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.check import check_systems
from ingestion.errors import SourceUnavailableError
from ingestion.files.missing import missing_files
from ingestion.settings import load_settings
from tests.databases.servers import NotInstallableError
from tests.drops.servers import SECRET, Drop, FolderDrop, S3Drop, SftpDrop
from tests.ingestion.conftest import Shop

SALES: dict[str, Any] = {
    "files": ["{date}/{store}/sales.csv", "{date}/{store}/sales.parquet", "{date}/{store}/sales.jsonl"],
    "replaces": True,
    "columns": {
        "sale_id": "receipt",
        "store_id": "_file_store",
        "status": {"value": "completed"},
        "currency_code": {"value": "EUR"},
        "total_amount": "total",
        "sold_at": "at",
    },
}
Row = tuple[str, str, str]


def csv(*rows: Row) -> bytes:
    return "".join(f"{','.join(row)}\n" for row in [("receipt", "total", "at"), *rows]).encode()


def jsonl(*rows: Row) -> bytes:
    return "".join(json.dumps(dict(zip(("receipt", "total", "at"), row, strict=True))) + "\n" for row in rows).encode()


def parquet(*rows: Row) -> bytes:
    table = pa.Table.from_pylist([dict(zip(("receipt", "total", "at"), row, strict=True)) for row in rows])
    written = io.BytesIO()
    pq.write_table(table, written)
    return written.getvalue()


@pytest.fixture(scope="module", params=[FolderDrop, S3Drop, SftpDrop], ids=["folder", "s3", "sftp"])
def place(request: pytest.FixtureRequest) -> Iterator[Drop]:
    try:
        made: Drop = request.param()
    except NotInstallableError as error:
        pytest.skip(str(error))
    yield made
    made.stop()


class Stores:
    """A retailer whose stores drop their files at a place; each test has a folder of its own there."""

    def __init__(self, shop: Shop, drop: Drop, folder: str) -> None:
        self.shop, self.drop, self.folder = shop, drop, folder
        shop.document = {"system": "tills", "kind": "pos", "location": f"{drop.location}/{folder}"}
        shop.document |= {"partitions": {"start": "2026-03-01"}}
        shop.entities = {"sales": SALES}

    def put(self, path: str, content: bytes) -> None:
        self.drop.put(f"{self.folder}/{path}", content)

    def alive(self) -> list[tuple[Any, ...]]:
        return self.shop.query(
            """select sale_id, store_id, total_amount from (
                select *, row_number() over (
                    partition by sale_id
                    order by _file_date desc, _file_modified_at desc, _source_file desc, _known_at desc
                ) as n from lake_pos.sales
            ) where n = 1 and deleted_at is null order by all"""
        )


@pytest.fixture
def stores(shop: Shop, place: Drop, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Stores:
    for name, value in place.environment.items():
        monkeypatch.setenv(name, value)
    return Stores(shop, place, f"run{abs(hash(request.node.name)) % 10**8}")


def test_each_format_lands_and_lands_once(stores: Stores) -> None:
    stores.put("2026-03-02/001/sales.csv", csv(("a1", "10.50", "2026-03-02 10:00:00")))
    stores.put("2026-03-02/002/sales.jsonl", jsonl(("b1", "3.20", "2026-03-02 11:00:00")))
    stores.put("2026-03-03/002/sales.parquet", parquet(("b2", "7.00", "2026-03-03 12:00:00")))
    stores.put("2026-03-03/002/notes.txt", b"nothing to land")
    assert stores.shop.land().entities["sales"].rows_landed == 3
    assert stores.shop.land().entities["sales"].rows_landed == 0
    assert stores.alive() == [
        ("a1", "001", Decimal("10.5")), ("b1", "002", Decimal("3.2")), ("b2", "002", Decimal(7))
    ]  # fmt: skip
    assert not stores.shop.findings()


def test_a_late_file_lands_and_a_corrected_one_replaces_what_it_held(stores: Stores) -> None:
    stores.put(
        "2026-03-02/001/sales.csv",
        csv(("a1", "10.50", "2026-03-02 10:00:00"), ("a2", "5.00", "2026-03-02 10:05:00")),
    )
    stores.put("2026-03-05/001/sales.csv", csv(("a9", "1.00", "2026-03-05 10:00:00")))
    stores.shop.land()
    time.sleep(1.1)  # SFTP and S3 tell the time of a change to the second
    stores.put("2026-03-03/001/sales.csv", csv(("a5", "2.00", "2026-03-03 10:00:00")))
    stores.put("2026-03-02/001/sales.csv", csv(("a1", "9.99", "2026-03-02 10:00:00")))
    assert stores.shop.land().entities["sales"].rows_landed == 3, "the late one, the corrected one, a tombstone"
    assert stores.alive() == [
        ("a1", "001", Decimal("9.99")), ("a5", "001", Decimal(2)), ("a9", "001", Decimal(1))
    ]  # fmt: skip
    assert not stores.shop.findings()
    time.sleep(1.1)
    stores.put(
        "2026-03-02/001/sales.csv", csv(("a1", "9.99", "2026-03-02 10:00:00"), ("a2", "5", "2026-03-02 10:05:00"))
    )
    stores.shop.land()
    assert ("a2", "001", Decimal(5)) in stores.alive(), "what comes back is alive"
    assert not stores.shop.findings()


def test_a_file_that_moves_a_record_to_another_day_deletes_nothing(stores: Stores) -> None:
    stores.put(
        "2026-03-02/001/sales.csv", csv(("a1", "10.50", "2026-03-02 23:59:00"), ("a2", "1.00", "2026-03-02 9:00"))
    )
    stores.shop.land()
    time.sleep(1.1)
    stores.put("2026-03-03/001/sales.csv", csv(("a1", "10.50", "2026-03-03 00:01:00")))
    stores.put("2026-03-02/001/sales.csv", csv(("a2", "1.00", "2026-03-02 09:00:00")))
    stores.shop.land()
    assert [key for key, *_ in stores.alive()] == ["a1", "a2"]


def test_a_file_that_cannot_be_read_whole_deletes_nothing(stores: Stores) -> None:
    stores.put("2026-03-02/001/sales.csv", csv(("a1", "10.50", "2026-03-02 10:00:00"), ("a2", "1", "2026-03-02 10:00")))
    stores.shop.land()
    time.sleep(1.1)
    stores.put("2026-03-02/001/sales.csv", csv(("a1", "ten", "2026-03-02 10:00:00")))
    stores.shop.land()
    assert [key for key, *_ in stores.alive()] == ["a1", "a2"]


def test_missing_files_are_named_by_store_and_day(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EVERMART_NIGHT__AS_OF", "2026-03-09")  # a Monday
    monkeypatch.setenv("EVERMART_STORAGE__DATA", str(stores.shop.root / "data"))
    settings = load_settings()
    stores.shop.document["expected"] = {
        "entities": ["sales"], "days_late": 1, "closed_on": ["sunday"], "closed_days": ["2026-03-06"]
    }  # fmt: skip
    for day, store in [(4, "001"), (5, "001"), (7, "001"), (9, "001"), (5, "002")]:
        stores.put(f"2026-03-0{day}/{store}/sales.csv", csv((f"{store}-{day}", "1", f"2026-03-0{day} 10:00:00")))
    stores.shop.land()
    missed = [str(one) for one in missing_files(stores.shop.system, settings)]
    assert missed == ["sales of store 002 of 2026-03-07"], "the 6th and Sunday are closed, the 9th may still come"
    stores.put("2026-03-07/002/sales.csv", csv(("002-7", "1", "2026-03-07 10:00:00")))
    stores.shop.land()
    stores.drop.remove(f"{stores.folder}/2026-03-05/002/sales.csv")
    assert not missing_files(stores.shop.system, settings), "what has landed may be archived"
    stores.shop.document["expected"]["stores"] = ["001", "003"]
    stores.shop.document["expected"]["lookback_days"] = 2
    missed = [str(one) for one in missing_files(stores.shop.system, settings)]
    assert missed == ["sales of store 003 of 2026-03-07"], (
        "a store that has never delivered is missed from the start on"
    )


def test_check_names_missing_files_and_lands_nothing(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    stores.shop.document["expected"] = {"entities": ["sales"], "stores": ["001", "002"], "lookback_days": 1}
    stores.put("2026-03-08/001/sales.csv", csv(("a1", "1", "2026-03-08 10:00:00")))
    assert stores.shop.system.expected
    config = (
        '[retailer]\ntime_zone = "Europe/Athens"\n[night]\nas_of = 2026-03-09\n[sources]\nmappings = ["mapping.yml"]\n'
    )
    (stores.shop.root / "evermart.toml").write_text(config)
    report = check_systems(load_settings())
    assert report.ok, report.text
    assert "missing  sales of store 002 of 2026-03-08" in report.text
    assert "store 001" not in report.text
    assert not (Path(load_settings().lake_url)).exists()


@pytest.mark.parametrize(("known", "said"), [(None, "has none for it; compare it"), ("till", "has another one for it")])
def test_a_server_that_may_be_another_one_is_not_spoken_to(stores: Stores, known: str | None, said: str) -> None:
    if not isinstance(stores.drop, SftpDrop):
        pytest.skip("only servers of SSH have keys of their own")
    stores.put("2026-03-08/001/sales.csv", csv(("a1", "1", "2026-03-08 10:00:00")))
    stores.drop.know(known)
    try:
        with pytest.raises(SourceUnavailableError, match=said):
            stores.shop.land()
    finally:
        stores.drop.know("host")
    assert stores.shop.land().entities["sales"].rows_landed == 1


@pytest.mark.parametrize("wrong", ["key", "host", "folder"])
def test_an_outage_is_one_sentence_without_secrets(
    stores: Stores, wrong: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if isinstance(stores.drop, FolderDrop) and wrong != "folder":
        pytest.skip("a folder has neither")
    stores.put("2026-03-08/001/sales.csv", csv(("a1", "1", "2026-03-08 10:00:00")))
    prefix = "SOURCES__FILESYSTEM__CREDENTIALS__"
    if wrong == "key":
        monkeypatch.setenv(f"{prefix}SFTP_USERNAME", "nobody-here")
        if isinstance(stores.drop, S3Drop):
            pytest.skip("moto asks for no key")
    elif wrong == "host":
        monkeypatch.setenv(f"{prefix}ENDPOINT_URL", "http://127.0.0.1:9")
        monkeypatch.setenv(f"{prefix}SFTP_PORT", "9")
    else:
        stores.shop.document["location"] = str(stores.shop.document["location"]).replace("drops", "nowhere") + "/none"
    began = dt.datetime.now(dt.UTC)
    with pytest.raises(SourceUnavailableError) as raised:
        stores.shop.land()
    assert "tills: " in str(raised.value) and "cannot be listed" in str(raised.value)
    assert SECRET not in str(raised.value)
    assert dt.datetime.now(dt.UTC) - began < dt.timedelta(seconds=60)
