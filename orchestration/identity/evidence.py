"""What each comparison of two customer records says, for one pair at a time.

Belongs here: comparing two records by the declared comparisons, without Splink, and putting the weights into words.
Does not belong here: whether the two are one person, which their clusters decide.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import duckdb
import numpy as np

from orchestration.identity import candidates
from orchestration.identity.comparisons import COMPARISONS, Comparison
from orchestration.identity.mixture import KINDS, PERSON, Model, log_likelihoods, unpack
from orchestration.identity.scoring import COLUMN, COMPARED

OTHERWISE: Final = {
    "household": "two people of one household",
    "neighbours": "neighbours",
    "namesakes": "namesakes",
    "contemporaries": "two people who were born on one day",
    "same_day_family": "two people who were born on one day",
}


class Contribution(NamedTuple):
    """What one comparison adds to the weight of a pair: a positive weight speaks for one person."""

    comparison: str
    level: str
    weight: float


def contributions(connection: duckdb.DuckDBPyConnection, model: Model, key_a: str, key_b: str) -> list[Contribution]:
    """Return what each comparison says of two records, whether they were ever compared or not.

    The weights are base-2 logarithms of how much likelier the answer is of one person than of what the pair would most
    likely be otherwise. They add up to the weight of the pair, less how common the names and the area are.

    Args:
        connection: the warehouse, which is read only.
        model: what the answers weigh.
        key_a: one customer_record_key.
        key_b: the other.
    """
    pattern = _pattern(connection, key_a, key_b)
    if pattern is None:
        return []
    levels = unpack(np.asarray([pattern], dtype=np.int64))
    likelihoods = log_likelihoods(model, levels)[0]
    other = int(np.argmax(likelihoods[1:])) + 1
    label = f"one person rather than {OTHERWISE[KINDS[other]]}"
    found = [Contribution("before anything is compared", label, _bits(np.log(model.shares), other))]
    for comparison in COMPARISONS:
        level = int(levels[0, COLUMN[comparison.name]])
        if level >= 0:
            weight = _bits(model.evidence(comparison.name, level), other)
            found.append(Contribution(comparison.name, comparison.levels[level].label, weight))
    return found


def _bits(logarithms: np.ndarray[tuple[int, ...], np.dtype[np.float64]], other: int) -> float:
    return float((logarithms[PERSON] - logarithms[other]) / np.log(2))


def _pattern(connection: duckdb.DuckDBPyConnection, key_a: str, key_b: str) -> int | None:
    terms, base = [], 1
    for comparison in COMPARISONS:
        terms.append(f"({_digit(comparison)}) * {base}")
        base *= len(comparison.levels) + 1
    with connection.cursor() as cursor:
        cursor.execute(candidates.TEMPORARY_FUNCTIONS)
        sides = []
        for side, key in (("l", key_a), ("r", key_b)):
            rows = cursor.execute(f"describe {COMPARED}").fetchall()
            columns = ", ".join(f"{name} as {name}_{side}" for name, *_ in rows)
            cursor.execute(f"create temp table side_{side} as select {columns} from {COMPARED} where false")
            cursor.execute(
                f"insert into side_{side} select * from {COMPARED} where customer_record_key = $key", {"key": key}
            )
            sides.append(f"side_{side}")
        found = cursor.execute(f"select {' + '.join(terms)} from {' cross join '.join(sides)}").fetchall()
    return int(found[0][0]) if found else None


def _digit(comparison: Comparison) -> str:
    last = len(comparison.levels)
    answers = " ".join(
        f"when {level.condition} then {last - number}" for number, level in enumerate(comparison.levels[:-1])
    )
    return f"case when {comparison.unknown} then 0 {answers} else 1 end"
