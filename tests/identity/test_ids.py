"""The vote: whatever order its claims come in, no id is given twice, and nobody who is not contested loses an id."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

import jinja2
from hypothesis import given
from hypothesis import strategies as st

from orchestration.identity.ids import Claim, elect, fresh_ids, id_of, restore
from orchestration.identity.tables import COLUMNS

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
CLUSTERS = st.sampled_from("klmnop")
IDS = st.sampled_from(["c1", "c2", "c3", "c4"])
few = st.integers(1, 3)
claims = st.lists(
    st.builds(Claim, CLUSTERS, IDS, few, few, few, few, st.sampled_from(["2025", "2026"])),
    unique_by=lambda claim: (claim.cluster_key, claim.customer_id),
    max_size=14,
)


@given(claims, st.randoms(use_true_random=False))
def test_the_order_of_claims_does_not_matter_and_no_id_is_given_twice(rows: list[Claim], chance: random.Random) -> None:
    granted = elect(rows)
    assert elect(chance.sample(rows, len(rows))) == granted
    assert len(set(granted.values())) == len(granted)
    assert set(granted.items()) <= {(claim.cluster_key, claim.customer_id) for claim in rows}


@given(claims)
def test_who_is_left_without_an_id_has_lost_every_claim_to_one_at_least_as_strong(rows: list[Claim]) -> None:
    granted = elect(rows)
    winners = {claim.customer_id: claim for claim in rows if granted.get(claim.cluster_key) == claim.customer_id}
    for claim in rows:
        if claim.cluster_key not in granted:
            assert winners[claim.customer_id].carried_now >= claim.carried_now


@given(claims)
def test_an_id_that_only_one_cluster_carries_stays_with_it_unless_it_has_a_stronger_one(rows: list[Claim]) -> None:
    granted = elect(rows)
    by_cluster, by_id = defaultdict(list), defaultdict(list)
    for claim in rows:
        by_cluster[claim.cluster_key].append(claim)
        by_id[claim.customer_id].append(claim)
    for claim in rows:
        if len(by_cluster[claim.cluster_key]) == len(by_id[claim.customer_id]) == 1:
            assert granted[claim.cluster_key] == claim.customer_id


def test_an_id_comes_back_only_to_where_most_of_its_records_are() -> None:
    here = Claim("apart", "c1", 0, 1, 1, 1, "2025")
    there = Claim("merged", "c1", 0, 3, 1, 1, "2025")
    assert restore([here, there], {"merged": "c2"}) == {}
    assert restore([here, there._replace(carried_ever=1)], {"merged": "c2"}) == {"apart": "c1"}


@given(st.dictionaries(CLUSTERS, st.integers(0, 9).map(str)), st.sets(st.integers(0, 9).map(str)))
def test_a_new_id_was_never_used(first_records: dict[str, str], used_before: set[str]) -> None:
    used = {id_of(record) for record in used_before} | {id_of(f"{record}#1") for record in used_before}
    ids = fresh_ids(first_records, used)
    assert set(ids) == set(first_records)
    assert len(set(ids.values())) == len(ids)
    assert not set(ids.values()) & used


def test_the_tables_before_the_first_night_are_those_that_the_step_writes() -> None:
    given_back: list[dict[str, dict[str, str]]] = []
    environment = jinja2.Environment(extensions=["jinja2.ext.do"], autoescape=False)
    environment.globals["return"] = given_back.append
    macros = (PROJECT / "macros" / "shared" / "identity_tables.sql").read_text(encoding="utf-8")
    environment.from_string(macros + "{% do identity_tables() %}").render()
    as_dbt = {
        table: {name: data_type.replace("varchar", "string") for name, data_type in columns.items()}
        for table, columns in COLUMNS.items()
    }
    assert given_back == [as_dbt]
