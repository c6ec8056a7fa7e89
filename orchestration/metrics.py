"""Asking for metrics by name: MetricFlow plans the SQL from the semantic layer, the published snapshot answers it.

Belongs here: the planner, the reading of a question, the printing. Does not belong here: what a metric means, which is
in `dbt_project/metrics/`; the private warehouse.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import duckdb
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.errors.error_classes import InvalidQueryException
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup
from rich.console import Console
from rich.table import Table

from ingestion.settings import Settings
from orchestration.manifest import ensure_manifest

SEMANTIC_MANIFEST_FILE: Final = "semantic_manifest.json"
AS_OF_SQL: Final = "select max(as_of_date) from growth.headline_kpi"
_SPAN: Final = re.compile(r"(\d+) (day|week|month|year)s?")


class MetricsError(Exception):
    """A question that cannot be planned; the message names what is wrong and what there is instead."""


@dataclass(frozen=True)
class Question:
    """What is asked: metrics by name, group-bys as `entity__dimension`, conditions in MetricFlow's `where` language."""

    metrics: Sequence[str]
    by: Sequence[str] = ()
    where: Sequence[str] = ()
    after: dt.date | None = None
    order: Sequence[str] = field(default=())
    limit: int | None = None


class Planner:
    """Turns questions into SQL. Loading takes about a second, a question some hundredths."""

    def __init__(self, semantic_manifest: str) -> None:
        """Take the text of dbt's `semantic_manifest.json`."""
        self.manifest = parse_manifest_from_dbt_generated_manifest(semantic_manifest)
        self.engine = MetricFlowEngine(
            semantic_manifest_lookup=SemanticManifestLookup(self.manifest), sql_client=_Dialect()
        )

    @classmethod
    def load(cls, settings: Settings) -> Planner:
        """Read the semantic layer of the project, after dbt has parsed it if it has changed.

        Raises:
            ManifestError: The project does not parse.
        """
        ensure_manifest(settings)
        return cls((settings.dbt_target_path / SEMANTIC_MANIFEST_FILE).read_text(encoding="utf-8"))

    def sql(self, question: Question) -> str:
        """Return the SQL that answers the question: one row per combination of the group-bys.

        Raises:
            MetricsError: A metric, a group-by or a condition that the semantic layer does not know.
        """
        where = list(question.where)
        if question.after:
            where.append(f"{{{{ TimeDimension('metric_time', 'day') }}}} > cast('{question.after}' as date)")
        request = MetricFlowQueryRequest.create(
            metric_names=list(question.metrics),
            group_by_names=list(question.by),
            where_constraints=where,
            order_by_names=list(question.order or question.by),
            limit=question.limit,
        )
        try:
            return str(self.engine.explain(request).sql_statement.sql)
        except InvalidQueryException as error:
            raise MetricsError(_explained(error)) from error

    def dimensions(self, metrics: Sequence[str]) -> list[str]:
        """Return what all of these metrics can be grouped by over one join at most; `metric_time` is their own date."""
        found = self.engine.simple_dimensions_for_metrics(list(metrics))
        names = {dimension.granularity_free_dunder_name for dimension in found}
        return sorted(name for name in names if name.count("__") <= 1)

    def print_catalogue(self, console: Console, metrics: Sequence[str] = ()) -> None:
        """Print every metric with its meaning; or those named, with what they can be grouped by.

        Raises:
            MetricsError: A metric that there is not.
        """
        known = {metric.name: metric for metric in self.manifest.metrics}
        if unknown := set(metrics) - known.keys():
            raise MetricsError(f"There is no metric {', '.join(sorted(unknown))}. `make metrics` lists them.")
        table = Table("metric", "meaning", *(["by"] if metrics else []))
        for name in metrics or sorted(known):
            row = [name, known[name].description or ""]
            table.add_row(*row, *(["\n".join(self.dimensions([name]))] if metrics else []))
        console.print(table)


def after(snapshot: duckdb.DuckDBPyConnection, span: str) -> dt.date:
    """Return the day before a span that ends with the last business date that counts: `12 months`, `90 days`.

    Raises:
        MetricsError: The span is none.
    """
    found = _SPAN.fullmatch(span.strip())
    if not found:
        raise MetricsError(
            f"'{span}' is no span of time. Write a number and days, weeks, months or years: '12 months'."
        )
    ((day,),) = snapshot.execute(f"select cast(({AS_OF_SQL}) - interval '{found[1]} {found[2]}' as date)").fetchall()
    result: dt.date = day
    return result


@dataclass(frozen=True)
class _Dialect:
    """What MetricFlow asks of a client that only plans: which SQL to write. Running it is the caller's."""

    sql_engine_type: SqlEngine = SqlEngine.DUCKDB
    sql_plan_renderer: Any = field(default_factory=DuckDbSqlPlanRenderer)

    def _refuse(self, *_: object) -> NoReturn:
        raise NotImplementedError("this client plans; it runs nothing")

    query = execute = dry_run = close = render_bind_parameter_key = _refuse


def _explained(error: InvalidQueryException) -> str:
    """Return MetricFlow's message without its internals: what was asked, what is wrong, what may have been meant."""
    lines = [line.rstrip() for line in str(error).splitlines() if line.strip()]
    return "\n".join(lines) + "\n`make metrics M=<metric> ARGS=--dimensions` lists what a metric can be grouped by."
