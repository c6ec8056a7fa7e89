"""Typed conversion in SQL: one value of a source as one value of the contract, and the test that it failed.

Belongs here: what a number, a date, an instant or a boolean may look like in a source. Does not belong here: which
column is converted to what (`ingestion.files.plan`). Every function takes and gives SQL text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ingestion.contract import ColumnType
from ingestion.files.scan import literal
from ingestion.mapping import FileFormat

_TRUE: Final = "('true', 't', 'yes', 'y', '1', 'on')"
_FALSE: Final = "('false', 'f', 'no', 'n', '0', 'off')"
_INTEGERS: Final = {
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
}
_LATEST: Final = "9999-12-31 23:59:59.999999"
_THREE_HOURS: Final = "interval 3 hours"
_THREE_HOURS_US: Final = 3 * 3600 * 1_000_000

EXPECTED: Final[dict[ColumnType, str]] = {
    "text": "a text",
    "integer": "a whole number",
    "decimal": "a number with at most 14 digits before and 4 after the decimal point",
    "boolean": "true/false, yes/no, y/n, t/f, on/off or 1/0",
    "date": "a date as YYYY-MM-DD",
    "timestamp": "a time as YYYY-MM-DD HH:MM:SS, with or without an offset",
}


@dataclass(frozen=True)
class Conversion:
    """SQL of the converted value (NULL when it failed), and SQL that is true when it failed (None: it cannot fail)."""

    value: str
    failed: str | None


@dataclass(frozen=True)
class Reading:
    """How one column is to be read: the session's zone is `session_zone`, zone-less instants are in `zone`."""

    layout: FileFormat
    zone: str
    session_zone: str
    pattern: str


def convert(raw: str, source_type: str, target: ColumnType, reading: Reading) -> Conversion:
    """Return the conversion of `raw`, an SQL name of DuckDB type `source_type`, to a type of the contract."""
    source = source_type.split("(", maxsplit=1)[0]
    if target == "text":
        return Conversion(_text(raw, source), None)
    if source in {"FLOAT", "DOUBLE"}:
        raw = f"(case when isnan({raw}) then null else {raw} end)"
    if target == "decimal":
        return _decimal(raw, source, reading.layout)
    if target == "integer":
        return _integer(raw, source, reading.layout)
    if target == "boolean":
        return _boolean(raw, source)
    if target == "date":
        return _date(raw, source, reading)
    return _timestamp(raw, source, reading)


def _text(raw: str, source: str) -> str:
    if source == "VARCHAR":
        return raw
    if source in {"FLOAT", "DOUBLE"}:
        # Numeric ids that passed through a float column come as 17850.0; the id is 17850.
        whole = f"{raw} = trunc({raw}) and abs({raw}) < 1e15"
        return f"(case when isnan({raw}) then null when {whole} then cast(cast({raw} as bigint) as varchar) else cast({raw} as varchar) end)"
    if source.endswith("[]") or source in {"STRUCT", "MAP", "JSON"}:
        return f"cast(to_json({raw}) as varchar)"
    return f"cast({raw} as varchar)"


def _plain_number(raw: str, layout: FileFormat) -> str:
    """Return the text of a number with a decimal point and nothing between thousands; other texts give NULL."""
    if not layout.thousands and not layout.decimal_comma:
        return raw
    point = "," if layout.decimal_comma else "."
    number = raw
    if layout.thousands:
        # A separator in an odd place is a wrong number, not one to be repaired.
        mark = "\\" + layout.thousands if not layout.thousands.isspace() else "[ \u00a0\u202f]"
        grouped = rf"\s*[+-]?\d{{1,3}}({mark}\d{{3}})+(\{point}\d*)?\s*"
        plain = f"regexp_replace({raw}, {literal(mark)}, '', 'g')"
        number = f"(case when regexp_full_match({raw}, {literal(grouped)}) then {plain} else {raw} end)"
    if layout.decimal_comma:
        number = f"(case when contains({number}, '.') then null else replace({number}, ',', '.') end)"
    return number


def _decimal(raw: str, source: str, layout: FileFormat) -> Conversion:
    if source == "VARCHAR":
        number = _plain_number(raw, layout)
        value = f"try_cast({number} as decimal(18, 4))"
        exact = f"try_cast({number} as decimal(38, 20)) is distinct from {value}"
        # Exactness needs a second, slower cast: only where more than four digits or an exponent make it doubtful.
        long = f"(strpos({number}, '.') > 0 and strlen({number}) - strpos({number}, '.') > 4)"
        doubtful = f"({long} or contains({number}, 'e') or contains({number}, 'E'))"
        return Conversion(value, f"({raw} is not null and ({value} is null or ({doubtful} and {exact})))")
    if source in {"FLOAT", "DOUBLE"}:
        value = f"try_cast(round({raw}, 4) as decimal(18, 4))"
        inexact = f"abs({raw} - cast({value} as double)) > 1e-9 * greatest(1, abs({raw}))"
        return Conversion(value, f"({raw} is not null and ({value} is null or {inexact}))")
    if source in _INTEGERS:
        return _casted(raw, "decimal(18, 4)")
    if source == "DECIMAL":
        value = f"try_cast({raw} as decimal(18, 4))"
        return Conversion(value, f"({raw} is not null and {value} is distinct from {raw})")
    return _impossible(raw, "decimal(18, 4)")


