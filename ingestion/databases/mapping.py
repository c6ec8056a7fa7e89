"""The mapping file of a database: which table or query brings an entity, and where its columns come from.

    tills.yml + [connectors.tills] -> Database(name, tables: {sales: TableMapping(table, window, ...)}, system)

Belongs here: the keys that a database's mapping has in the place of files. Does not belong here: columns and
expressions, which are those of every mapping (`ingestion.mapping_file`), and running queries (`client`).
"""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ingestion.contract import Entity, Kind
from ingestion.databases.config import DatabaseConfig
from ingestion.errors import MappingError
from ingestion.mapping import System, build_system
from ingestion.mapping_file import PSEUDO_COLUMNS, EntityMapping, Part, Partitions, Zone
from ingestion.settings import Settings

WHOLE: Final = "whole"
_CURRENCY: Final = "{currency}"
_TABLE: Final = r"^[A-Za-z_][A-Za-z0-9_$]*(\.[A-Za-z_][A-Za-z0-9_$]*)?$"


class TableMapping(Part):
    """What brings an entity.

    Attributes:
        table: name of a table or view, with its schema if need be.
        query: a SELECT in the database's own SQL, instead of a table.
        window: source column with the day on which a record came about, by which tables are read piece by piece.
            Without it the table is read whole each night.
        cursor: source column with the time of the last change, for records that are older than `reread_days`.
    """

    table: str | None = Field(default=None, pattern=_TABLE)
    query: str | None = None
    window: str | None = None
    cursor: str | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> TableMapping:
        if (self.table is None) == (self.query is None):
            raise ValueError("give exactly one of: table (its name), query (a SELECT)")
        if self.query is not None and not re.match(r"\s*(select|with)\b", self.query, re.IGNORECASE):
            raise ValueError("query must be one SELECT")
        if self.query is not None and ";" in self.query:
            raise ValueError("query must be one SELECT, without a semicolon")
        if self.cursor and not self.window:
            raise ValueError("cursor needs window: a table without a window is read whole anyway")
        return self

    @property
    def relation(self) -> str:
        """The table or query as something to select from."""
        return f"(\n{self.query.strip()}\n) as source_rows" if self.query else f"{self.table} as source_rows"

    @property
    def name(self) -> str:
        """What people are told about."""
        return f"table {self.table}" if self.table else "query"


class DatabaseMapping(Part):
    """A whole mapping file of a database, as written."""

    kind: Kind
    dialect: Literal["postgresql", "mariadb"] | None = None
    time_zone: Zone | None = None
    format: dict[str, Any] = Field(default_factory=dict)
    entities: dict[str, dict[str, Any]] = Field(min_length=1)


class Database(BaseModel):
    """One configured database, as a source system like any other."""

    model_config = ConfigDict(frozen=True)

    name: str
    config: DatabaseConfig
    system: System
    tables: dict[str, TableMapping]
    mapping_path: Path

    @property
    def kind(self) -> Kind:
        """Kind of the landing contract, which is the first folder of the lake."""
        return self.system.kind

    @property
    def location(self) -> str:
        """Address of the database."""
        return self.config.url

    @property
    def time_zone(self) -> str:
        """Zone of times that carry none."""
        return self.system.time_zone

    @property
    def partitions(self) -> Partitions | None:
        """The days that can be read again; none when the settings name no first day."""
        return Partitions(start=self.config.start) if self.config.start else None

    @property
    def entities(self) -> dict[str, EntityMapping]:
        """The entities, by name."""
        return self.system.entities

    def contract(self, entity: str) -> Entity:
        """Return the contract of one of the entities."""
        return self.system.contract(entity)


def load_database(name: str, config: DatabaseConfig, settings: Settings) -> Database:
    """Read, validate and resolve the mapping of one database.

    Raises:
        MappingError: names the mapping file, the entity and key, what is wrong and the remedy.
    """
    path, text = _text(name, config, settings)
    document = _document(path, text.replace(_CURRENCY, config.currency or settings.retailer.reporting_currency))
    if document.dialect and document.dialect != config.dialect:
        raise MappingError(f"{path}: is for {document.dialect}, and the url of {name} names {config.dialect}")
    own = set(TableMapping.model_fields)
    tables = dict[str, TableMapping]()
    mapped: dict[str, Any] = {"system": name, "kind": document.kind, "location": config.url, "format": document.format}
    mapped |= {"time_zone": config.time_zone or document.time_zone, "entities": {}}
    for entity, given in document.entities.items():
        if unknown := {"files", "distinct", "replaces"} & set(given):
            raise MappingError(f"{path}: entity {entity!r}: {', '.join(unknown)} is for files; give table or query")
        try:
            tables[entity] = TableMapping.model_validate({key: value for key, value in given.items() if key in own})
        except ValidationError as error:
            said = "; ".join(issue["msg"].removeprefix("Value error, ") for issue in error.errors())
            raise MappingError(f"{path}: entity {entity!r}: {said}") from error
        mapped["entities"][entity] = {key: value for key, value in given.items() if key not in own}
        mapped["entities"][entity]["files"] = [WHOLE]
    system = build_system(path, mapped, settings)
    for entity, mapping in system.entities.items():
        if pseudo := set(PSEUDO_COLUMNS) & set(mapping.reads):
            raise MappingError(f"{path}: entity {entity!r}: {', '.join(sorted(pseudo))} is for files alone")
    return Database(name=name, config=config, system=system, tables=tables, mapping_path=path)


def _text(name: str, config: DatabaseConfig, settings: Settings) -> tuple[Path, str]:
    if config.mapping is None:
        preset = resources.files(__package__).joinpath("presets", f"{config.preset}.yml")
        return Path(str(preset)), preset.read_text(encoding="utf-8")
    path = settings.root / config.mapping
    try:
        return path, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise MappingError(f"{path}: the mapping of connector {name!r} cannot be read: {error}") from error


def _document(path: Path, text: str) -> DatabaseMapping:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise MappingError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(document, dict):
        raise MappingError(f"{path}: must be a YAML mapping with the keys kind and entities")
    try:
        return DatabaseMapping.model_validate(document)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, issue['loc']))}: {issue['msg']}" for issue in error.errors())
        raise MappingError(f"{path}: {said}") from error
