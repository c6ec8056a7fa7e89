"""Typed conversion in SQL: one value of a source as one value of the contract, and the test that it failed.

Belongs here: what a number, a date, an instant or a boolean may look like in a source. Does not belong here: which
column is converted to what (`ingestion.files.plan`). Every function takes and gives SQL text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ingestion.contract import ColumnType
from ingestion.files.scan import identifier, literal
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
_FLOATS: Final = {"FLOAT", "DOUBLE"}
_EARLIEST: Final = "timestamptz '0001-01-02 00:00:00+00'"
_LATEST: Final = "timestamptz '9999-12-31 00:00:00+00'"
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
    """How one column is converted, in layers, so that DuckDB works out every cast once.

    `helpers` are layers of named SQL, each of which may refer to the ones before; `value` may refer to all of them, and
    `failed` (true when the value is wrong; None: it cannot be) to the value by its name. The value of a failed row
    means nothing.
    """

    value: str
    failed: str | None
    helpers: tuple[dict[str, str], ...] = ()


@dataclass(frozen=True)
class Reading:
    """How one column is to be read: the session's zone is `session_zone`, zone-less instants are in `zone`."""

    layout: FileFormat
    zone: str
    session_zone: str
    pattern: str


def convert(raw: str, source_type: str, name: str, target: ColumnType, reading: Reading) -> Conversion:
    """Return the conversion of `raw`, an SQL name of DuckDB type `source_type`, to the contract column `name`."""
    source = source_type.split("(", maxsplit=1)[0]
    if target == "text":
        return Conversion(text(raw, source), None)
    if target == "decimal":
        return _decimal(raw, source, name, reading.layout)
    if target == "integer":
        return _integer(raw, source, name, reading.layout)
    if target == "boolean":
        return _boolean(raw, source, name)
    if target == "date":
        return _date(raw, source, name, reading)
    return _timestamp(raw, source, name, reading)


def text(raw: str, source: str) -> str:
    """Return SQL of the text of a value of DuckDB type `source`."""
    if source == "VARCHAR":
        return raw
    if source in _FLOATS:
        # Numeric ids that passed through a float column come as 17850.0; the id is 17850.
        whole = f"{raw} = trunc({raw}) and abs({raw}) < 1e15"
        integer = f"cast(cast({raw} as bigint) as varchar)"
        return f"(case when isnan({raw}) then null when {whole} then {integer} else cast({raw} as varchar) end)"
    if source.endswith("[]") or source in {"STRUCT", "MAP", "JSON"}:
        return f"cast(to_json({raw}) as varchar)"
    return f"cast({raw} as varchar)"


def _lost(raw: str, name: str, otherwise: str = "false") -> str:
    return f"({raw} is not null and ({name} is null or {otherwise}))"


def _plain_number(raw: str, layout: FileFormat) -> str:
    """Return the text of a number with a decimal point and nothing between thousands; other texts give NULL."""
    number = raw
    point = "," if layout.decimal_comma else "."
    if layout.thousands:
        # A separator in an odd place is a wrong number, not one to be repaired.
        mark = "\\" + layout.thousands if not layout.thousands.isspace() else "[ \u00a0\u202f]"
        grouped = rf"\s*[+-]?\d{{1,3}}({mark}\d{{3}})+(\{point}\d*)?\s*"
        plain = f"regexp_replace({raw}, {literal(mark)}, '', 'g')"
        number = f"(case when regexp_full_match({raw}, {literal(grouped)}) then {plain} else {raw} end)"
    if layout.decimal_comma:
        number = f"(case when contains({number}, '.') then null else replace({number}, ',', '.') end)"
    return number


def _decimal(raw: str, source: str, name: str, layout: FileFormat) -> Conversion:
    if source == "VARCHAR":
        helpers: tuple[dict[str, str], ...] = ()
        number = raw
        if layout.thousands or layout.decimal_comma:
            number = identifier(f"n:{name}")
            helpers = ({number: _plain_number(raw, layout)},)
        # Exactness costs: it is looked at only where more than four digits or an exponent make it doubtful.
        long = f"(strpos({number}, '.') > 0 and strlen({number}) - strpos({number}, '.') > 4)"
        digits = f"({long} and regexp_matches({number}, '\\.\\d{{4}}\\d*[1-9]'))"
        exponent = f"(contains({number}, 'e') or contains({number}, 'E'))"
        rounded = f"(try_cast({number} as decimal(38, 20)) is distinct from {name})"
        vanished = f"({name} = 0 and try_cast({number} as double) <> 0)"
        inexact = f"(case when {exponent} then {rounded} or {vanished} else {digits} end)"
        return Conversion(f"try_cast({number} as decimal(18, 4))", _lost(raw, name, inexact), helpers)
    if source in _FLOATS:
        # The noise of binary fractions is no digit of the amount: 0.1 + 0.2 is 0.3.
        known = f"(case when isnan({raw}) then null else {raw} end)"
        inexact = f"abs({known} - cast({name} as double)) > 1e-9 * greatest(1, abs({known}))"
        return Conversion(f"try_cast(round({known}, 4) as decimal(18, 4))", _lost(known, name, inexact))
    if source in _INTEGERS:
        return Conversion(f"try_cast({raw} as decimal(18, 4))", _lost(raw, name))
    if source == "DECIMAL":
        return Conversion(f"try_cast({raw} as decimal(18, 4))", _lost(raw, name, f"{name} <> {raw}"))
    return _impossible(raw, "decimal(18, 4)")


