"""Renders dbt's declaration of the lake from the landing contract, so that no meaning is written down twice.

    contract, vendors' tables -> models/staging/<kind>/_<kind>__sources.yml, macros/connectors/contract_entity.sql

`python -m dbt_project.sources` writes the files; a test fails when they are out of date.
Belongs here: sources of the lake. Does not belong here: staging models, whose SQL is written by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

from ingestion.connectors.registry import VENDOR_TABLES
from ingestion.connectors.tables import RAW_COLUMNS
from ingestion.contract import KINDS, Column, ColumnType, Entity, Kind, load_contract
from ingestion.lake import LANDING_LOG_COLUMNS, LOAD_COLUMNS, QUARANTINE_COLUMNS

STAGING: Final = Path(__file__).parent / "models" / "staging"
MACRO: Final = Path(__file__).parent / "macros" / "connectors" / "contract_entity.sql"
_HEADER: Final = "# Written by `python -m dbt_project.sources` from the landing contract; edit the contract instead.\n"
_SYSTEM_COLUMNS: Final = {
    "source_kind": Column(type="text", meaning="Kind of the source system."),
    "source_system": Column(type="text", meaning="System that the row came from, as its mapping file names it."),
}
_TYPES: Final[dict[ColumnType, str]] = {
    "text": "string",
    "integer": "bigint",
    "decimal": "decimal(18, 4)",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
_FRESHNESS: Final = {"warn_after": {"count": 2, "period": "day"}, "error_after": {"count": 7, "period": "day"}}


def render_sources() -> dict[Path, str]:
    """Return the text of every file that declares sources of the lake, by its path."""
    rendered = {STAGING / kind / f"_{kind}__sources.yml": _document(_kind_source(kind)) for kind in KINDS}
    rendered |= {
        STAGING / vendor / f"_{vendor}__sources.yml": _document(_vendor_source(vendor)) for vendor in VENDOR_TABLES
    }
    return rendered | {STAGING / "lake" / "_lake__sources.yml": _document(_lake_source()), MACRO: _contract_macro()}


def _document(source: dict[str, Any]) -> str:
    body = yaml.safe_dump({"version": 2, "sources": [source]}, sort_keys=False, allow_unicode=True, width=110)
    return _HEADER + body


def _kind_source(kind: Kind) -> dict[str, Any]:
    contract = load_contract(kind)
    tables = [_table(name, _entity_text(entity), entity.columns) for name, entity in contract.entities.items()]
    return _source(kind, f"lake_{kind}", contract.description, tables)


def _vendor_source(vendor: str) -> dict[str, Any]:
    tables = [
        _table(name, f"{table.description} Every version that has landed; the key is record_id, version.", RAW_COLUMNS)
        for name, table in VENDOR_TABLES[vendor].items()
    ]
    return _source(vendor, f"lake_{vendor}", f"What {vendor} sends, raw.", tables)


def _contract_macro() -> str:
    """Return a macro that gives dbt the contract's columns and checks, for records that are judged in staging."""
    contract = {
        kind: {name: _entity_facts(entity) for name, entity in load_contract(kind).entities.items()} for kind in KINDS
    }
    lines = [
        "{#- Written by `python -m dbt_project.sources` from the landing contract; edit the contract instead. -#}",
        "",
        "{#- An entity of the landing contract: its columns (type, required, values, min) and its checks. -#}",
        "{% macro contract_entity(kind, entity) -%}",
        "    {%- set contract = {",
    ]
    for kind, entities in contract.items():
        lines.append(f"        {kind!r}: {{")
        for name, facts in entities.items():
            lines.append(f"            {name!r}: {{'columns': {{")
            lines += [f"                {column!r}: {spec!r}," for column, spec in facts["columns"].items()]
            lines.append(f"            }}, 'checks': {facts['checks']!r}}},")
        lines.append("        },")
    lines += ["    } -%}", "    {{ return(contract[kind][entity]) }}", "{%- endmacro %}", "", ""]
    lines += ["{#- Which entity of the contract a vendor's table is judged as: (vendor, table, kind, entity). -#}"]
    lines += ["{% macro connector_tables() -%}", "    {{ return(["]
    lines += [
        f"        ({vendor!r}, {name!r}, {table.stands_for[0]!r}, {table.stands_for[1]!r}),"
        for vendor, tables in VENDOR_TABLES.items()
        for name, table in tables.items()
        if table.stands_for
    ]
    return "\n".join([*lines, "    ]) }}", "{%- endmacro %}", ""])


def _entity_facts(entity: Entity) -> dict[str, Any]:
    columns = {
        name: {
            "type": column.type,
            "required": column.required,
            "values": list(column.values or ()),
            "min": int(column.min) if column.min is not None and column.min.is_integer() else column.min,
        }
        for name, column in entity.columns.items()
    }
    return {
        "columns": columns,
        "checks": [{"expression": check.expression, "reason": check.reason} for check in entity.checks],
    }


def _lake_source() -> dict[str, Any]:
    tables = [
        _table(
            "quarantine", "Rows that broke the contract, with the reason. One row per rejection.", QUARANTINE_COLUMNS
        ),
        _table("landing_log", "What was read. One row per file, entity and load.", LANDING_LOG_COLUMNS),
    ]
    return _source("lake", "lake", "What every landing says about itself, over all systems.", tables)


def _source(name: str, schema: str, description: str, tables: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": name,
        "schema": schema,
        "description": description,
        "config": {"loaded_at_field": "_known_at", "freshness": _FRESHNESS},
        "tables": tables,
    }


def _entity_text(entity: Entity) -> str:
    return f"{entity.description} Every version that has landed; the key is {', '.join(entity.key)}."


def _table(name: str, description: str, columns: dict[str, Column]) -> dict[str, Any]:
    every = _SYSTEM_COLUMNS | columns | LOAD_COLUMNS
    return {"name": name, "description": description, "columns": [_column(*item) for item in every.items()]}


def _column(name: str, column: Column) -> dict[str, Any]:
    rendered: dict[str, Any] = {"name": name, "description": column.meaning, "data_type": _TYPES[column.type]}
    if column.pii:
        rendered["config"] = {"meta": {"personal": True}}
    return rendered


def main() -> None:
    """Write every file."""
    for path, text in render_sources().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
