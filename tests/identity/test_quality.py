"""How right the customers are, measured against records whose person is known.

Pairs of records: precision is the share of the pairs put together that are one person, recall the share of the pairs of
one person that were put together. The floors lie a little below what was measured, so that a change that costs quality
is seen.
"""

from __future__ import annotations

import datetime as dt
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from benchmarks.identity.__main__ import bench as figures_of
from benchmarks.identity.febrl import AS_OF as FEBRL_AS_OF
from benchmarks.identity.febrl import write_febrl
from benchmarks.identity.records import KNOWN, write_records
from benchmarks.identity.sample import write_sample
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
    assert quality.precision >= 0.99, quality
    assert quality.recall >= 0.95, quality


def bench(path: Path, folder: Path, as_of: dt.date | None = None) -> dict[str, Any]:
    options = Namespace(
        model=None,
        without=[],
        vetoes=None,
        memory_limit="1500MB",
        share=1.0,
        golden=False,
        fixed=False,
        once=True,
        told=False,
    )
    return figures_of(path, folder, options, as_of=as_of)


@pytest.mark.slow
@pytest.mark.skipif(not GENERATED.is_file(), reason=f"{GENERATED.name} is not there")
def test_customers_of_the_generated_records(tmp_path: Path) -> None:
    figures = bench(GENERATED, tmp_path)
    print({name: figures[name] for name in ("precision", "recall", "f1", "b_cubed_f1", "largest_cluster")})  # noqa: T201
    assert figures["precision"] >= 0.985
    assert figures["vetoes"] == ["birth_date", "gender", "given_name", "living_cards"]
    assert figures["f1"] >= 0.975
    assert figures["b_cubed_f1"] >= 0.985
    assert figures["clusters_of_people_with_different_birth_dates"] == 0
    assert figures["largest_cluster"] <= 12


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 3])
def test_people_of_a_public_set(number: int, tmp_path: Path) -> None:
    figures = bench(write_febrl(tmp_path)[number - 1], tmp_path / "bench", FEBRL_AS_OF)
    assert figures["vetoes"] == ["gender", "living_cards"], "another date or name stands in many of its records"
    assert figures["f1"] >= 0.999


@pytest.mark.slow
def test_accuracy_hardly_falls_when_the_sample_retailer_grows_tenfold(tmp_path: Path) -> None:
    small, large = (
        bench(write_sample(tmp_path, seed=7, scale=scale), tmp_path / f"{scale}", AS_OF) for scale in (0.5, 5)
    )
    assert large["precision"] >= 0.985
    assert large["f1"] >= small["f1"] - 0.015, "ten times the namesakes, and a name says less"
    assert small["clusters_of_people_with_different_birth_dates"] == 0
    assert large["clusters_of_people_with_different_birth_dates"] == 0


def test_the_sample_retailer_gives_records_at_any_seed_and_scale(tmp_path: Path) -> None:
    path = write_sample(tmp_path, seed=3, scale=0.02)
    records = pq.read_table(path)
    assert set(records.column_names) <= set(KNOWN)
    assert records.equals(pq.read_table(write_sample(tmp_path, seed=3, scale=0.02)))
    assert not records.equals(pq.read_table(write_sample(tmp_path, seed=4, scale=0.02)))
    keys = list(zip(records["source"].to_pylist(), records["record_id"].to_pylist(), strict=True))
    assert len(keys) == len(set(keys)) > 100
    assert {source for source, _ in keys} == {"eshop", "pos", "guest", "survey", "review"}
    assert records["truth"].null_count == 0
    assert write_records(tmp_path / "warehouse.duckdb", path) == len(keys)


def test_a_file_that_cannot_be_measured_is_told_why(tmp_path: Path) -> None:
    path = tmp_path / "records.csv"
    path.write_text("record_id,email\n1,a@b.gr\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"records.csv: no column `truth`.*it has email, record_id"):
        write_records(tmp_path / "warehouse.duckdb", path)
    path.write_text("e_mail,truth\na@b.gr,1\n", encoding="utf-8")
    with pytest.raises(ValueError, match="none of its columns says anything of a person: it has e_mail, truth; rename"):
        write_records(tmp_path / "nothing.duckdb", path)
    path.write_text("record_id,email,truth\n1,a@b.gr,1\n1,a@b.gr,2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="record_id repeats"):
        write_records(tmp_path / "again.duckdb", path)


def test_a_share_is_of_people_with_all_of_their_records(tmp_path: Path) -> None:
    path = tmp_path / "records.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select i as record_id, 'Anna' as first_name, i // 3 as truth from range(3000) r(i)) to '{path}'"
        )
    size = write_records(tmp_path / "warehouse.duckdb", path, share=0.2)
    assert 450 < size < 750
    assert size == write_records(tmp_path / "again.duckdb", path, share=0.2)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        records = "select truth, count(*) as records from personal.int_customer_record__unify group by truth"
        assert connection.execute(f"select distinct records from ({records})").fetchall() == [(3,)]


def test_a_share_is_of_places_with_all_of_their_people(tmp_path: Path) -> None:
    path = tmp_path / "records.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select i as record_id, case when i % 3 > 0 then (i // 12)::varchar end as postcode, i // 3 as truth"
            f" from range(6000) r(i)) to '{path}'"
        )
    size = write_records(tmp_path / "warehouse.duckdb", path, share=0.2)
    assert 900 < size < 1500
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        people = "select truth // 4 as place, count(*) as records from personal.int_customer_record__unify group by 1"
        assert connection.execute(f"select distinct records from ({people})").fetchall() == [(12,)]
