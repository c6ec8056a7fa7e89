"""Draws worlds with hypothesis, to be compared together, and tells of the ones that differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.loyalty.comparison import Difference, compare
from tests.loyalty.history import World
from tests.loyalty.minimise import fails_together, minimise
from tests.loyalty.packing import pack, packs
from tests.loyalty.warehouse import Warehouse

PACK = 80
"""Worlds in a run of the SQL."""


def draw_worlds(strategy: st.SearchStrategy[World], count: int, number: int) -> list[World]:
    """Return worlds that differ from each other, the same ones for the same seed number."""
    drawn: dict[str, World] = {}

    @seed(number)
    @settings(
        max_examples=count,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(world: World) -> None:
        drawn[repr(world)] = world

    collect()
    return list(drawn.values())


def differing(warehouse: Warehouse, worlds: list[World]) -> list[World]:
    """Run all worlds, many at a time, and return those in which reference and SQL differ."""
    found = []
    for batch in packs(worlds, PACK):
        named = {difference.programme_code.split("-")[0] for difference in compare(warehouse, pack(batch))}
        found += [world for number, world in enumerate(batch) if f"w{number:03d}" in named]
    return found


def explain(warehouse: Warehouse, world: World) -> str:
    """Make a world that differs as small as it can be, and tell it with the rows that differ."""

    def programmes(packed: World) -> list[str]:
        return [difference.programme_code for difference in compare(warehouse, packed)]

    smallest = minimise(world, fails_together(programmes))
    differences: list[Difference] = compare(warehouse, smallest)
    return "\n".join([*_told(smallest), *map(str, differences)])


def _told(value: Any, depth: int = 0) -> Iterator[str]:
    """Tell what is not as usual, a line for each thing."""
    shown, inside = [], []
    for field in fields(value):
        content = getattr(value, field.name)
        if is_dataclass(content):
            inside.append(content)
        elif isinstance(content, tuple):
            inside.extend(content)
        elif field.default is MISSING or content != field.default:
            shown.append(f"{field.name}={content}")
    yield "  " * depth + " ".join([type(value).__name__, *shown])
    for content in inside:
        yield from _told(content, depth + 1)
