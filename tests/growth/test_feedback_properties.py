"""NPS and satisfaction day by day, against a count of every window in plain Python."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.growth.compiled import ANSWER_COLUMNS, AS_OF, REVIEW_COLUMNS, CompiledModels, Warehouse, close_to

pytestmark = pytest.mark.slow

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
METRIC_COLUMNS = {
    "metric": "varchar",
    "metric_name": "varchar",
    "default_scale_min": "decimal(9, 4)",
    "default_scale_max": "decimal(9, 4)",
    "mean_scale_min": "decimal(9, 4)",
    "mean_scale_max": "decimal(9, 4)",
    "min_n": "integer",
}
SETTING_COLUMNS = {
    "confidence_level": "decimal(4, 3)",
    "confidence_z": "decimal(6, 4)",
    "response_window_days": "integer",
    "headline_window_days": "integer",
    "weight_class_min_n": "integer",
    "cut_history_days": "integer",
}
CUT_COLUMNS = dict.fromkeys(("feedback_kind", "feedback_key", "dimension", "dimension_value"), "varchar")
WEIGHT_COLUMNS = {"response_key": "varchar", "response_weight": "decimal(12, 6)"}
WINDOWS = (3, 10)
MIN_N = 3

Row = dict[str, Any]


@st.composite
def nps_answers(draw: st.DrawFn) -> list[Row]:
    """Draw answers of the last days: a few people, some not resolved, several on one day and at one instant."""
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(0, 25),
                st.integers(0, 2),
                st.sampled_from(["s:a", "s:b"]),
                st.sampled_from(["c1", "c2", "c3", None]),
                st.integers(0, 10),
            ),
            min_size=1,
            max_size=30,
        )
    )
    answers = []
    for number, (days_ago, hour, survey, customer, score) in enumerate(rows):
        date = AS_OF - dt.timedelta(days=days_ago)
        answers.append(
            {
                "answer_key": f"a{number:02}",
                "response_key": f"r{number:02}",
                "survey_key": survey,
                "customer_record_key": f"k{number % 4}",
                "customer_id": customer,
                "metric": "nps",
                "nps_group": "promoter" if score >= 9 else "detractor" if score <= 6 else "passive",
                "answered_at": dt.datetime.combine(date, dt.time(hour)),
                "answer_date": date,
            }
        )
    return answers


def feedback_warehouse(compiled: CompiledModels) -> Warehouse:
    warehouse = compiled.warehouse()
    warehouse.seed("feedback_setting", SETTING_COLUMNS)
    rows = warehouse.seed("feedback_metric", METRIC_COLUMNS)
    few = [{key: value or None for key, value in row.items()} | {"min_n": MIN_N} for row in rows]
    warehouse.fill("rules.feedback_metric", METRIC_COLUMNS, few)
    warehouse.fill("rules.feedback_window", {"window_days": "integer"}, [{"window_days": days} for days in WINDOWS])
    return warehouse


def fill_answers(warehouse: Warehouse, answers: Sequence[Row]) -> None:
    """Give the warehouse answers, each of which speaks of everything and of its survey; one in two has a weight."""
    warehouse.fill("feedback.fct_survey_answer", ANSWER_COLUMNS, answers)
    cuts = [
        {"feedback_kind": "answer", "feedback_key": a["answer_key"], "dimension": dimension, "dimension_value": value}
        for a in answers
        for dimension, value in (("all", "all"), ("survey", a["survey_key"]))
    ]
    warehouse.fill("intermediate.int_feedback_cut__attribute", CUT_COLUMNS, cuts)
    weights = [
        {"response_key": a["response_key"], "response_weight": weight}
        for a in answers
        if (weight := weight_of(a)) is not None
    ]
    warehouse.fill("intermediate.int_survey_response__weigh", WEIGHT_COLUMNS, weights)


def weight_of(answer: Row) -> Decimal | None:
    number = int(answer["answer_key"][1:])
    return Decimal(number % 5 + 1) / 4 if number % 2 else None


def expected_weighted(answers: Sequence[Row]) -> tuple[float, float] | None:
    weighted = [(float(weight), a["nps_group"]) for a in answers if (weight := weight_of(a)) is not None]
    if len(weighted) < MIN_N:
        return None
    total = sum(weight for weight, _ in weighted)
    p, d = (sum(w for w, group in weighted if group == name) / total for name in ("promoter", "detractor"))
    effective = total**2 / sum(weight**2 for weight, _ in weighted)
    return 100 * (p - d), 100 * math.sqrt(max(p + d - (p - d) ** 2, 0) / effective)


def in_window(rows: Sequence[Row], day: dt.date, window: int, date: str) -> list[Row]:
    return [row for row in rows if day - dt.timedelta(days=window) < row[date] <= day]


def latest_per_person(rows: Sequence[Row]) -> list[Row]:
    newest: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: (row["answered_at"], row["answer_key"])):
        newest[row["customer_id"] or row["customer_record_key"]] = row
    return list(newest.values())


def expected_nps(groups: Sequence[str]) -> tuple[float, float] | None:
    if len(groups) < MIN_N:
        return None
    p, d = (groups.count(group) / len(groups) for group in ("promoter", "detractor"))
    return 100 * (p - d), 100 * math.sqrt(max(p + d - (p - d) ** 2, 0) / len(groups))


@FEW
@given(answers=nps_answers())
def test_nps_of_every_day_is_that_of_the_answers_in_its_window(compiled: CompiledModels, answers: list[Row]) -> None:
    warehouse = feedback_warehouse(compiled)
    fill_answers(warehouse, answers)
    warehouse.build("int_nps_answer__interval")
    published = warehouse.build("nps_daily")
    readings: dict[str, Callable[[Sequence[Row]], Sequence[Row]]] = {
        "all_answers": lambda rows: rows,
        "latest_answer_per_person": latest_per_person,
    }
    assert any(row["business_date"] == AS_OF and row["dimension"] == "all" for row in published)
    for row in published:
        scope = [a for a in answers if row["dimension_value"] in ("all", a["survey_key"])]
        inside = in_window(scope, row["business_date"], row["window_days"], "answer_date")
        counted = readings[row["reading"]](inside)
        groups = [answer["nps_group"] for answer in counted]
        counts = (row["n"], row["promoters"], row["passives"], row["detractors"])
        assert counts == (len(groups), *map(groups.count, ("promoter", "passive", "detractor"))), row
        expected = expected_nps(groups)
        assert row["is_reliable"] is (expected is not None)
        nps, error = expected or (None, None)
        assert close_to(row["nps"], nps, 4)
        assert close_to(row["nps_standard_error"], error, 4)
        if nps is not None and error is not None:
            assert close_to(row["nps_low"], max(nps - 1.96 * error, -100), 4)
            assert close_to(row["nps_high"], min(nps + 1.96 * error, 100), 4)
        weighted, weighted_error = expected_weighted(counted) or (None, None)
        assert close_to(row["nps_weighted"], weighted, 4)
        assert close_to(row["nps_weighted_standard_error"], weighted_error, 4)


@FEW
@given(answers=nps_answers(), seed=st.integers(0, 1000))
def test_the_order_in_which_answers_arrive_does_not_matter(
    compiled: CompiledModels, answers: list[Row], seed: int
) -> None:
    published = []
    for rows in (answers, random.Random(seed).sample(answers, len(answers))):
        warehouse = feedback_warehouse(compiled)
        fill_answers(warehouse, rows)
        warehouse.build("int_nps_answer__interval")
        published.append(sorted(tuple(row.values()) for row in warehouse.build("nps_daily")) if rows else [])
    assert [repr(row) for row in published[0]] == [repr(row) for row in published[1]]


@st.composite
def effort_scores(draw: st.DrawFn) -> list[Row]:
    """Draw effort scores on 1 to 7, and some on 1 to 5, a length without a top-box rule for effort."""
    rows = draw(
        st.lists(st.tuples(st.integers(0, 20), st.sampled_from([5, 7]), st.integers(1, 5)), min_size=1, max_size=30)
    )
    return [
        {
            "answer_key": f"a{number:02}",
            "response_key": f"r{number:02}",
            "survey_key": "s:a",
            "metric": "ces",
            "score": Decimal(score),
            "scale_min": Decimal(1),
            "scale_max": Decimal(top),
            "score_index": Decimal(100 * (score - 1)) / (top - 1),
            "is_top_box": score >= 5 if top == 7 else None,
            "answer_date": AS_OF - dt.timedelta(days=days_ago),
        }
        for number, (days_ago, top, score) in enumerate(rows)
    ]


def wilson(share: float, n: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's score interval from its defining equation: |share - x| = z * sqrt(x (1 - x) / n)."""
    a, b, c = 1 + z * z / n, -(2 * share + z * z / n), share * share
    root = math.sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


