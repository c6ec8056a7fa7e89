"""The shape of a mapping file: its keys, their types, and what can be said of them without the contract.

Belongs here: the models that a mapping file is read into. Does not belong here: whether its entities and columns exist
in the contract, and where its files are (`ingestion.mapping`).
"""

from __future__ import annotations

import codecs
import datetime as dt
from typing import Annotated, Any, Final, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ingestion.contract import Kind
from ingestion.expressions import Expression, ExpressionError, parse_expression

DATE_PLACEHOLDER: Final = "{date}"
STORE_PLACEHOLDER: Final = "{store}"
PSEUDO_COLUMNS: Final = ("_file", "_row", "_file_date", "_file_store", "_content_key")
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
    replaces: bool = False
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


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Expected(Part):
    """Which files must come, so that one that does not is missed.

    Attributes:
        entities: those of which every store delivers a file every day.
        stores: the stores; left out: each that has ever delivered, from its first file on.
        days_late: so many days after its own a file may still come.
        closed_on: days of the week on which no store delivers.
        closed_days: other days on which none does.
        lookback_days: how many days back a file is missed.
    """

    entities: tuple[str, ...] = Field(min_length=1)
    stores: tuple[str, ...] = ()
    days_late: int = Field(default=1, ge=0, le=60)
    closed_on: tuple[Weekday, ...] = ()
    closed_days: tuple[dt.date, ...] = ()
    lookback_days: int = Field(default=60, ge=1, le=3650)


class MappingFile(Part):
    """A whole mapping file, as written."""

    system: str = Field(pattern=r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$", max_length=60)
    kind: Kind
    location: str
    time_zone: Zone | None = None
    partitions: Partitions | None = None
    expected: Expected | None = None
    format: dict[str, Any] = {}
    entities: dict[str, dict[str, Any]] = Field(min_length=1)
