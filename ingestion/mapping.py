"""The mapping file: how one system's files become entities of the landing contract.

    my_shop/mapping.yml -> System(name, kind, location, entities: {orders: EntityMapping(files, columns, ...)})

Belongs here: the shape of a mapping file, its validation against the contract, and the list of configured systems.
Does not belong here: reading the mapped files (`ingestion.files`). The reference for users is docs/add-a-source.md.
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ingestion.contract import Column, Entity, Kind, load_contract
from ingestion.errors import MappingError
from ingestion.expressions import Expression, ExpressionError, parse_expression
from ingestion.settings import Settings

DATE_PLACEHOLDER: Final = "{date}"
SAMPLE_PLACEHOLDER: Final = "{sample}"
PSEUDO_COLUMNS: Final = ("_file", "_row", "_file_date", "_content_key")
Model = TypeVar("Model", bound=BaseModel)
FileType = Literal["csv", "parquet", "jsonl"]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(f"{name!r} is not an IANA time zone; write one such as 'Europe/Athens'")
    return name


def _encoding(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise ValueError(f"{name!r} is not an encoding; write one such as 'utf-8', 'cp1253' or 'latin-1'") from error


def _character(text: str) -> str:
    if len(text) != 1:
        raise ValueError(f"{text!r} must be one character")
    return text


def _checked(sql: str) -> str:
    try:
        parse_expression(sql)
    except ExpressionError as error:
        raise ValueError(str(error)) from error
    return sql


def _text(value: object) -> object:
    # YAML reads `value: 1` as a number and `N: x` as a boolean; a cell is text, whatever YAML makes of it.
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float | dt.date) else value


def _texts(value: object) -> object:
    return {_text(key): _text(item) for key, item in value.items()} if isinstance(value, dict) else value


def _many(value: object) -> object:
    return [value] if isinstance(value, str) else value


Zone = Annotated[str, AfterValidator(_zone)]
Character = Annotated[str, AfterValidator(_character)]
Encoding = Annotated[str, AfterValidator(_encoding)]
Sql = Annotated[str, AfterValidator(_checked)]
CellText = Annotated[str, BeforeValidator(_text)]
CellTexts = Annotated[dict[str, str], BeforeValidator(_texts)]


class Part(BaseModel):
    """A part of a mapping file; an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileFormat(Part):
    """How files are written. Given for the system, and overridden per entity."""

    type: FileType | None = None
    delimiter: Character | None = None
    quote: Character = '"'
    escape: Character = '"'
    header: bool | tuple[str, ...] = True
    encoding: Encoding = "utf-8"
    decimal_comma: bool = False
    thousands: str = Field(default="", max_length=1)
    date_format: str = ""
    timestamp_format: str = ""
    null_values: tuple[str, ...] = ("",)

    @model_validator(mode="after")
    def _consistent(self) -> FileFormat:
        if self.header is False:
            raise ValueError("header: a file without a header line needs its column names: header: [order_id, total]")
        if self.thousands and self.thousands == ("," if self.decimal_comma else "."):
            raise ValueError(f"thousands {self.thousands!r} is the decimal separator too; change one of the two")
        return self


class ColumnMapping(Part):
    """Where one contract column comes from: a source column, a constant or an expression."""

    column: str | None = None
    value: CellText | None = None
    expr: Sql | None = None
    values: CellTexts | None = None
    default: CellText | None = None
    format: str | None = None
    time_zone: Zone | None = None

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, given: object) -> object:
        return {"column": given} if isinstance(given, str) else given

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnMapping:
        if sum(origin is not None for origin in (self.column, self.value, self.expr)) != 1:
            raise ValueError("give exactly one of: column (a source column), value (a constant), expr (an expression)")
        return self

    @property
    def reads(self) -> tuple[str, ...]:
        """The source columns that are read."""
        if self.column is not None:
            return (self.column,)
        return parse_expression(self.expr).columns if self.expr is not None else ()


class EntityMapping(Part):
    """The files of one entity, and where its columns come from."""

    files: Annotated[tuple[str, ...], BeforeValidator(_many), Field(min_length=1)]
    format: FileFormat = FileFormat()
    where: Sql | None = None
    distinct: bool = False
    columns: dict[str, ColumnMapping] = Field(min_length=1)

    @property
    def filter(self) -> Expression | None:
        """The filter over source columns, parsed."""
        return parse_expression(self.where) if self.where else None

    @property
    def reads(self) -> tuple[str, ...]:
        """The source columns that the mapping reads, pseudo columns included."""
        mapped = [name for column in self.columns.values() for name in column.reads]
        return tuple(dict.fromkeys([*mapped, *(self.filter.columns if self.filter else ())]))


class Partitions(Part):
    """The days for which the system's files carry a `{date}`: what can be backfilled."""

    start: dt.date
    end: dt.date | None = None


class MappingFile(Part):
    """A whole mapping file, as written."""

    system: str = Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=60)
    kind: Kind
    location: str
    time_zone: Zone | None = None
    partitions: Partitions | None = None
    format: dict[str, Any] = {}
    entities: dict[str, dict[str, Any]] = Field(min_length=1)


class System(BaseModel):
    """One configured source system, resolved: defaults merged, location absolute, every name checked."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Kind
    location: str
    time_zone: str
    partitions: Partitions | None
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
    """Return every configured system; the built-in sample retailer's when none is configured.

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
    mapping = _validated(MappingFile, document, str(path))
    entities = {name: _entity(path, mapping, name, given) for name, given in mapping.entities.items()}
    return System(
        name=mapping.system,
        kind=mapping.kind,
        location=_location(path, mapping.location, settings),
        time_zone=mapping.time_zone or settings.retailer.time_zone,
        partitions=mapping.partitions,
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


def _check_files(where: str, mapping: MappingFile, entity: EntityMapping) -> None:
    for pattern in entity.files:
        if pattern.count(DATE_PLACEHOLDER) > 1 or re.search(r"\{(?!date\})", pattern):
            raise MappingError(f"{where}: files {pattern!r} may hold one {DATE_PLACEHOLDER} and no other placeholder")
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