@FEW
@given(scores=effort_scores())
def test_satisfaction_of_every_day_is_that_of_the_scores_in_its_window(
    compiled: CompiledModels, scores: list[Row]
) -> None:
    warehouse = feedback_warehouse(compiled)
    fill_answers(warehouse, scores)
    warehouse.fill("feedback.fct_review", REVIEW_COLUMNS, [])
    warehouse.build("int_satisfaction_score__unify")
    for row in warehouse.build("satisfaction_daily"):
        inside = in_window(scores, row["business_date"], row["window_days"], "answer_date")
        boxes = [score["is_top_box"] for score in inside if score["is_top_box"] is not None]
        on_scale = [float(score["score"]) for score in inside if score["scale_max"] == 7]
        counts = (row["n"], row["box_n"], row["top_box_n"], row["mean_n"])
        assert counts == (len(inside), len(boxes), sum(boxes), len(on_scale))
        share = sum(boxes) / len(boxes) if len(boxes) >= MIN_N else None
        mean = sum(on_scale) / len(on_scale) if len(on_scale) >= MIN_N else None
        assert close_to(row["top_box_share"], share, 6)
        assert close_to(row["mean_score"], mean, 4)
        if share is not None:
            low, high = wilson(share, len(boxes))
            assert close_to(row["top_box_share_low"], low, 5)
            assert close_to(row["top_box_share_high"], high, 5)


def test_a_retailer_without_a_survey_has_empty_marts(compiled: CompiledModels) -> None:
    warehouse = feedback_warehouse(compiled)
    fill_answers(warehouse, [])
    warehouse.fill("feedback.fct_review", REVIEW_COLUMNS, [])
    names = ("int_nps_answer__interval", "nps_daily", "int_satisfaction_score__unify", "satisfaction_daily")
    assert [warehouse.build(name) for name in names] == [[], [], [], []]
