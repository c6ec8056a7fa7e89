"""The mapping file: how one system's files become entities of the landing contract.

    my_shop/mapping.yml -> System(name, kind, location, entities: {orders: EntityMapping(files, columns, ...)})

Belongs here: the validation of a mapping file against the contract, and the list of configured systems.
Does not belong here: the keys of a mapping file (`ingestion.mapping_file`), reading the mapped files
(`ingestion.files`). The reference for users is docs/add-a-source.md.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from ingestion.contract import Column, Entity, Kind, load_contract
from ingestion.errors import MappingError
from ingestion.mapping_file import (
    DATE_PLACEHOLDER,
    PSEUDO_COLUMNS,
    STORE_PLACEHOLDER,
    ColumnMapping,
    EntityMapping,
    Expected,
    FileFormat,
    FileType,
    MappingFile,
    Partitions,
)
from ingestion.settings import Settings

SAMPLE_PLACEHOLDER: Final = "{sample}"
Model = TypeVar("Model", bound=BaseModel)

__all__ = [
    "DATE_PLACEHOLDER",
    "PSEUDO_COLUMNS",
    "STORE_PLACEHOLDER",
    "ColumnMapping",
    "EntityMapping",
    "FileFormat",
    "FileType",
    "Partitions",
    "System",
    "load_system",
    "load_systems",
]


class System(BaseModel):
    """One configured source system, resolved: defaults merged, location absolute, every name checked."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Kind
    location: str
    time_zone: str
    partitions: Partitions | None
    expected: Expected | None = None
    entities: dict[str, EntityMapping]
    mapping_path: Path

    @property
    def zone(self) -> ZoneInfo:
        """Zone of instants that carry none."""
        return ZoneInfo(self.time_zone)

    def contract(self, entity: str) -> Entity:
        """Return the contract of one of the entities."""
        return load_contract(self.kind).entities[entity]


def load_systems(settings: Settings) -> tuple[System, ...]:
    """Return every system of files; the built-in sample retailer's when no system at all is configured.

    Raises:
        MappingError: names the mapping file, the entity and column, what is wrong and the remedy.
    """
    paths: Sequence[Path] = settings.mapping_paths
    if settings.uses_sample:
        paths = sorted((Path(__file__).parent / "sample" / "mappings").glob("*.yml"))
    systems: dict[str, System] = {}
    for path in paths:
        system = load_system(path, settings)
        if system.name in systems:
            other = systems[system.name].mapping_path
            raise MappingError(f"{path}: system {system.name!r} is already mapped by {other}; give each its own name")
        systems[system.name] = system
    return tuple(systems.values())


