"""Weights that are counted from the truth tell of a pair by the others of its class, and find what they are told."""

from __future__ import annotations

import random
from functools import partial

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.identity.told import score_by_truth, told_odds
from orchestration.identity.model_file import read_model
from orchestration.identity.people import find_people
from orchestration.identity.scoring import score_pairs
from tests.identity.customers import crowd, warehouse

pairs = st.lists(st.tuples(st.integers(0, 4), st.floats(-30, 30), st.booleans()), min_size=1, max_size=40)


def told(rows: list[tuple[int, float, bool]]) -> list[float]:
    classes, odds, are_one = zip(*rows, strict=True)
    answer: list[float] = told_odds(np.asarray(classes), np.asarray(odds), np.asarray(are_one)).tolist()
    return answer


@settings(max_examples=60, deadline=None)
@given(pairs, st.data())
def test_what_a_pair_is_tells_nothing_of_itself(rows: list[tuple[int, float, bool]], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    of_class, odds, is_one = rows[at]
    turned = [*rows[:at], (of_class, odds, not is_one), *rows[at + 1 :]]
    before, after = told(rows), told(turned)
    assert before[at] == after[at]
    for number, (other, _, _) in enumerate(rows):
        if other != of_class:
            assert before[number] == after[number]
        elif number != at:
            assert (after[number] - before[number]) * (-1 if is_one else 1) >= 0


def test_a_pair_alone_in_its_class_is_scored_by_the_model() -> None:
    assert np.allclose(told([(0, 2.5, False), (1, -3.0, True)]), [2.5, -3.0])


def test_what_is_told_is_found() -> None:
    """Where no two records are one person, whatever there is enough of to be told of is left apart."""
    rows = crowd(150, random.Random(3))
    model = read_model()
    connection = warehouse(rows)
    every_record = "select customer_record_key, customer_record_key as truth from personal.int_customer_record__compare"
    connection.execute(f"create table truth_of as {every_record}")
    ((catalog,),) = connection.execute("select current_database()").fetchall()
    score = partial(score_by_truth, f"{catalog}.main.truth_of")
    linked, apart = (
        sum(row["decision"] == "linked" for row in find_people(connection, model, score=scored).pairs.to_pylist())
        for scored in (score_pairs, score)
    )
    assert apart < 0.8 * linked
