"""The columns of a table or query, and in which form each is asked for so that it arrives as it is.

    int, bool, text, float       as they are
    date, time of day with date  guarded: infinity and 0000-00-00, which are no dates, come as NULL
    bytes                        not asked for
    everything else              as text (decimals of any size, unsigned numbers, JSON, enumerations, times of day)

Belongs here: the type codes of the drivers. Does not belong here: what a column means.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

ColumnKind = Literal["plain", "date", "time", "instant", "text", "bytes"]

_PLAIN: Final[ColumnKind] = "plain"
# https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat
_POSTGRES: Final[dict[int, ColumnKind]] = {
    **dict.fromkeys((16, 18, 19, 20, 21, 23, 25, 700, 701, 1042, 1043), _PLAIN),
    1082: "date",
    1114: "time",
    1184: "instant",
    17: "bytes",
}
# https://mariadb.com/kb/en/result-set-packets/
_MARIA: Final[dict[int, ColumnKind]] = {
    **dict.fromkeys((1, 2, 3, 4, 5, 8, 9, 253), _PLAIN),
    10: "date",
    7: "time",
    12: "time",
}
_MARIA_STRINGS: Final = frozenset({249, 250, 251, 252, 253, 254})
_MARIA_UNSIGNED: Final = 32
_MARIA_BINARY: Final = 63
_MARIA_LONGLONG: Final = 8


@dataclass(frozen=True)
class SourceColumn:
    """A column of the database. `expression` makes SQL of its quoted name; None: the column is not asked for."""

    name: str
    kind: ColumnKind
    expression: Callable[[str], str] | None


def postgres_columns(cursor: Any) -> tuple[SourceColumn, ...]:  # noqa: ANN401
    """Return the columns of a result of psycopg."""
    return tuple(_postgres(column.name, _POSTGRES.get(column.type_code, "text")) for column in cursor.description)


def maria_columns(cursor: Any) -> tuple[SourceColumn, ...]:  # noqa: ANN401
    """Return the columns of a result of PyMySQL."""
    return tuple(_maria(str(field.name), _maria_kind(field)) for field in cursor._result.fields)


def _maria_kind(field: Any) -> ColumnKind:  # noqa: ANN401
    if field.type_code in _MARIA_STRINGS and field.charsetnr == _MARIA_BINARY:
        return "bytes"
    if field.type_code == _MARIA_LONGLONG and field.flags & _MARIA_UNSIGNED:
        return "text"
    return _MARIA.get(field.type_code, "text")


def _postgres(name: str, kind: ColumnKind) -> SourceColumn:
    if kind in ("date", "time", "instant"):
        return SourceColumn(name, kind, lambda sql: f"case when isfinite({sql}) then {sql} end")
    forms: dict[str, Callable[[str], str] | None] = {"plain": str, "bytes": None}
    return SourceColumn(name, kind, forms.get(kind, lambda sql: f"{sql}::text"))


def _maria(name: str, kind: ColumnKind) -> SourceColumn:
    if kind in ("date", "time"):
        return SourceColumn(name, kind, lambda sql: f"if({sql} = 0, null, {sql})")
    forms: dict[str, Callable[[str], str] | None] = {"plain": str, "bytes": None}
    return SourceColumn(name, kind, forms.get(kind, lambda sql: f"cast({sql} as char)"))
