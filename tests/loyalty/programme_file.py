"""Reads a folder of programme seeds as they stand in `dbt_project/seeds/rules`.

Whether rules make sense is not said again here: the project's own dbt tests say it (`warehouse.py`, `broken_rules`).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from tests.loyalty.rules import EarnRule, Rulebook, Scope, Tier, Version
from tests.loyalty.tables import COLUMNS, RATE, SEEDS
from tests.loyalty.tables_file import BOOLEAN, DATE, INTEGER, TEXT, InvalidInput, Kind, Row, decimal, read_rows

KINDS = {"varchar": TEXT, "date": DATE, "integer": INTEGER, "boolean": BOOLEAN, RATE: decimal(4)}
OWN_NAMES = {
    EarnRule: {"earn_rule_code": "code"},
    Tier: {
        "tier_rank": "rank", "tier_code": "code", "entry_threshold": "entry", "maintain_threshold": "maintain",
    },
}  # fmt: skip
MAY_BE_EMPTY = {
    "loyalty_programme": {"expiry_months", "tier_window_length", "tier_term_months"},
    "loyalty_scope": {"source_system", "store_key", "country_code", "brand"},
    "loyalty_earn_rule": {
        "channel", "category", "product_type", "brand", "tier_code", "valid_from", "valid_to", "priority",
    },
    "loyalty_tier": set(),
}  # fmt: skip


def read_programme(folder: Path) -> Rulebook:
    """Read the four files of the page's first chapter.

    Raises:
        InvalidInput: When a file is missing, a value is not of its type, or a row has no version.
    """
    problems: list[str] = []
    tables: dict[str, list[Row]] = {}
    for name in SEEDS:
        kinds: dict[str, Kind] = {column: KINDS.get(kind, decimal(4)) for column, kind in COLUMNS[name].items()}
        try:
            tables[name] = read_rows(folder / f"{name}.csv", kinds)
        except InvalidInput as error:
            problems += error.messages
            continue
        problems += [
            row.problem(field, None, KINDS.get(COLUMNS[name][field], decimal(4)).remedy)
            for row in tables[name]
            for field, value in row.values.items()
            if value is None and field not in MAY_BE_EMPTY[name]
        ]
    if problems:
        raise InvalidInput(problems)
    _check_versions(tables)
    return Rulebook(tuple(_version(row, tables) for row in tables["loyalty_programme"]))


def _check_versions(tables: dict[str, list[Row]]) -> None:
    versions = [row.values["rule_version"] for row in tables["loyalty_programme"]]
    problems = [
        row.problem(
            "rule_version", row.values["rule_version"], "a version of this name stands above; name it otherwise"
        )
        for number, row in enumerate(tables["loyalty_programme"])
        if row.values["rule_version"] in versions[:number]
    ]
    for name in SEEDS[1:]:
        problems += [
            row.problem("rule_version", row.values["rule_version"], "no such version in loyalty_programme.csv")
            for row in tables[name]
            if row.values["rule_version"] not in versions
        ]
    if not versions:
        problems.append("loyalty_programme.csv: there is no version; write one at least")
    if problems:
        raise InvalidInput(problems)


def _version(programme: Row, tables: dict[str, list[Row]]) -> Version:
    name = programme.values["rule_version"]

    def owned(table: str, kind: type[Any]) -> tuple[Any, ...]:
        allowed = {field.name for field in dataclasses.fields(kind)}
        names = OWN_NAMES.get(kind, {})
        mine = [row.values for row in tables[table] if row.values["rule_version"] == name]
        rows = [{names.get(key, key): value for key, value in row.items()} for row in mine]
        return tuple(kind(**{key: value for key, value in row.items() if key in allowed}) for row in rows)

    tiers = sorted(owned("loyalty_tier", Tier), key=lambda tier: tier.rank)
    return Version(
        **dict(programme.values),
        scopes=owned("loyalty_scope", Scope),
        earn_rules=owned("loyalty_earn_rule", EarnRule),
        tiers=tuple(tiers),
    )