def load_system(path: Path, settings: Settings) -> System:
    """Read, validate and resolve one mapping file.

    Raises:
        MappingError: names the mapping file, the entity and column, what is wrong and the remedy.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MappingError(f"{path}: cannot be read as YAML: {error}") from error
    if not isinstance(document, dict):
        raise MappingError(f"{path}: must be a YAML mapping with the keys system, kind, location and entities")
    return build_system(path, document, settings)


def build_system(path: Path, document: dict[str, Any], settings: Settings) -> System:
    """Validate and resolve what a mapping file says.

    Raises:
        MappingError: names the mapping file, the entity and column, what is wrong and the remedy.
    """
    mapping = _validated(MappingFile, document, str(path))
    entities = {name: _entity(path, mapping, name, given) for name, given in mapping.entities.items()}
    return System(
        name=mapping.system,
        kind=mapping.kind,
        location=_location(path, mapping.location, settings),
        time_zone=mapping.time_zone or settings.retailer.time_zone,
        partitions=mapping.partitions,
        expected=_expected(path, mapping),
        entities=entities,
        mapping_path=path,
    )


def _entity(path: Path, mapping: MappingFile, name: str, given: dict[str, Any]) -> EntityMapping:
    where = f"{path}: entity {name!r}"
    known = load_contract(mapping.kind).entities
    if name not in known:
        raise MappingError(f"{where} is not in the contract of kind {mapping.kind}; known: {', '.join(known)}")
    own = given.get("format") or {}
    if not isinstance(own, dict):
        raise MappingError(f"{where}: format must be a YAML mapping, for example {{delimiter: ';'}}")
    entity = _validated(EntityMapping, given | {"format": mapping.format | own}, where)
    contract = known[name]
    if unknown := [column for column in entity.columns if column not in contract.columns]:
        raise MappingError(f"{where}: unknown column {', '.join(unknown)}; known: {', '.join(contract.columns)}")
    missing = [column for column, spec in contract.columns.items() if spec.required and column not in entity.columns]
    if missing:
        remedy = "map each to a source column, or give a constant such as {value: EUR}"
        raise MappingError(f"{where}: required column {', '.join(missing)} is not mapped; {remedy}")
    for column, origin in entity.columns.items():
        _check_column(f"{where}, column {column!r}", contract.columns[column], origin)
    _check_files(where, mapping, entity)
    return entity


def _check_column(where: str, spec: Column, origin: ColumnMapping) -> None:
    if (origin.format or origin.time_zone) and spec.type not in {"date", "timestamp"}:
        raise MappingError(f"{where}: format and time_zone are for dates and timestamps; this is {spec.type}")
    produced = [value for value in (origin.value, origin.default) if value is not None]
    produced += list((origin.values or {}).values())
    if spec.values and (wrong := [value for value in produced if value and value not in spec.values]):
        raise MappingError(f"{where}: {', '.join(wrong)} is not among the contract's values {', '.join(spec.values)}")


def _expected(path: Path, mapping: MappingFile) -> Expected | None:
    if mapping.expected is None:
        return None
    for name in mapping.expected.entities:
        files = mapping.entities.get(name, {}).get("files", ())
        patterns = [files] if isinstance(files, str) else files
        if not any(DATE_PLACEHOLDER in one and STORE_PLACEHOLDER in one for one in patterns):
            raise MappingError(
                f"{path}: expected: the files of {name!r} need {DATE_PLACEHOLDER} and {STORE_PLACEHOLDER} in their path"
            )
    return mapping.expected


def _check_files(where: str, mapping: MappingFile, entity: EntityMapping) -> None:
    for pattern in entity.files:
        once = all(pattern.count(placeholder) <= 1 for placeholder in (DATE_PLACEHOLDER, STORE_PLACEHOLDER))
        if not once or re.search(r"\{(?!(date|store)\})", pattern):
            raise MappingError(
                f"{where}: files {pattern!r} may hold one {DATE_PLACEHOLDER}, one {STORE_PLACEHOLDER} and no other "
                "placeholder"
            )
        if pattern.startswith("/") or ".." in pattern.split("/"):
            raise MappingError(f"{where}: files {pattern!r} must be relative to location, and stay below it")
    dated = any(DATE_PLACEHOLDER in pattern for pattern in entity.files)
    if dated and not mapping.partitions:
        raise MappingError(
            f"{where}: files carry {DATE_PLACEHOLDER}; add partitions: {{start: 2024-01-01}} to the file"
        )


def _location(path: Path, location: str, settings: Settings) -> str:
    resolved = location.replace(SAMPLE_PLACEHOLDER, str(settings.sample_path))
    if re.match(r"^[a-z][a-z0-9+.-]*://", resolved):
        return resolved.rstrip("/")
    return str((path.parent / resolved).resolve())


def _validated(model: type[Model], document: dict[str, Any], where: str) -> Model:
    try:
        return model.model_validate(document)
    except ValidationError as error:
        lines = []
        for issue in error.errors():
            place = ".".join(str(part) for part in issue["loc"])
            message = issue["msg"].removeprefix("Value error, ")
            if issue["type"] == "extra_forbidden":
                message = f"unknown key; known: {', '.join(_known_keys(model, issue['loc']))}"
            lines.append(f"{place}: {message}" if place else message)
        raise MappingError(f"{where}: " + "; ".join(lines)) from error


def _known_keys(model: type[BaseModel], place: tuple[int | str, ...]) -> list[str]:
    parts: dict[str, type[BaseModel]] = {"format": FileFormat, "columns": ColumnMapping, "partitions": Partitions}
    inner = parts.get(str(place[0]), model) if len(place) > 1 else model
    return list(inner.model_fields)
