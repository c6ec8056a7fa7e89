"""The dirt of real life is in the sample, and the retailer in it is a believable one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb

Connection = duckdb.DuckDBPyConnection


def _one(files: Connection, query: str) -> Any:
    return files.execute(query).fetchall()[0][0]


def test_rows_are_counted_as_they_stand_in_the_files(sample: Path, files: Connection) -> None:
    counted = files.execute(
        "select source_system || '.' || entity, rows from truth_row_counts order by source_system, entity"
    ).fetchall()
    for name, rows in counted:
        system, entity = name.split(".")
        prefix = {"webshop": "shop", "tills": "till", "voice": "voice", "care": "care", "bonus": "bonus"}[system]
        table = f"{prefix}_{entity}"
        if files.execute(f"select 1 from duckdb_tables() where table_name = '{table}'").fetchall():
            assert _one(files, f"select count(*) from {table}") == rows, name


def test_every_kind_of_dirt_is_there(files: Connection) -> None:
    sums = files.execute(
        "select sum(rows), sum(bad_rows), sum(repeated_rows), sum(orphan_rows) from truth_row_counts"
    ).fetchall()[0]
    rows, bad, repeated, orphans = map(int, sums)
    assert 0.001 < bad / rows < 0.004
    assert repeated > 50
    assert orphans > 0


def test_changed_orders_come_again_with_a_newer_clock(files: Connection) -> None:
    again = "select id from shop_orders where id not like '%X' group by id having count(distinct changed_at) > 1"
    assert _one(files, f"select count(*) from ({again})") > 20


def test_files_come_late(files: Connection) -> None:
    late = """
        select count(*) from shop_orders
        where filename like '%/daily/%'
            and cast(regexp_extract(filename, 'daily/([0-9-]+)/', 1) as date)
                > cast(cast(changed_at as timestamptz) at time zone 'Europe/Athens' as date)
    """
    assert _one(files, late) > 5


def test_identifiers_are_shared_missing_and_mistyped(files: Connection) -> None:
    placeholders = "select count(*) from till_loyalty_cards where Telefon in ('0000000', '6900000000', '-1')"
    assert _one(files, placeholders) > 2
    assert _one(files, "select count(*) from till_loyalty_cards where Mail in ('test@test.com', '-')") > 2
    shared = """select count(*) from (
        select lower(trim(Mail)) from till_loyalty_cards where Mail like '%@%.example'
        group by 1 having count(distinct Vorname) > 1)"""
    assert _one(files, shared) > 5
    assert _one(files, "select count(*) from shop_customers where email <> lower(trim(email))") > 10
    assert _one(files, "select count(distinct regexp_replace(Telefon, '[0-9]', '9', 'g')) from till_loyalty_cards") > 12


def test_the_night_that_is_an_hour_longer_has_sales_in_its_second_hour_and_the_shorter_none(files: Connection) -> None:
    hour = "substr(Uhrzeit, 1, 2) = '03' and BonNr not like '%X'"
    autumn = f"select count(*) from till_sales where Datum in ('27.10.2024', '26.10.2025', '25.10.2026') and {hour}"
    spring = f"select count(*) from till_sales where Datum in ('31.03.2024', '30.03.2025', '29.03.2026') and {hour}"
    assert _one(files, autumn) > 0
    assert _one(files, spring) == 0


def test_the_retailer_is_believable(files: Connection) -> None:
    files.execute(
        """create or replace temp table spend as
        select person_id, count(*) as orders, count(distinct source_system) as channels,
            sum(net_amount / case currency_code when 'HUF' then 400 when 'RON' then 5 when 'SEK' then 11 else 1 end)
                as net
        from truth_orders where is_valid and person_id is not null group by 1"""
    )
    ranked = "select *, ntile(10) over (order by net desc) as tenth from spend"
    top = f"select sum(net) filter (where tenth = 1) / sum(net) from ({ranked})"
    assert 0.40 < _one(files, top) < 0.56
    assert 0.35 < _one(files, "select avg((orders > 1)::int) from spend") < 0.52
    assert 0.18 < _one(files, "select avg((channels > 1)::int) from spend") < 0.32
    months = dict(files.execute("select month(order_date), count(*) from truth_orders group by 1").fetchall())
    assert months[12] > 1.2 * months[8]
    assert months[11] > 1.2 * months[8]
    assert _one(files, "select count(*) from truth_orders where is_gift_card") > 50


def test_surveys_have_gaps_and_scores_of_all_kinds(files: Connection) -> None:
    assert _one(files, "select count(*) from voice_answers where score is null and question = 'Q1'") > 5
    assert _one(files, "select count(*) from voice_responses where finished = '0'") > 10
    assert _one(files, "select count(distinct out_of) from voice_reviews") == 2
    assert _one(files, "select count(*) from truth_answers where score between 0 and 10") == _one(
        files, "select count(*) from truth_answers"
    )
    agrees = """
        with newest as (
            select response, score from voice_answers
            where question = 'Q1' and score is not null
            qualify row_number() over (
                partition by response order by strptime(changed, '%d/%m/%Y %H:%M:%S') desc
            ) = 1
        )
        select count(*) from truth_answers left join newest on truth_answers.response_id = newest.response
        where truth_answers.score is distinct from cast(newest.score as integer)"""
    assert _one(files, agrees) == 0


def test_json_lines_are_json(sample: Path) -> None:
    for path in sorted((sample / "webshop" / "daily").rglob("orders.jsonl"))[:3]:
        for line in path.read_text(encoding="utf-8").splitlines():
            assert {"id", "state", "totals"} <= set(json.loads(line))
