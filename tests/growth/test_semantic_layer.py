"""Every figure that people are shown is the same by the semantic layer, by each dimension of its mart, to the digit."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from orchestration.metrics import SEMANTIC_MANIFEST_FILE, MetricsError, Planner, Question, after
from tests.conftest import Night
from tests.growth.kpi import HEADLINES, SALES_AREAS, Comparison
from tests.growth.kpi_feedback import FEEDBACK_AREAS

AREAS = SALES_AREAS + FEEDBACK_AREAS

# Columns beside the figures: bounds follow from these by a formula, the rest is a difference or a part of them.
NOT_COMPARED = {
    "customer.net_sales_daily": {"net_by_refund_date_reporting"},  # by day, over all channels
    "feedback.anxiety_alert_quality": {"alert_precision_low", "alert_precision_high"},
    "feedback.delivery_weekly": {
        "kept_share_low", "kept_share_high", "missing_orders", "told_orders_with_ticket", "untold_orders_with_ticket",
    },
    "feedback.dispute_monthly": {"open_disputes", "lost_disputes", "withdrawn_disputes", "orders"},
    "feedback.support_weekly": {"open_tickets"},
    "growth.return_rates": {"window_days"},
    "growth.second_purchase": {"within_days", "customers"},
}  # fmt: skip
KPI_MARTS = {
    *NOT_COMPARED, "feedback.review_reply_monthly", "growth.product_affinity",
    "feedback.contradiction_summary",
}  # fmt: skip
# The small retailer asks no rating, and has too few answers a week for the index: worked by hand below.
WORKED_BY_HAND = {
    "experience_index", "rating_boxed", "rating_top", "rating_top_box_share", "rating_mean_index",
}  # fmt: skip


@pytest.fixture(scope="module")
def planner(first_night: Night) -> Planner:
    return Planner((first_night.shop.folder / "data" / "dbt" / SEMANTIC_MANIFEST_FILE).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def snapshot(first_night: Night) -> Iterator[duckdb.DuckDBPyConnection]:
    with first_night.shop.published() as connection:
        yield connection


def differences(snapshot: duckdb.DuckDBPyConnection, planner: Planner, asked: Comparison) -> tuple[list[str], int]:
    """Return where the mart and the metrics differ, and how many figures there were to compare.

    A figure that the mart withholds (NULL: too few, too young) says nothing. A metric is rounded as the column is.
    """
    since = after(snapshot, asked.last) if asked.last else None
    sql = planner.sql(Question(list(asked.figures.values()), list(asked.by.values()), asked.where, since))
    marts = ", ".join([*asked.by, *(f"{figure} as figure_{at}" for at, figure in enumerate(asked.figures))])
    snapshot.execute(f"create or replace temp table shown as select {marts} from {asked.mart} where {asked.rows}")
    snapshot.execute(f"create or replace temp table asked as {sql}")
    types = {row[0]: row[1] for row in snapshot.execute("describe shown").fetchall()}
    keys = " and ".join(f"shown.{key} is not distinct from asked.{group}" for key, group in asked.by.items()) or "true"
    found, compared = [], 0
    for at, (figure, metric) in enumerate(asked.figures.items()):
        kind = types[f"figure_{at}"]
        scale = re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", kind)
        value = f"cast(round(asked.{metric}, {scale[1] if scale else 0}) as {kind})"
        rows = snapshot.execute(
            f"""select asked.*, shown.figure_{at}, {value} from shown full join asked on {keys}
            where case when shown.rowid is null then coalesce({value}, 0) <> 0
                else shown.figure_{at} <> coalesce({value}, 0) end"""
        ).fetchall()
        found += [f"{figure} is not {metric}: {row}" for row in rows]
        ((count,),) = snapshot.execute(f"select count(figure_{at}) from shown").fetchall()
        compared += int(count)
    return found, compared


def answers(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    cursor = connection.execute(sql)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.parametrize("area", AREAS, ids=lambda area: area.__name__)
def test_the_metrics_are_the_figures(
    snapshot: duckdb.DuckDBPyConnection, planner: Planner, area: Callable[[], Iterator[Comparison]]
) -> None:
    counts: Counter[str] = Counter()
    for asked in area():
        found, compared = differences(snapshot, planner, asked)
        assert found == [], asked
        counts.update(dict.fromkeys(asked.figures.values(), compared))
    assert {metric for metric, count in counts.items() if not count} <= WORKED_BY_HAND


def test_no_metric_and_no_headline_is_left_out(snapshot: duckdb.DuckDBPyConnection, planner: Planner) -> None:
    asked = [comparison for area in AREAS for comparison in area()]
    assert {metric.name for metric in planner.manifest.metrics} == {
        metric for comparison in asked for metric in comparison.figures.values()
    }
    codes = {code for (code,) in snapshot.execute(f"select kpi_code from {HEADLINES}").fetchall()}
    named = {found[1] for comparison in asked if (found := re.match(r"kpi_code = '(\w+)'", comparison.rows))}
    assert {code for code in codes if not code.startswith("members_")} == named


def test_no_figure_of_a_kpi_mart_is_left_out(snapshot: duckdb.DuckDBPyConnection) -> None:
    asked = [comparison for area in AREAS for comparison in area()]
    for mart in KPI_MARTS:
        columns = snapshot.execute(f"describe {mart}").fetchall()
        figures = {name for name, kind, *_ in columns if kind in {"BIGINT", "INTEGER"} or kind.startswith("DECIMAL")}
        compared = {name for comparison in asked if comparison.mart == mart for name in comparison.figures}
        assert figures == compared & figures | NOT_COMPARED.get(mart, set()), mart


def test_a_rating_and_the_index_are_what_they_are_by_hand(
    snapshot: duckdb.DuckDBPyConnection, planner: Planner, first_night: Night
) -> None:
    """Ratings of 5, 4 and 2 on five boxes, and one on nine, which has no rule: 2 of 3; indices 100, 75, 25 and 50."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{first_night.shop.snapshot_path.resolve()}' as snapshot (read_only)")
        connection.execute("attach ':memory:' as evermart; create schema evermart.feedback")
        for table in ("fct_survey_answer", "experience_index"):
            connection.execute(f"create table evermart.feedback.{table} as from snapshot.feedback.{table} limit 0")
        connection.executemany(
            "insert into evermart.feedback.fct_survey_answer by name"
            " select ? as answer_key, 'rating' as metric, ? as score_index, ? as is_top_box,"
            " date '2026-10-01' as answer_date",
            [("a", 100, True), ("b", 75, True), ("c", 25, False), ("d", 50, None)],
        )
        connection.executemany(
            "insert into evermart.feedback.experience_index by name"
            " select date '2026-10-05' as business_week, ? as channel, ? as experience_index",
            [("online", 7.25), ("store", None)],
        )
        metrics = ["rating_boxed", "rating_top", "rating_top_box_share", "rating_mean_index"]
        rating = answers(connection, planner.sql(Question(metrics)))
        asked = Question(["experience_index"], ["experience_week__channel", "metric_time__day"])
        index = answers(connection, planner.sql(asked))
    assert rating == [dict(zip(metrics, (3, 2, pytest.approx(2 / 3), 62.5), strict=True))]
    assert [(row["experience_week__channel"], row["experience_index"]) for row in index] == [
        ("online", Decimal("7.25")),
        ("store", None),
    ]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (Question(["net_slaes"]), "net_sales"),
        (Question(["net_sales"], ["order__chanel"]), "order__channel"),
        (Question(["net_sales"], where=["{{ Dimension('order__chanel') }} = 'online'"]), "order__channel"),
    ],
)
def test_what_cannot_be_asked_says_what_can(planner: Planner, asked: Question, said: str) -> None:
    with pytest.raises(MetricsError, match=said):
        planner.sql(asked)