def _integer(raw: str, source: str, name: str, layout: FileFormat) -> Conversion:
    if source == "VARCHAR":
        whole = f"regexp_extract({_plain_number(raw, layout)}, '^\\s*([+-]?\\d+)(\\.0*)?\\s*$', 1)"
        return Conversion(f"try_cast({whole} as bigint)", _lost(raw, name))
    if source in _INTEGERS:
        return Conversion(f"try_cast({raw} as bigint)", _lost(raw, name))
    if source in {*_FLOATS, "DECIMAL"}:
        known = f"(case when isnan({raw}) then null else {raw} end)" if source in _FLOATS else raw
        return Conversion(f"try_cast({known} as bigint)", _lost(known, name, f"{name} <> {known}"))
    return _impossible(raw, "bigint")


def _boolean(raw: str, source: str, name: str) -> Conversion:
    if source == "BOOLEAN":
        return Conversion(raw, None)
    word = f"lower(trim(cast({raw} as varchar)))"
    value = f"(case when {word} in {_TRUE} then true when {word} in {_FALSE} then false end)"
    return Conversion(value, _lost(raw, name))


def _date(raw: str, source: str, name: str, reading: Reading) -> Conversion:
    outside = f"{name} not between date '0001-01-01' and date '9999-12-31'"
    if source == "DATE":
        return Conversion(raw, _lost(raw, name, outside))
    if source == "VARCHAR" and reading.pattern:
        value = f"cast(try_strptime({raw}, {literal(reading.pattern)}) as date)"
        return Conversion(value, _lost(raw, name, outside))
    if source == "VARCHAR" or source.startswith("TIMESTAMP"):
        return Conversion(f"try_cast({raw} as date)", _lost(raw, name, outside))
    return _impossible(raw, "date")


def _timestamp(raw: str, source: str, name: str, reading: Reading) -> Conversion:
    outside = f"{name} not between {_EARLIEST} and {_LATEST}"
    failed = _lost(raw, name, outside)
    if source == "TIMESTAMP WITH TIME ZONE":
        return Conversion(raw, failed)
    if source not in {"VARCHAR", "DATE"} and not source.startswith("TIMESTAMP"):
        return _impossible(raw, "timestamptz")
    if source == "VARCHAR" and "%z" in reading.pattern.lower():
        return Conversion(f"try_strptime({raw}, {literal(reading.pattern)})", failed)
    wall, before = identifier(f"w:{name}"), identifier(f"b:{name}")
    if source != "VARCHAR":
        walls = f"cast({raw} as timestamp)"
    elif reading.pattern:
        walls = f"try_strptime({raw}, {literal(reading.pattern)})"
    else:
        walls = f"try_cast({raw} as timestamp)"
    casts = {wall: walls}
    value = _instant(wall, before, reading.zone)
    if source == "VARCHAR" and not reading.pattern:
        zoned = f"try_cast({raw} as timestamptz)"
        if reading.zone != reading.session_zone:
            value = f"(case when {_says_zone(raw)} then {zoned} else {value} end)"
        else:
            read = identifier(f"z:{name}")
            return Conversion(_iso_instant(raw, read, reading.zone), failed, ({read: zoned},))
    return Conversion(value, failed, (casts, {before: _counted_from_before(wall, reading.zone)}))


def _iso_instant(raw: str, zoned: str, zone: str) -> str:
    """Return SQL of the instant of a text in the session's zone, `zoned` being the text as that zone reads it.

    Only near a change of the clocks is there more to decide; what a time with `Z` does not need is never worked out.
    """
    wall = f"try_cast({raw} as timestamp)"
    before = _counted_from_before(wall, zone)
    plain = f"ends_with({raw}, 'Z') or {before} = epoch_us({zoned}) or {_says_zone(raw)}"
    return f"(case when {plain} then {zoned} else {_instant(wall, f'({before})', zone)} end)"


def _says_zone(raw: str) -> str:
    pattern = r"[A-Za-z]\s*$|:\d\d(\.\d+)?\s*[+-]\d\d(:?\d\d)?\s*$"
    return f"regexp_matches({raw}, {literal(pattern)})"


def _counted_from_before(wall: str, zone: str) -> str:
    """Return SQL of the instant in microseconds, counted on from three hours before, when no clock had changed."""
    return f"epoch_us(timezone({literal(zone)}, {wall} - interval 3 hours)) + {_THREE_HOURS_US}"


def _instant(wall: str, before: str, zone: str) -> str:
    """Return SQL of the instant of a zone-less time.

    A time that the clocks show twice is the earlier of its two instants. A time that the clocks leave out is read
    with the offset before the change, so that 03:30 in a gap from 03:00 to 04:00 is 04:30 after it.
    """
    later = f"timezone({literal(zone)}, {wall})"
    earlier = f"timezone('UTC', make_timestamp({before}))"
    twice = f"{before} < epoch_us({later}) and timezone({literal(zone)}, {earlier}) = {wall}"
    return f"(case when {twice} then {earlier} else {later} end)"


def _impossible(raw: str, kind: str) -> Conversion:
    return Conversion(f"cast(null as {kind})", f"({raw} is not null)")
