"""The landing contract: which entities a source system may bring, and what every column of them means.

Belongs here: the YAML files (one per source kind) and the typed view of them that every other room reads.
Does not belong here: how a file or an API is mapped to the contract, and any rule about what the numbers mean.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Final, Literal

import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

ColumnType = Literal["text", "integer", "decimal", "boolean", "date", "timestamp"]
Kind = Literal["eshop", "pos", "survey", "service"]

KINDS: Final[tuple[Kind, ...]] = ("eshop", "pos", "survey", "service")

DUCKDB_TYPES: Final[dict[ColumnType, str]] = {
    "text": "varchar",
    "integer": "bigint",
    "decimal": "decimal(18, 4)",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}

ARROW_TYPES: Final[dict[ColumnType, pa.DataType]] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "decimal": pa.decimal128(18, 4),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


class Strict(BaseModel):
    """A frozen model that refuses unknown keys, so that a misspelt word never passes silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(Strict):
    """One column of an entity."""

    type: ColumnType
    meaning: str
    required: bool = False
    pii: bool = False
    references: str | None = None
    values: tuple[str, ...] | None = None
    min: float | None = None


class Check(Strict):
    """A rule over the columns of one row; a row for which the SQL expression is false is quarantined."""

    name: str
    expression: str
    reason: str


class Parent(Strict):
    """The entity that a row is a part of: the newest version of the parent replaces all of its children.

    Only for entities whose clock is the version of the parent. What has a clock of its own (payments, refunds) comes
    one by one: a second refund does not replace the first.
    """

    entity: str
    columns: tuple[str, ...]


class Entity(Strict):
    """One table of the contract."""

    description: str
    key: tuple[str, ...]
    clock: str | None = None
    parent: Parent | None = None
    columns: dict[str, Column]
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _names_exist(self) -> Entity:
        named = [*self.key, *([self.clock] if self.clock else []), *(self.parent.columns if self.parent else ())]
        unknown = [name for name in named if name not in self.columns]
        if unknown:
            raise ValueError(f"key, clock or parent name columns that are not declared: {', '.join(unknown)}")
        if any(not self.columns[name].required for name in self.key):
            raise ValueError("every column of the key must be required")
        return self


class Contract(Strict):
    """All entities of one source kind."""

    kind: Kind
    description: str
    entities: dict[str, Entity] = Field(min_length=1)

    @model_validator(mode="after")
    def _references_exist(self) -> Contract:
        for name, entity in self.entities.items():
            parent = [entity.parent.entity] if entity.parent else []
            referenced = [column.references for column in entity.columns.values() if column.references]
            for target in [*parent, *referenced]:
                if target not in self.entities:
                    raise ValueError(f"{name} refers to the unknown entity {target}")
        return self


@cache
def load_contract(kind: Kind) -> Contract:
    """Return the landing contract of a source kind, read from its YAML file beside this module."""
    text = resources.files(__package__).joinpath(f"{kind}.yml").read_text(encoding="utf-8")
    return Contract.model_validate(yaml.safe_load(text))
