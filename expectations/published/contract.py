"""The contract with BI: are the tables and columns there that dashboards are built on, with their types?"""

from __future__ import annotations

from collections.abc import Iterator

from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.offending import ExpectNoOffendingRows
from expectations.published.state import State
from expectations.suite import Declared


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectations on the tables and columns of the published schemas."""
    promised, previous = "promised_columns", "previous_columns"
    yield Declared(promised, promised, "contract_kept", _kept())
    if state.has_previous:
        yield Declared(previous, previous, "contract_unbroken", _unbroken())


def _kept() -> ExpectNoOffendingRows:
    return ExpectNoOffendingRows(
        description="Every column of every public mart is built, with the type that its description promises.",
        notes="A dashboard fails on a column that is gone, and lies on one that has changed its type.",
        severity=FailureSeverity.CRITICAL,
        unexpected_rows_query="""
            select promised.table_name, promised.column_name, promised.data_type as promised, built.data_type as built
            from {batch} as promised
            left join built_columns as built
                on promised.table_name = built.table_name and promised.column_name = built.column_name
            where built.data_type is distinct from promised.data_type
            order by all""",
    )


def _unbroken() -> ExpectNoOffendingRows:
    return ExpectNoOffendingRows(
        description="No column that is published now goes away or changes its type.",
        notes="The marts may change, but whoever publishes the change should know that dashboards may break. It is a "
        "decision and no fault, so it holds nothing back.",
        severity=FailureSeverity.WARNING,
        unexpected_rows_query="""
            select
                published.table_name, published.column_name, published.data_type as published, built.data_type as built
            from {batch} as published
            left join built_columns as built
                on published.table_name = built.table_name and published.column_name = built.column_name
            where built.data_type is distinct from published.data_type
            order by all""",
    )
