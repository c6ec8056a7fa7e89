"""The largest remainder method of `macros/shared/money.sql` against plain Python, on random orders."""

from __future__ import annotations

import random
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import jinja2

MACROS = Path(__file__).parents[2] / "dbt_project" / "macros"


class Adapter:
    """Stands in for dbt's dispatch: every macro's default is DuckDB's."""

    def __init__(self) -> None:
        self.macros: dict[str, Any] = {}

    def dispatch(self, name: str, _package: str) -> Any:
        return self.macros[f"default__{name}"]


def spread_sql(relation: str) -> str:
    adapter = Adapter()
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    source = "".join((MACROS / name).read_text(encoding="utf-8") for name in ("engine/number.sql", "shared/money.sql"))
    module = environment.from_string(source).make_module({"adapter": adapter, "return": lambda text: text})
    adapter.macros = vars(module)
    return str(module.spread(relation, ["order_id"], ["line"]))  # type: ignore[attr-defined]


def expected(amount: int, weights: list[int], step: int) -> list[int]:
    step = step if amount % step == 0 else 1
    weights = weights if sum(weights) else [1] * len(weights)
    exact = [Fraction(amount // step * weight, sum(weights)) for weight in weights]
    shares = [int(share) for share in exact]
    ranked = sorted(range(len(exact)), key=lambda line: (shares[line] - exact[line], line))
    for line in ranked[: amount // step - sum(shares)]:
        shares[line] += 1
    return [share * step for share in shares]


def test_shares_sum_to_the_amount_and_are_the_largest_remainders() -> None:
    draw = random.Random(11)
    orders = [
        (
            draw.choice([0, draw.randrange(200), draw.randrange(1_000_000_000_000)]) * draw.choice([1, 100]),
            [draw.choice([0, draw.randrange(1, 10 ** draw.randrange(1, 12))]) for _ in range(draw.randrange(1, 9))],
            draw.choice([1, 10, 100, 10000]),
        )
        for _ in range(1000)
    ]
    connection = duckdb.connect()
    connection.execute(
        """create table given (order_id integer, line integer, spread_order integer,
        spread_amount decimal(18, 4), spread_weight decimal(18, 4), spread_step integer)"""
    )
    rows = [
        (order, line, line, amount, weight, step)
        for order, (amount, weights, step) in enumerate(orders)
        for line, weight in enumerate(weights)
    ]
    connection.executemany(
        """insert into given select ?, ?, ?, cast(cast(? as decimal(18, 0)) * 0.0001 as decimal(18, 4)),
        cast(cast(? as decimal(18, 0)) * 0.0001 as decimal(18, 4)), ?""",
        rows,
    )
    found: dict[int, list[int]] = defaultdict(list)
    query = (
        f"select order_id, cast(share_amount * 10000 as bigint) from ({spread_sql('given')}) order by order_id, line"
    )
    for order, share in connection.execute(query).fetchall():
        found[order].append(share)
    for order, (amount, weights, step) in enumerate(orders):
        assert sum(found[order]) == amount
        assert found[order] == expected(amount, weights, step), orders[order]
