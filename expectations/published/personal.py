"""Personal data: none is published."""

from __future__ import annotations

from collections.abc import Iterator

from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.offending import ExpectNoOffendingRows
from expectations.published.state import State
from expectations.suite import Declared
from ingestion.contract import KINDS, load_contract

_EMAIL = "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+[.][A-Za-z0-9.-]+"


def declare(state: State) -> Iterator[Declared]:
    """Yield the expectations on names of columns and on texts."""
    columns, texts = "built_columns", "texts"
    yield Declared(columns, columns, "no_personal_columns", _no_columns(state))
    yield Declared(texts, texts, "no_email_addresses", _no_addresses(), "value")
    yield Declared(texts, texts, "no_personal_values", _no_values(state), "value")


def personal_names() -> frozenset[str]:
    """Return the names of all columns that the landing contract marks as personal."""
    entities = (entity for kind in KINDS for entity in load_contract(kind).entities.values())
    return frozenset(name for entity in entities for name, spec in entity.columns.items() if spec.pii)


def _no_columns(state: State) -> ExpectNoOffendingRows:
    names = ", ".join(f"'{name}'" for name in sorted(personal_names()))
    return ExpectNoOffendingRows(
        description="No published column bears the name of a column that the landing contract marks as personal.",
        notes="BI tools show what they find, to everybody who may open them. Names and addresses stay in one schema of "
        "the private warehouse.",
        severity=FailureSeverity.CRITICAL,
        unexpected_rows_query=f"""
            select table_name, column_name
            from {{batch}}
            where column_name in ({names}) and table_name || '.' || column_name not in ({_excepted(state)})
            order by all""",
    )


def _no_values(state: State) -> ExpectNoOffendingRows:
    return ExpectNoOffendingRows(
        description="No text of any mart is the e-mail address, phone number, full name or street of a customer.",
        notes="A new column can carry a person's name under a harmless one of its own. A column whose texts may be "
        "called like a customer (brands) is named in thresholds.yml, not_personal, with the reason.",
        severity=FailureSeverity.CRITICAL,
        unexpected_rows_query=f"""
            select table_name, column_name, attribute, count(*) as row_count
            from {{batch}}
            inner join personal_values on lower(trim(value)) = personal_value
            where table_name || '.' || column_name not in ({_excepted(state)})
            group by all
            order by all""",
    )


def _excepted(state: State) -> str:
    return ", ".join(f"'{column}'" for column in state.thresholds.not_personal) or "''"


def _no_addresses() -> ExpectNoOffendingRows:
    return ExpectNoOffendingRows(
        description="No text of any mart holds an e-mail address.",
        notes="An address slips in as a key (a guest's id) or inside of free text, under any name of column.",
        severity=FailureSeverity.CRITICAL,
        unexpected_rows_query=f"""
            select
                table_name,
                column_name,
                count(*) as row_count,
                left(min(regexp_extract(value, '{_EMAIL}')), 1) || '***@***' as example
            from {{batch}}
            where contains(value, '@') and regexp_matches(value, '{_EMAIL}')
            group by table_name, column_name
            order by table_name, column_name""",
    )
