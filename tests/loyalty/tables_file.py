"""Reads typed tables from CSV and JSON lines; what is wrong is told with file, row, field and remedy."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any


class InvalidInput(Exception):
    """Input that cannot be reckoned with; one message for each mistake."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("\n".join(messages))
        self.messages = messages


@dataclass(frozen=True)
class Kind:
    """A type of field: how its text is read, and what to write when it cannot be."""

    read: Callable[[str], Any]
    remedy: str


def _boolean(text: str) -> bool:
    values = {"true": True, "false": False}
    return values[text.lower()]


def _instant(text: str) -> dt.datetime:
    at = dt.datetime.fromisoformat(text)
    return at.astimezone(dt.UTC).replace(tzinfo=None) if at.tzinfo else at


TEXT = Kind(str, "write a text")
INTEGER = Kind(int, "write a whole number")
DATE = Kind(dt.date.fromisoformat, "write a date such as 2024-02-29")
INSTANT = Kind(_instant, "write an instant in UTC such as 2024-02-29T21:59:59, or one with its offset")
BOOLEAN = Kind(_boolean, "write true or false")


def decimal(places: int) -> Kind:
    """A decimal with at most so many places."""

    def read(text: str) -> Decimal:
        value = Decimal(text)
        exponent = value.as_tuple().exponent
        if not isinstance(exponent, int) or -exponent > places:
            raise ValueError(text)
        return value

    return Kind(read, f"write a number with at most {places} decimals, such as 12.5")


def choice(*values: str) -> Kind:
    """One of some words."""
    return Kind({value: value for value in values}.__getitem__, f"write one of: {', '.join(values)}")


@dataclass(frozen=True)
class Row:
    """A row with its place, so that a mistake found later can still be told with it."""

    file: str
    number: int
    values: Mapping[str, Any]

    def problem(self, field: str, value: object, remedy: str) -> str:
        """Say what is wrong where."""
        return f"{self.file}, row {self.number}, {field} = {value if value is not None else '(empty)'}: {remedy}"


def read_rows(path: Path, kinds: Mapping[str, Kind], optional: frozenset[str] = frozenset()) -> list[Row]:
    """Read a file; a CSV has a header, in JSON lines every line is an object. Empty fields are None.

    Row numbers count as an editor does: the header of a CSV is row 1.

    Raises:
        InvalidInput: When the file is missing, or its columns or values are not what they should be.
    """
    if not path.is_file():
        raise InvalidInput([f"{path}: there is no such file; write it, or correct the path"])
    problems: list[str] = []
    rows = []
    for number, texts in _texts(path):
        for field in sorted(set(texts) - set(kinds)):
            known = ", ".join(sorted(kinds))
            problems.append(f"{path.name}, row {number}, {field}: no such column; remove it, the columns are {known}")
        for field in sorted(set(kinds) - optional - set(texts)):
            problems.append(f"{path.name}, row {number}, {field}: the column is missing; add it, empty where it may be")
        rows.append(_read_row(Row(path.name, number, texts), kinds, problems))
    if problems:
        raise InvalidInput(list(dict.fromkeys(problems)))
    return rows


def _read_row(row: Row, kinds: Mapping[str, Kind], problems: list[str]) -> Row:
    values: dict[str, Any] = {}
    for field, text in row.values.items():
        values[field] = None
        if field in kinds and text not in (None, ""):
            try:
                values[field] = kinds[field].read(str(text))
            except (ValueError, KeyError, InvalidOperation):
                problems.append(row.problem(field, text, kinds[field].remedy))
    return Row(row.file, row.number, values)


def _texts(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix != ".jsonl":
            reader = csv.DictReader(file, restkey="(more fields than the header)")
            for record in reader:
                yield reader.line_num, record
            return
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, _object(path, number, line)


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except json.JSONDecodeError as error:
        raise InvalidInput([f"{path.name}, row {number}: {error}; write one JSON object on each line"]) from error
    if not isinstance(found, dict):
        raise InvalidInput([f"{path.name}, row {number}: write one JSON object on each line"])
    return found
