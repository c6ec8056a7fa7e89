"""The rules of a simulated programme: CSV files in a folder, each in the place of the seed of the same name.

Belongs here: finding, reading and validating the files. Does not belong here: running models.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

SEEDS: Final = "loyalty_"
_TYPES: Final = {"string": "varchar"}

Node = Mapping[str, Any]


class SimulationError(Exception):
    """The programme cannot be simulated; the message names the file, the row, the value and the remedy."""


def rule_files(folder: Path, seeds: Iterable[str]) -> dict[str, Path]:
    """Return the files of the folder by the name of the seed that each replaces.

    Raises:
        SimulationError: the folder is missing or empty, or a file is named like no seed of the programme.
    """
    names = ", ".join(f"{name}.csv" for name in sorted(seeds))
    if not folder.is_dir():
        raise SimulationError(f"{folder} is not a folder; name one with CSV files such as {names}")
    files = {path.stem: path for path in sorted(folder.glob("*.csv"))}
    unknown = [path.name for name, path in files.items() if name not in set(seeds)]
    if unknown:
        raise SimulationError(f"{folder}: {', '.join(unknown)} is no part of a programme; name it one of {names}")
    if not files:
        raise SimulationError(f"{folder} holds no CSV file; put one or more of {names} into it")
    return files


def load_rules(connection: duckdb.DuckDBPyConnection, files: Mapping[str, Path], seeds: Mapping[str, Node]) -> None:
    """Create the tables of the replaced seeds, typed as the seeds are.

    Raises:
        SimulationError: a column is missing or unknown, or a value is not of its type.
    """
    for name, path in files.items():
        seed = seeds[name]
        types = {column: _TYPES.get(kind, kind) for column, kind in seed["config"]["column_types"].items()}
        rows = _rows(path, list(types))
        relation = f'"{seed["schema"]}"."{seed["alias"]}"'
        columns = ", ".join(f'"{column}" {kind}' for column, kind in types.items())
        connection.execute(f"create or replace table {relation} ({columns})")
        marks = ", ".join("?" for _ in types)
        for number, row in enumerate(rows, start=2):
            values = [_typed(connection, path, number, column, row[column], types[column]) for column in types]
            connection.execute(f"insert into {relation} values ({marks})", values)


def check_rules(connection: duckdb.DuckDBPyConnection, tests: list[Node]) -> None:
    """Run the seeds' own tests on the rules that are loaded.

    Raises:
        SimulationError: rules are broken; each offending row is in the message.
    """
    told = []
    for test in sorted(tests, key=lambda node: str(node["name"])):
        cursor = connection.execute(test["compiled_code"])
        columns = [column[0] for column in cursor.description or []]
        told += [f"  {test['name']}: {_told(columns, row)}" for row in cursor.fetchall()]
    if told:
        raise SimulationError("The rules are broken:\n" + "\n".join(told))


def _rows(path: Path, columns: list[str]) -> list[dict[str, str | None]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        header = list(reader.fieldnames or [])
        wrong = [f"{name!r} is missing" for name in columns if name not in header]
        wrong += [f"{name!r} is unknown" for name in header if name not in columns]
        if wrong:
            raise SimulationError(f"{path}: column {', '.join(wrong)}; the columns are {', '.join(columns)}")
        rows = list(reader)
    for number, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise SimulationError(f"{path}, row {number}: it has not {len(header)} fields; give every column a value")
    return [{name: value or None for name, value in row.items()} for row in rows]


def _typed(
    connection: duckdb.DuckDBPyConnection, path: Path, number: int, column: str, value: str | None, kind: str
) -> object:
    ((typed,),) = connection.execute(f"select try_cast(? as {kind})", [value]).fetchall()
    if value is not None and typed is None:
        raise SimulationError(f"{path}, row {number}, column {column}: {value!r} is not of type {kind}; correct it")
    return typed


def _told(columns: list[str], row: tuple[object, ...]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in zip(columns, row, strict=True))
