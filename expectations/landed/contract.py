"""The landing contract's own limits and sets, seen again on what has landed.

The file connector quarantines such rows one by one. Seen again, because not every way into the lake is that connector,
and because a row that slipped through would change money.
"""

from __future__ import annotations

from collections.abc import Iterator

from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.landed.state import State
from expectations.offending import ExpectNoOffendingRows
from expectations.suite import Declared
from ingestion.contract import Column, Entity

_CODES = {"country_code": "^[A-Z]{{2}}$", "currency_code": "^[A-Z]{{3}}$", "language_code": "^[a-z]{{2}}$"}


def declare(state: State) -> Iterator[Declared]:
    """Yield one expectation per landed entity on its amounts, quantities, statuses and codes."""
    for name, entity in state.contract.entities.items():
        if name not in state.landed:
            continue
        if broken := _broken(entity):
            yield Declared(name, state.subject(name), f"{name}_within_contract", _within_contract(name, entity, broken))
        if "quantity" in entity.columns:
            plausible = _plausible(state, name, entity)
            yield Declared(name, state.subject(name), f"{name}_quantity_plausible", plausible, "quantity")


def _within_contract(name: str, entity: Entity, broken: dict[str, str]) -> ExpectNoOffendingRows:
    keys = _keys(entity)
    which = " ".join(f"when {condition} then '{column}'" for column, condition in broken.items())
    value = " ".join(f"when {condition} then cast({column} as varchar)" for column, condition in broken.items())
    return ExpectNoOffendingRows(
        description=f"Every one of {name} keeps the contract's limits, sets and codes: {', '.join(broken)}.",
        notes="Negative amounts and unknown statuses change net sales silently: a return is a row of its own, and a "
        "status decides whether an order counts.",
        severity=FailureSeverity.CRITICAL,
        unexpected_rows_query=f"""
            select {keys}case {which} end as column_name, case {value} end as column_value,
                _source_file, _source_row
            from {{batch}}
            where {" or ".join(broken.values())}
            order by all""",
    )


def _plausible(state: State, name: str, entity: Entity) -> ExpectNoOffendingRows:
    limit = state.thresholds.plausible.quantity
    return ExpectNoOffendingRows(
        description=f"No row of {name} has a quantity above {limit:,}.",
        notes="A barcode scanned into the quantity makes one customer the best of all. Bulk exists: a person looks.",
        severity=FailureSeverity.WARNING,
        unexpected_rows_query=f"""
            select {_keys(entity)}quantity, _source_file, _source_row
            from {{batch}}
            where quantity > {limit}
            order by quantity desc""",
    )


def _keys(entity: Entity) -> str:
    return "".join(f"{name}, " for name in entity.key if not entity.columns[name].pii)


def _broken(entity: Entity) -> dict[str, str]:
    conditions = {name: _condition(name, spec) for name, spec in entity.columns.items() if not spec.pii}
    return {name: condition for name, condition in conditions.items() if condition}


def _condition(name: str, spec: Column) -> str | None:
    if spec.min is not None:
        return f"{name} < {spec.min:g}"
    if spec.values:
        return f"{name} not in ({', '.join(repr(value) for value in spec.values)})"
    if name in _CODES:
        return f"not regexp_full_match({name}, '{_CODES[name]}')"
    return None