def test_every_metric_says_what_it_is_and_every_semantic_model_what_one_row_is(planner: Planner) -> None:
    assert [metric.name for metric in planner.manifest.metrics if not (metric.description and metric.label)] == []
    models = planner.manifest.semantic_models
    assert [model.name for model in models if "One row per" not in (model.description or "")] == []


def test_the_command_lists_asks_and_refuses(first_night: Night) -> None:
    shop = first_night.shop
    listed = shop.run("metrics", "nps", "--dimensions", COLUMNS="120")
    assert listed.returncode == 0, listed.stderr
    assert "response__channel" in listed.stdout
    asked = shop.run("metrics", "orders,net_sales", "--by", "order__channel", "--last", "12 months", "--csv")
    assert asked.returncode == 0, asked.stderr
    rows = list(csv.DictReader(asked.stdout.splitlines()))
    with shop.published() as snapshot:
        ((orders, net),) = snapshot.execute(
            f"select max(value) filter (where kpi_code = 'orders'), max(value) filter (where kpi_code = 'net_sales')"
            f" from {HEADLINES}"
        ).fetchall()
    assert [row["order__channel"] for row in rows] == ["online", "store"]
    assert sum(int(row["orders"]) for row in rows) == orders
    assert sum(Decimal(row["net_sales"]) for row in rows) == net
    refused = shop.run("metrics", "orders", "--last", "a while")
    assert (refused.returncode, "'a while' is no span of time" in refused.stderr) == (1, True)
