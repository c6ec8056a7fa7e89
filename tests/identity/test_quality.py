"""How right the customers are, measured against records whose person is known.

Pairs of records: precision is the share of the pairs put together that are one person, recall the share of the pairs of
one person that were put together. The floors lie a little below what was measured, so that a change that costs quality
is seen.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from orchestration.identity.resolve import resolve_customers
from tests.shop import SHARED, Shop

AS_OF = dt.date(2026, 10, 31)
GENERATED = SHARED / "data" / "customer_records_100k.parquet"
LAND = """
from ingestion.land import land
from ingestion.mapping import load_systems
from ingestion.settings import load_settings

settings = load_settings()
for system in load_systems(settings):
    land(system, settings)
"""
RECORDS_OF_GENERATED = """
create schema personal;
create table personal.int_customer_reference__resolve (
    customer_record_key varchar, referenced_record_key varchar, country_code varchar
);
create schema staging;
create table staging.stg_pos__stores (
    source_system varchar, store_id varchar, country_code varchar, email varchar, phone varchar, street varchar,
    postcode varchar, city varchar
);
create table personal.int_customer_record__unify as
select
    md5(source || '|' || record_id) as customer_record_key,
    source as source_system,
    case source
        when 'guest' then 'eshop_guest'
        when 'eshop' then 'eshop_account'
        when 'pos' then 'loyalty_card'
        else 'survey_respondent'
    end as record_type,
    record_id::varchar as source_id,
    email,
    phone,
    first_name,
    last_name,
    full_name,
    try_cast(birth_date as date) as birth_date,
    null::varchar as birth_date_text,
    birth_year::bigint as birth_year,
    gender,
    loyalty_card as loyalty_card_number,
    null::varchar as card_status,
    street,
    street_no as house_number,
    postcode,
    city,
    country as country_code,
    null::varchar as language_code,
    false as is_contact_from_invite,
    timestamp '2020-01-01' + to_days(created_at) as created_at,
    false as is_deleted,
    truth
from '{path}'
"""
PAIRS = """
with mapped as (
    select truth.person, coalesce(map.customer_id, truth.customer_record_key) as customer
    from truth left join identity.customer_record_map as map using (customer_record_key)
),
together as (select customer, person, count(*) as records from mapped group by all)
select
    sum(records * (records - 1) / 2),
    (select sum(n * (n - 1) / 2) from (select sum(records) as n from together group by customer)),
    (
        select sum(n * (n - 1) / 2)
        from (select sum(records) as n from together where person is not null group by person)
    ),
    (select max(n) from (select sum(records) as n from together group by customer))
from together
where person is not null
"""


@dataclass(frozen=True)
class Quality:
    precision: float
    recall: float
    largest: int

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)

    def __str__(self) -> str:
        return f"precision {self.precision:.4f}, recall {self.recall:.4f}, F1 {self.f1:.4f}, largest {self.largest}"


def measure(shop: Shop, truth: str) -> Quality:
    """Resolve the customers of a shop's warehouse and compare with `truth` (customer_record_key, person)."""
    with duckdb.connect(str(shop.folder / "data" / "warehouse" / "evermart.duckdb")) as connection:
        connection.execute("set TimeZone = 'UTC'")
        resolve_customers(connection, AS_OF)
        connection.execute(f"create temp view truth as {truth}")
        right, together, true, largest = connection.execute(PAIRS).fetchall()[0]
    return Quality(right / together, right / true, largest)


def run(shop: Shop, *arguments: str) -> None:
    outcome = shop.run(*arguments)
    assert outcome.returncode == 0, outcome.stdout[-3000:] + outcome.stderr[-3000:]


@pytest.mark.slow
def test_customers_of_the_sample_retailer(tmp_path: Path) -> None:
    shop = Shop.create(tmp_path, [], "[sample]\nseed = 11\nscale = 0.2\n")
    run(shop, "sample")
    run(shop, "run", "python", "-c", LAND)
    run(shop, "dbt", "build", "--select", "tag:before_identity", "--resource-type", "seed", "--resource-type", "model")
    quality = measure(
        shop,
        f"""select
            md5(source_system || '|' || record_type || '|' || source_id) as customer_record_key,
            person_id as person
        from '{tmp_path}/data/sample/truth/customer_records.parquet'""",
    )
    print(quality)  # noqa: T201
    assert quality.precision >= 0.97, quality
    assert quality.recall >= 0.85, quality


@pytest.mark.slow
@pytest.mark.skipif(not GENERATED.is_file(), reason=f"{GENERATED.name} is not there")
def test_customers_of_the_generated_records(tmp_path: Path) -> None:
    shop = Shop.create(tmp_path, [])
    warehouse = tmp_path / "data" / "warehouse" / "evermart.duckdb"
    warehouse.parent.mkdir(parents=True)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(RECORDS_OF_GENERATED.replace("{path}", str(GENERATED)))
    selected = ("path:models/intermediate/customer_record", "identity_*")
    given = ("int_customer_record__unify", "int_customer_reference__*")
    types = ("--resource-type", "seed", "--resource-type", "model")
    run(shop, "dbt", "build", "--select", *selected, "--exclude", *given, *types)
    quality = measure(shop, "select customer_record_key, truth as person from personal.int_customer_record__unify")
    print(quality)  # noqa: T201
    assert quality.precision >= 0.985, quality
    assert quality.recall >= 0.81, quality
    assert quality.largest <= 12, quality
