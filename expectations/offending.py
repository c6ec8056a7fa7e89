"""The expectation that most suites are written with: a query that finds the rows which break a rule, and shows them.

Great Expectations' own `UnexpectedRowsExpectation` counts them in its Data Docs. Here they are shown as well.

Belongs here: how such a rule is run and rendered. Does not belong here: any rule.
"""

from __future__ import annotations

from typing import Any

from great_expectations.core import ExpectationValidationResult
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render.components import (
    CollapseContent,
    LegacyDiagnosticRendererType,
    RenderedTableContent,
)
from great_expectations.render.renderer.renderer import renderer

from expectations.result import ROWS_KEPT


class ExpectNoOffendingRows(UnexpectedRowsExpectation):
    """Expect a query to return nothing; what it returns is the evidence. `{batch}` stands for the table.

    A query selects keys, the place that a row came from and the value that is wrong, and no personal data: what it
    selects is shown to everybody who may see the audit.
    """

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_TABLE)
    def _diagnostic_unexpected_table_renderer(
        cls,
        configuration: ExpectationConfiguration | None = None,
        result: ExpectationValidationResult | None = None,
        runtime_configuration: dict[str, Any] | None = None,
    ) -> list[RenderedTableContent | CollapseContent] | None:
        rows = result.result.get("details", {}).get("unexpected_rows", []) if result and result.result else []
        if not rows:
            return None
        return [
            RenderedTableContent(
                content_block_type="table",
                header_row=list(rows[0]),
                table=[[str(value) for value in row.values()] for row in rows[:ROWS_KEPT]],
                styling={"body": {"classes": ["table-bordered", "table-sm", "mt-3"]}},
            )
        ]
