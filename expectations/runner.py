"""Runs declared expectations with Great Expectations, builds the Data Docs and returns plain results.

One checkpoint per audit, one suite and one validation per table. The context lives in memory: whoever calls an audit
keeps its history, the Data Docs show the newest audit of each kind.

Belongs here: everything that speaks to Great Expectations' context. Does not belong here: what is expected.
"""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import great_expectations as gx
from great_expectations.checkpoint.checkpoint import CheckpointResult
from great_expectations.core import ExpectationValidationResult
from great_expectations.data_context.data_context.ephemeral_data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent.sql_datasource import SQLDatasource

from expectations import dialect
from expectations.docs import finish_site
from expectations.result import ROWS_KEPT, ExpectationResult
from expectations.suite import Declared
from expectations.workspace import Workspace

_SITE: Final = "audit"
_ONE_AT_A_TIME: Final = threading.Lock()  # Great Expectations keeps its context in a global of the process


def run(workspace: Workspace, suite: str, declared: Iterable[Declared], site: Path) -> list[ExpectationResult]:
    """Run every declared expectation and build the Data Docs in the folder `site`, in place of those of the last run.

    A table that does not exist fails its expectations; it does not stop the others.
    """
    ordered = sorted(declared, key=lambda each: each.table)
    present = [each for each in ordered if workspace.has(each.table)]
    results = [
        _outcome(each, success=False, observed="the table does not exist", docs=site / "index.html")
        for each in ordered
        if each not in present
    ]
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    with _ONE_AT_A_TIME:
        shutil.rmtree(site, ignore_errors=True)
        if present:
            results.extend(_validate(workspace, suite, present, site))
    finish_site(site, suite, results)
    return results


def _validate(workspace: Workspace, suite: str, declared: list[Declared], site: Path) -> list[ExpectationResult]:
    dialect.register()
    context = gx.get_context(mode="ephemeral", project_config=_config(site))
    source = context.data_sources.add_sql(suite, connection_string=f"duckdb+gx:///{workspace.path}")
    checkpoint = gx.Checkpoint(
        name=suite,
        validation_definitions=[
            _definition(context, source, table, list(group))
            for table, group in groupby(declared, key=lambda each: each.table)
        ],
        result_format={"result_format": "COMPLETE"},  # of the rows that a query returns, at most 200 are fetched
    )
    try:
        outcome = context.checkpoints.add(checkpoint).run()
        # Once for all validations: the action of a checkpoint builds the list anew for each of them.
        context.build_data_docs(site_names=[_SITE], build_index=False)
        return _results(context, outcome, {each.name: each for each in declared})
    finally:
        source.get_execution_engine().engine.dispose()


def _config(site: Path) -> DataContextConfig:
    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
        data_docs_sites={
            _SITE: {
                "class_name": "SiteBuilder",
                "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)},
                "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
                "site_section_builders": {"expectations": "None", "profiling": "None"},
            }
        },
    )


def _definition(
    context: EphemeralDataContext, source: SQLDatasource, table: str, declared: list[Declared]
) -> gx.ValidationDefinition:
    batch = source.add_table_asset(name=table, table_name=table).add_batch_definition_whole_table("all rows")
    suite = context.suites.add(gx.ExpectationSuite(name=table))
    for each in declared:
        each.expectation.meta = {"name": each.name}
        suite.add_expectation(each.expectation)
    return context.validation_definitions.add(gx.ValidationDefinition(name=table, data=batch, suite=suite))


def _results(
    context: EphemeralDataContext, outcome: CheckpointResult, declared: dict[str, Declared]
) -> list[ExpectationResult]:
    results: list[ExpectationResult] = []
    for identifier, validation in outcome.run_results.items():
        (site,) = context.get_docs_sites_urls(resource_identifier=identifier)
        page = Path(str(site["site_url"]).removeprefix("file://"))
        results.extend(_result(declared[_name(found)], found, page) for found in validation.results)
    return results


def _name(found: ExpectationValidationResult) -> str:
    if found.expectation_config is None:
        raise TypeError("Great Expectations returned a result without the expectation that it is of")
    return str(found.expectation_config.meta["name"])


def _result(declared: Declared, found: ExpectationValidationResult, page: Path) -> ExpectationResult:
    result: dict[str, Any] = found.result or {}
    if error := _error(found.exception_info or {}):
        return _outcome(declared, success=False, observed=f"could not be judged: {error.splitlines()[0]}", docs=page)
    observed = result.get("observed_value", result.get("unexpected_count"))
    rows = result.get("details", {}).get("unexpected_rows")
    if rows is None or observed is None:
        # On an empty table Great Expectations gives no count at all.
        count = int(result.get("unexpected_count") or not found.success)
        return _outcome(declared, success=bool(found.success), observed=str(observed), docs=page, count=count)
    text = tuple({name: _text(value) for name, value in row.items()} for row in rows[:ROWS_KEPT])
    said = f"{observed} row{'' if observed == 1 else 's'}"
    return _outcome(declared, success=bool(found.success), observed=said, docs=page, count=int(observed), rows=text)


def _outcome(
    declared: Declared,
    *,
    success: bool,
    observed: str,
    docs: Path,
    count: int = 1,
    rows: tuple[dict[str, str | None], ...] = (),
) -> ExpectationResult:
    expectation = declared.expectation
    return ExpectationResult(
        name=declared.name,
        title=expectation.description,
        table=declared.subject,
        column=declared.column or getattr(expectation, "column", None),
        severity="critical" if expectation.severity.value == "critical" else "warning",
        success=success,
        observed=observed,
        unexpected_count=count,
        rows=rows,
        reason=expectation.notes,
        docs=docs,
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _error(exception_info: dict[str, Any]) -> str | None:
    infos = [exception_info] if "raised_exception" in exception_info else exception_info.values()
    return next((str(info["exception_message"]) for info in infos if info.get("raised_exception")), None)