def _integer(raw: str, source: str, layout: FileFormat) -> Conversion:
    if source == "VARCHAR":
        number = _plain_number(raw, layout)
        whole = f"regexp_extract({number}, '^\\s*([+-]?\\d+)(\\.0*)?\\s*$', 1)"
        return Conversion(
            f"try_cast({whole} as bigint)", f"({raw} is not null and try_cast({whole} as bigint) is null)"
        )
    if source in _INTEGERS:
        return _casted(raw, "bigint")
    if source in {"FLOAT", "DOUBLE", "DECIMAL"}:
        value = f"try_cast({raw} as bigint)"
        return Conversion(value, f"({raw} is not null and ({value} is null or {value} <> {raw}))")
    return _impossible(raw, "bigint")


def _boolean(raw: str, source: str) -> Conversion:
    if source == "BOOLEAN":
        return Conversion(raw, None)
    text = f"lower(trim(cast({raw} as varchar)))"
    value = f"(case when {text} in {_TRUE} then true when {text} in {_FALSE} then false end)"
    return Conversion(value, f"({raw} is not null and {value} is null)")


def _date(raw: str, source: str, reading: Reading) -> Conversion:
    if source == "DATE":
        value = raw
    elif source == "VARCHAR" and reading.pattern:
        value = f"cast(try_strptime({raw}, {literal(reading.pattern)}) as date)"
    elif source == "VARCHAR" or source.startswith("TIMESTAMP"):
        value = f"try_cast({raw} as date)"
    else:
        return _impossible(raw, "date")
    return _within(raw, value, "date")


def _timestamp(raw: str, source: str, reading: Reading) -> Conversion:
    if source == "TIMESTAMP WITH TIME ZONE":
        value = raw
    elif source == "DATE" or source.startswith("TIMESTAMP"):
        value = instant(f"cast({raw} as timestamp)", reading.zone)
    elif source != "VARCHAR":
        return _impossible(raw, "timestamptz")
    elif "%z" in reading.pattern.lower():
        value = f"try_strptime({raw}, {literal(reading.pattern)})"
    elif reading.pattern:
        value = instant(f"try_strptime({raw}, {literal(reading.pattern)})", reading.zone)
    else:
        value = _iso_instant(raw, reading)
    return _within(raw, value, "timestamptz")


def _iso_instant(raw: str, reading: Reading) -> str:
    zoned = f"try_cast({raw} as timestamptz)"
    wall = f"try_cast({raw} as timestamp)"
    says_zone = f"regexp_matches({raw}, '[A-Za-z]\\s*$|:\\d\\d(\\.\\d+)?\\s*[+-]\\d\\d(:?\\d\\d)?\\s*$')"
    if reading.zone != reading.session_zone:
        return f"(case when {says_zone} then {zoned} else {instant(wall, reading.zone)} end)"
    if reading.zone == "UTC":
        return zoned
    # The session's zone reads a zone-less text; only near a change of the clocks is there more to decide.
    earlier = f"(epoch_us(timezone({literal(reading.zone)}, {wall} - {_THREE_HOURS})) + {_THREE_HOURS_US})"
    plain = f"{earlier} = epoch_us({zoned})"
    return f"(case when {plain} or {says_zone} then {zoned} else {instant(wall, reading.zone)} end)"


def instant(wall: str, zone: str) -> str:
    """Return SQL of the instant of a zone-less time.

    A time that the clocks show twice is the earlier of its two instants. A time that the clocks leave out is read
    with the offset before the change, so that 03:30 in a gap from 03:00 to 04:00 is 04:30 after it.
    """
    name = literal(zone)
    later = f"timezone({name}, {wall})"
    if zone == "UTC":
        return later
    earlier_us = f"(epoch_us(timezone({name}, {wall} - {_THREE_HOURS})) + {_THREE_HOURS_US})"
    earlier = f"timezone('UTC', make_timestamp({earlier_us}))"
    twice = f"{earlier_us} < epoch_us({later}) and timezone({name}, {earlier}) = {wall}"
    return f"(case when {twice} then {earlier} else {later} end)"


def _within(raw: str, value: str, kind: str) -> Conversion:
    suffix = "+00" if kind == "timestamptz" else ""
    latest = _LATEST if kind == "timestamptz" else _LATEST[:10]
    known = f"(case when {value} between {kind} '0001-01-01{suffix and ' 00:00:00+00'}' and {kind} '{latest}{suffix}' then {value} end)"
    return Conversion(known, f"({raw} is not null and {known} is null)")


def _casted(raw: str, kind: str) -> Conversion:
    value = f"try_cast({raw} as {kind})"
    return Conversion(value, f"({raw} is not null and {value} is null)")


def _impossible(raw: str, kind: str) -> Conversion:
    return Conversion(f"cast(null as {kind})", f"({raw} is not null)")
