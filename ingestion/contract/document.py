"""The landing contract as a page for people: docs/landing-contract.md is generated from the YAML files.

Belongs here: Markdown from the contract. Does not belong here: any statement that the contract does not make.
Run `python -m ingestion.contract.document` to write the page anew; a test fails while it is out of date.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ingestion.contract import KINDS, Column, Contract, Entity, load_contract

PAGE = Path(__file__).resolve().parents[2] / "docs" / "landing-contract.md"

_INTRODUCTION = """\
# The landing contract

What a source system may bring. A mapping file says where each column comes from:
see [add-a-source.md](add-a-source.md).
This page is generated from `ingestion/contract/*.yml`; change it there.

- **Required** columns must have a value in every row; a row without one is quarantined. The others may be left out.
- **Key** columns identify a record. A record may land many times; the version with the newest **clock** counts.
- Rows of an entity that is **part of** another are replaced together: the newest version of the parent decides.
- Types: `decimal` has 14 digits before the point and 4 after it; `timestamp` is an instant, kept in UTC.
- **P** marks personal data, which is kept apart from everything that is published.
"""


def document_contract() -> str:
    """Return the page, as Markdown."""
    parts = [_INTRODUCTION]
    parts += ["\n".join(_kind(load_contract(kind))) for kind in KINDS]
    return "\n".join(parts).rstrip() + "\n"


def _kind(contract: Contract) -> Iterator[str]:
    yield f"## Kind `{contract.kind}`"
    yield ""
    yield contract.description
    yield ""
    for name, entity in contract.entities.items():
        yield from _entity(name, entity)


def _entity(name: str, entity: Entity) -> Iterator[str]:
    yield f"### {name}"
    yield ""
    yield entity.description
    yield ""
    facts = [f"Key: {', '.join(f'`{column}`' for column in entity.key)}."]
    if entity.clock:
        facts.append(f"Clock: `{entity.clock}`.")
    if entity.parent:
        facts.append(
            f"Part of {entity.parent.entity}, by {', '.join(f'`{column}`' for column in entity.parent.columns)}."
        )
    yield " ".join(facts)
    yield ""
    yield "| column | type | required | P | meaning |"
    yield "|---|---|---|---|---|"
    for column, spec in entity.columns.items():
        personal, required = "P" if spec.pii else "", "yes" if spec.required else ""
        yield f"| `{column}` | {spec.type} | {required} | {personal} | {_meaning(spec)} |"
    yield ""
    for check in entity.checks:
        yield f"A row is quarantined when {check.reason} (`{check.expression}`)."
        yield ""


def _meaning(spec: Column) -> str:
    parts = [spec.meaning]
    if spec.values:
        parts.append(f"One of {', '.join(f'`{value}`' for value in spec.values)}.")
    if spec.min is not None:
        parts.append(f"At least {spec.min:g}.")
    if spec.references:
        parts.append(f"Refers to {spec.references}.")
    return " ".join(parts).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(document_contract(), encoding="utf-8")
