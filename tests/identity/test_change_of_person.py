"""A person's word on two records, night by night on a whole retailer: what is restated, held back, let through, undone.

The retailer's project is a copy, since its seeds are edited as a retailer edits them.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import HISTORY, Night, published_digests
from tests.shop import Shop

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ingestion", "expectations", "orchestration", "dbt_project")
# A customer of an account and a card, both with orders, whom that one link holds together.
TWO_SIDES = """
    select
        records_a.source_system, records_a.record_type, records_a.source_id,
        records_b.source_system, records_b.record_type, records_b.source_id,
        map.customer_id, records_a.customer_record_key, records_b.customer_record_key
    from identity.customer_record_map as map
    inner join personal.int_customer_record__unify as records_a
        on map.customer_record_key = records_a.customer_record_key and records_a.record_type = 'eshop_account'
    inner join identity.customer_record_map as other on map.customer_id = other.customer_id
    inner join personal.int_customer_record__unify as records_b
        on other.customer_record_key = records_b.customer_record_key and records_b.record_type = 'loyalty_card'
    where
        map.customer_record_key in (select customer_record_key from intermediate.int_order__unify)
        and other.customer_record_key in (select customer_record_key from intermediate.int_order__unify)
    order by map.cluster_size, map.customer_id
    limit 1
"""
# Facts whose person is not the one that the map gives their record.
STRAY = """
    select 'order' as fact, count(*) from customer.fct_order as facts
    inner join intermediate.int_order__unify as orders using (order_key)
    left join identity.customer_record_map as map on orders.customer_record_key = map.customer_record_key
    where facts.customer_id is distinct from map.customer_id
    union all
    select 'points', count(*) from loyalty.fct_points_ledger as ledger
    inner join customer.fct_order as orders using (order_key)
    where ledger.customer_id is distinct from orders.customer_id
    union all
    select 'answer', count(*) from feedback.fct_survey_answer as answers
    left join identity.customer_record_map as map using (customer_record_key)
    where answers.customer_id is distinct from map.customer_id
    union all
    select 'tier', count(*) from loyalty.tier_history
    where customer_id not in (select customer_id from identity.customer_record_map)
    union all
    select 'first order', count(*) from (
        select customer_id from customer.fct_order where is_valid_order and customer_id is not null
        group by customer_id having min(order_sequence) <> 1 or max(order_sequence) <> count(*)
    )
    order by fact
"""

pytestmark = pytest.mark.marathon


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "project"
    for package in PACKAGES:
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "target"))
    yield folder
    shutil.rmtree(folder)


def rows(shop: Shop, query: str) -> list[tuple[Any, ...]]:
    with shop.warehouse() as connection:
        return connection.execute(query).fetchall()


def append(project: Path, seed: str, row: str) -> None:
    path = project / "dbt_project" / "seeds" / "rules" / f"{seed}.csv"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{row}\n")


def test_a_split_restates_everything_is_held_back_until_accepted_and_can_be_undone(
    retailer: Shop, first_night: Night, project: Path
) -> None:
    def night() -> subprocess.CompletedProcess[str]:
        # The whole night, since the copy of the retailer has no checks of landing on record.
        return retailer.run("nightly", PYTHONPATH=str(project))

    current = retailer.folder / "data" / "published" / "current"
    published = current.readlink()
    *sides, customer, account, card = rows(retailer, TWO_SIDES)[0]
    seeds = project / "dbt_project" / "seeds" / "rules"
    limits = "measure,max_share,min_count\n" + "".join(
        f"{measure},0,0\n" for measure in ("records", "orders", "net_sales", "points", "tiers", "nps_answers")
    )
    (seeds / "identity_change_limit.csv").write_text(limits, encoding="utf-8")
    append(project, "identity_cannot_link", f"{','.join(sides)},two people,,2020-01-01")

    # Held back, and held back again when it is only tried again.
    for _ in range(2):
        held_back = night()
        assert held_back.returncode == 1, held_back.stdout
        assert "the_night_moves_no_abnormal_share_to_another_person" in held_back.stdout
        assert "identity_accepted_change" in " ".join(held_back.stdout.split())
        assert current.readlink() == published
    assert {count for _, count in rows(retailer, STRAY)} == {0}

    append(project, "identity_accepted_change", "2026-10-31,2026-10-31,looked at,")
    let_through = night()
    assert let_through.returncode == 0, let_through.stdout
    with retailer.published() as connection:
        apart = dict(
            connection.execute("select customer_record_key, customer_id from customer.customer_record_map").fetchall()
        )
        log = connection.execute("select event, survivor_customer_id from customer.customer_merge_log").fetchall()
        ((moved,),) = connection.execute(
            "select changed_quantity from audit.identity_blast_radius where measure = 'orders'"
        ).fetchall()
    assert apart[account] != apart[card]
    assert customer in {apart[account], apart[card]}
    assert ("split", customer) in log
    assert moved > 0
    assert {count for _, count in rows(retailer, STRAY)} == {0}

    # Undone: every customer has its records and its id again.
    lines = (seeds / "identity_cannot_link.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (seeds / "identity_cannot_link.csv").write_text("".join(lines[:-1]), encoding="utf-8")
    undone = night()
    assert undone.returncode == 0, undone.stdout
    after = published_digests(retailer)
    assert {table for table in after if after[table] != first_night.digests[table]} <= HISTORY
    with retailer.published() as connection:
        aliases = connection.execute("select customer_id from customer.customer_id_alias").fetchall()
    assert aliases == [(customer,)]

    # A row that names nobody, and rows that contradict each other, are told by name.
    append(project, "identity_must_link", f"{','.join(sides[:3])},shop,eshop_account,nobody,typed wrong,,2020-01-01")
    wrong = night()
    assert wrong.returncode == 1
    assert "every_record_of_a_decision_is_known" in wrong.stdout
    assert "eshop_account:nobody" in " ".join(wrong.stdout.split())


def test_the_copy_of_the_project_is_the_one_that_runs(project: Path, tmp_path: Path) -> None:
    shop = Shop.create(tmp_path / "shop", [])
    done = shop.run(
        "run", "python", "-c", "import orchestration; print(orchestration.__file__)", PYTHONPATH=str(project)
    )
    assert done.stdout.strip().startswith(str(project)), done.stdout + done.stderr
