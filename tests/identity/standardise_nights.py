"""Nights of standardising on small tables, without dbt: the project's models in their order, kept from night to night.

Belongs here: building the models whole or incrementally, as dbt does. Does not belong here: any assertion.
"""

from __future__ import annotations

import re
from functools import cache
from graphlib import TopologicalSorter
from typing import Final

import duckdb

from tests.identity.standardise import MODELS, render

# What a night is given; everything else in the folder is built from it.
GIVEN: Final = r"int_customer_(record__unify|version__.*|reference__.*|link__.*)"
AS_OF: Final = "as of the night"
RULES: Final = "rules of the night"
_DIGESTS: Final = re.compile(r"forget_changed_keys\(this, ref\('(\w+)'\), 'customer_record_key'\)")


@cache
def models() -> tuple[str, ...]:
    """Return the models that standardise, each behind those that it reads."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in MODELS.glob("*.sql")}
    texts = {name: text for name, text in texts.items() if not re.fullmatch(GIVEN, name)}
    reads = {name: set(re.findall(r"ref\('(\w+)'\)", text)) & texts.keys() for name, text in texts.items()}
    return tuple(TopologicalSorter({name: sorted(read) for name, read in sorted(reads.items())}).static_order())


@cache
def _select(model: str, is_incremental: bool) -> str:
    text = (MODELS / f"{model}.sql").read_text(encoding="utf-8")
    variables = {"as_of_date": AS_OF, "time_zone": "UTC", "reporting_currency": "EUR", "rules_digest": RULES}
    return render(text, this=model, is_incremental=lambda: is_incremental, var=variables.__getitem__)


@cache
def digests_of(model: str) -> str | None:
    """Return the model that says which rows of an incremental model are still right; None for one built every night."""
    found = _DIGESTS.search((MODELS / f"{model}.sql").read_text(encoding="utf-8"))
    return found and found[1]


@cache
def _forget(model: str) -> str:
    return render(
        f"{{{{ default__forget_changed_keys('{model}', '{digests_of(model)}', 'customer_record_key', true) }}}}"
    )


def run_night(
    connection: duckdb.DuckDBPyConnection, as_of: str, rules: str, *, killed_before: str = "", whole: bool = False
) -> dict[str, int]:
    """Build the models from what the tables of the night hold; return how many rows each incremental model computed.

    Args:
        connection: the warehouse, with the tables that the models are given.
        as_of: the business date of the night, as ISO text.
        rules: what the models, macros and seeds are told by.
        killed_before: the incremental model that has forgotten what changed, but computes nothing any more.
        whole: build every table anew.
    """
    there = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
    computed: dict[str, int] = {}
    for model in models():
        is_incremental = digests_of(model) is not None and model in there and not whole
        select = _select(model, is_incremental).replace(AS_OF, as_of).replace(RULES, rules)
        if is_incremental:
            connection.execute(_forget(model))
            if model == killed_before:
                return computed
            connection.execute(f"create temp table computed as {select}")
            ((computed[model],),) = connection.execute("select count(*) from computed").fetchall()
            connection.execute(f"insert into {model} by name select * from computed")
            connection.execute("drop table computed")
        else:
            connection.execute(f"create or replace table {model} as {select}")
    return computed
