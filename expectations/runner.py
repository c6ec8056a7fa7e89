"""Runs declared expectations with Great Expectations, builds the Data Docs and returns plain results.

One checkpoint per audit, one suite and one validation per table. The context lives in memory: the audit's history is
kept by whoever calls it, the Data Docs show the newest audit of each kind.

Belongs here: everything that speaks to Great Expectations' context. Does not belong here: what is expected.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import great_expectations as gx
from great_expectations.checkpoint import UpdateDataDocsAction
from great_expectations.data_context.types.base import ProgressBarsConfig

from expectations import dialect
from expectations.result import ROWS_KEPT, ExpectationResult, Severity
from expectations.suite import Declared
from expectations.workspace import Workspace

_ONE_AT_A_TIME: Final = threading.Lock()  # Great Expectations keeps its context in a global of the process


def run(workspace: Workspace, suite: str, declared: Iterable[Declared], site: Path) -> list[ExpectationResult]:
    """Run every declared expectation and build the Data Docs in the folder `site`.

    A table that does not exist fails its expectations; it does not stop the others.
    """
    ordered = sorted(declared, key=lambda each: each.table)
    present = [each for each in ordered if workspace.has(each.table)]
    absent = [_absent(each, site / "index.html") for each in ordered if not workspace.has(each.table)]
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    with _ONE_AT_A_TIME:
        return absent + (_validate(workspace, suite, present, site) if present else [])


def _validate(workspace: Workspace, suite: str, declared: list[Declared], site: Path) -> list[ExpectationResult]:
    dialect.register()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    for existing in list(context.list_data_docs_sites()):
        context.delete_data_docs_site(existing)
    context.add_data_docs_site(
        "audit",
        {
            "class_name": "SiteBuilder",
            "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)},
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        },
    )
    source = context.data_sources.add_sql(suite, connection_string=f"duckdb+gx:///{workspace.path}")
    definitions = [
        _definition(context, source, f"{suite}.{table}", table, list(group))
        for table, group in groupby(declared, key=lambda each: each.table)
    ]
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(
            name=suite,
            validation_definitions=definitions,
            actions=[UpdateDataDocsAction(name="data_docs", site_names=["audit"])],
            result_format={"result_format": "COMPLETE"},
        )
    )
    outcome = checkpoint.run()
    source.get_execution_engine().engine.dispose()
    by_name = {each.name: each for each in declared}
    pages = _pages(context, outcome)
    return [
        _result(by_name[found.expectation_config.meta["name"]], found, pages[identifier])
        for identifier, validation in outcome.run_results.items()
        for found in validation.results
    ]


def _definition(context: Any, source: Any, name: str, table: str, declared: list[Declared]) -> Any:
    asset = source.add_table_asset(name=table, table_name=table)
    batch = asset.add_batch_definition_whole_table("all rows")
    suite = context.suites.add(gx.ExpectationSuite(name=name))
    for each in declared:
        each.expectation.meta = {"name": each.name}
        suite.add_expectation(each.expectation)
    return context.validation_definitions.add(gx.ValidationDefinition(name=name, data=batch, suite=suite))


def _pages(context: Any, outcome: Any) -> dict[Any, Path]:
    pages = {}
    for identifier in outcome.run_results:
        urls = context.get_docs_sites_urls(resource_identifier=identifier)
        pages[identifier] = Path(urls[0]["site_url"].removeprefix("file://"))
    return pages


def _result(declared: Declared, found: Any, page: Path) -> ExpectationResult:
    result = found.result or {}
    rows = result.get("details", {}).get("unexpected_rows", [])
    error = _error(found.exception_info)
    count = len(rows) and int(result["observed_value"])
    return ExpectationResult(
        name=declared.name,
        title=declared.expectation.description,
        table=declared.subject,
        column=declared.column or getattr(declared.expectation, "column", None),
        severity=_severity(declared),
        success=bool(found.success),
        observed=error or (f"{count} rows" if "details" in result else str(result.get("observed_value"))),
        unexpected_count=count or int(not found.success),
        rows=tuple({name: None if value is None else str(value) for name, value in row.items()} for row in rows)[
            :ROWS_KEPT
        ],
        reason=str(declared.expectation.notes),
        docs=page,
    )


def _absent(declared: Declared, page: Path) -> ExpectationResult:
    return ExpectationResult(
        name=declared.name,
        title=declared.expectation.description,
        table=declared.subject,
        column=declared.column or getattr(declared.expectation, "column", None),
        severity=_severity(declared),
        success=False,
        observed="the table does not exist",
        unexpected_count=1,
        rows=(),
        reason=str(declared.expectation.notes),
        docs=page,
    )


def _severity(declared: Declared) -> Severity:
    return "critical" if declared.expectation.severity.value == "critical" else "warning"


def _error(exception_info: dict[str, Any]) -> str | None:
    infos = [exception_info] if "raised_exception" in exception_info else exception_info.values()
    messages = [info["exception_message"] for info in infos if info.get("raised_exception")]
    return f"could not be judged: {messages[0]}" if messages else None
