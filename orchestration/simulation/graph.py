"""Which models have to run for a simulation, told from dbt's manifest alone.

Belongs here: the part of the graph between the programme's seeds and what the report reads. Does not belong here: SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from orchestration.simulation.rules import SEEDS

TARGETS: Final = ("tier_history", "fct_points_lot", "points_liability", "int_points_movement__collect")

Node = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """The part of the graph that a simulation runs.

    Attributes:
        seeds: The programme's seeds, by name.
        models: What has to be built, parents first.
        inputs: Everything else that these and the tests read; it is taken from the warehouse.
        tests: Tests of the seeds that read nothing that is built.
    """

    seeds: dict[str, Node]
    models: tuple[Node, ...]
    inputs: tuple[Node, ...]
    tests: tuple[Node, ...]


def part_of(manifest: Mapping[str, Any]) -> Part:
    """Return what has to run: all that depends on the programme's seeds and that the report's tables depend on."""
    nodes = dict(manifest["nodes"])
    seeds = {
        key: node for key, node in nodes.items() if node["resource_type"] == "seed" and node["name"].startswith(SEEDS)
    }
    touched: dict[str, bool] = dict.fromkeys(seeds, True)

    def depends_on_rules(key: str) -> bool:
        if key not in touched:
            touched[key] = False
            touched[key] = any(depends_on_rules(parent) for parent in _parents(nodes.get(key, {})))
        return touched[key]

    ordered: dict[str, Node] = {}

    def visit(key: str) -> None:
        if key in ordered or key in seeds or not depends_on_rules(key):
            return
        for parent in _parents(nodes[key]):
            visit(parent)
        ordered[key] = nodes[key]

    for key in sorted(key for key, node in nodes.items() if node["name"] in TARGETS):
        visit(key)
    tests = {
        key: node
        for key, node in nodes.items()
        if node["resource_type"] == "test"
        and node["config"]["severity"].lower() == "error"
        and seeds.keys() & set(_parents(node))
        and not any(depends_on_rules(parent) and parent not in seeds for parent in _parents(node))
    }
    every = manifest["nodes"] | manifest["sources"]
    read = {parent for node in [*ordered.values(), *tests.values()] for parent in _parents(node)}
    inputs = tuple(every[key] for key in sorted(read - ordered.keys() - seeds.keys()))
    by_name = {str(node["name"]): node for node in seeds.values()}
    return Part(by_name, tuple(ordered.values()), inputs, tuple(tests.values()))


def _parents(node: Node) -> list[str]:
    parents: list[str] = node.get("depends_on", {}).get("nodes", [])
    return parents
