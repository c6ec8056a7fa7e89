"""The expectation that most suites are written with: a query that finds the rows which break a rule, and shows them.

Great Expectations' own `UnexpectedRowsExpectation` counts them in its Data Docs; here they are shown as well, with the
sentence that says what was expected.

Belongs here: how such a rule is run and rendered. Does not belong here: any rule.
"""

from __future__ import annotations

from typing import Any

from great_expectations.expectations.core import UnexpectedRowsExpectation
from great_expectations.render import LegacyRendererType, RenderedStringTemplateContent, RenderedTableContent
from great_expectations.render.components import LegacyDiagnosticRendererType
from great_expectations.render.renderer.renderer import renderer

from expectations.result import ROWS_KEPT


class ExpectNoOffendingRows(UnexpectedRowsExpectation):  # type: ignore[misc]
    """Expect a query to return nothing; what it returns is the evidence. `{batch}` stands for the table.

    A query selects keys, the place that a row came from and the value that is wrong, and no personal data: what it
    selects is shown to everybody who may see the audit.
    """

    @classmethod
    @renderer(renderer_type=LegacyRendererType.PRESCRIPTIVE)
    def _prescriptive_renderer(
        cls, configuration: Any = None, result: Any = None, runtime_configuration: dict[str, Any] | None = None
    ) -> list[RenderedStringTemplateContent]:
        configuration = configuration or result.expectation_config
        return [
            RenderedStringTemplateContent(
                content_block_type="string_template",
                string_template={"template": "$sentence", "params": {"sentence": configuration.description}},
            )
        ]

    @classmethod
    @renderer(renderer_type=LegacyDiagnosticRendererType.UNEXPECTED_TABLE)
    def _diagnostic_unexpected_table_renderer(
        cls, configuration: Any = None, result: Any = None, runtime_configuration: dict[str, Any] | None = None
    ) -> list[RenderedTableContent] | None:
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
