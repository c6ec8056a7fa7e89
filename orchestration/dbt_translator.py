"""How a dbt node looks as a Dagster asset or asset check: its key, group, what it depends on, where a test is shown.

Belongs here: naming and lineage, decided from the manifest alone. Does not belong here: running anything.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from functools import cached_property
from typing import Any, Final

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject

from ingestion.systems import SourceSystem
from orchestration.keys import LOG_TABLES, identity_key, landing_key, prediction_key

BEFORE_IDENTITY: Final = "before_identity"
PREDICTION: Final = "prediction"
ASSET_TYPES: Final = frozenset({"model", "seed", "snapshot"})
_LAKE: Final = "lake"

Node = Mapping[str, Any]


class Stretch(IntEnum):
    """The stretches of the night that are dbt's, in their order."""

    BEFORE_IDENTITY = 0
    BEFORE_PREDICTION = 1
    AFTER_PREDICTION = 2


class Translator(DagsterDbtTranslator):
    """Names dbt's nodes by layer or area, and joins its sources to what lands them."""

    def __init__(self, systems: Sequence[SourceSystem]) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=True))
        self._systems = systems

    def get_asset_key(self, dbt_resource_props: Node) -> dg.AssetKey:
        """Return `[layer or area, model]`; a source has the key of what writes it."""
        if dbt_resource_props["resource_type"] == "source":
            return dg.AssetKey([dbt_resource_props["source_name"], dbt_resource_props["name"]])
        return dg.AssetKey([_place(dbt_resource_props), dbt_resource_props["name"]])

    def get_group_name(self, dbt_resource_props: Node) -> str | None:
        """Return the part of the night: stage_<kind>, identify, build, mart_<area> or rules."""
        if dbt_resource_props["resource_type"] == "source":
            return None
        layer = _layer(dbt_resource_props)
        if layer == "staging":
            kind = dbt_resource_props["fqn"][2]
            return {"identity": "identify", PREDICTION: "predict"}.get(kind, f"stage_{kind}")
        if layer == "marts":
            return f"mart_{_place(dbt_resource_props)}"
        if layer == "rules":
            return layer
        return "identify" if is_before_identity(dbt_resource_props) else "build"

    def get_description(self, dbt_resource_props: Node) -> str:
        """Return dbt's description, without the SQL, which dbt's own pages show."""
        return str(dbt_resource_props.get("description") or "")

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        """Return the asset, with the landing assets of every system in the place of dbt's sources."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        sources = [parent for parent in manifest["parent_map"].get(unique_id, []) if parent.startswith("source.")]
        if not sources:
            return spec
        replaced = {self.get_asset_key(manifest["sources"][source]) for source in sources}
        landed = {key for source in sources for key in self.source_keys(manifest["sources"][source])}
        deps = [dep for dep in spec.deps if dep.asset_key not in replaced]
        return spec.replace_attributes(deps=[*deps, *(dg.AssetDep(key) for key in sorted(landed))])

    def source_keys(self, source: Node) -> list[dg.AssetKey]:
        """Return the assets that write a dbt source: one per system for the lake, the steps' own tables."""
        name, table = source["source_name"], source["name"]
        if name == "identity":
            return [identity_key(table)]
        if name == PREDICTION:
            return [prediction_key(table)]
        if name == _LAKE and table in LOG_TABLES:
            return [landing_key(system.name, table) for system in self._systems]
        kind = name.removeprefix(f"{_LAKE}_")
        return [
            landing_key(system.name, table)
            for system in self._systems
            if system.kind == kind and table in system.entities
        ]


class Part:
    """The assets and checks of one run of dbt: those of one stretch of the night."""

    def __init__(self, manifest: Mapping[str, Any], translator: Translator, stretch: Stretch) -> None:
        self._manifest = manifest
        self._translator = translator
        self._stretch = stretch
        self._predicted = reading_predictions(manifest)

    @cached_property
    def assets(self) -> dict[str, dg.AssetSpec]:
        """The assets by dbt's unique id."""
        return {
            unique_id: self._translator.get_asset_spec(self._manifest, unique_id, None)
            for unique_id, node in self._manifest["nodes"].items()
            if is_asset(node) and self._stretch_of(unique_id) == self._stretch
        }

    @cached_property
    def checks(self) -> dict[str, dg.AssetCheckSpec]:
        """The data tests by dbt's unique id; a test belongs to the stretch of the last of its parents."""
        tests = (
            (unique_id, node)
            for unique_id, node in self._manifest["nodes"].items()
            if node["resource_type"] == "test" and self._is_of_this_part(unique_id)
        )
        return {unique_id: self._check(unique_id, node) for unique_id, node in tests if self._parents(unique_id)}

    def node(self, unique_id: str) -> Node:
        """Return a node of the manifest."""
        node: Node = self._manifest["nodes"][unique_id]
        return node

    def _parents(self, test_id: str) -> list[str]:
        """Return the parents of a test that are assets of this part."""
        return [parent for parent in self._manifest["parent_map"][test_id] if parent in self.assets]

    def _is_of_this_part(self, test_id: str) -> bool:
        parents = [parent for parent in self._manifest["parent_map"][test_id] if parent in self._manifest["nodes"]]
        first = Stretch.BEFORE_IDENTITY
        return max((self._stretch_of(parent) for parent in parents), default=first) == self._stretch

    def _stretch_of(self, unique_id: str) -> Stretch:
        if is_before_identity(self.node(unique_id)):
            return Stretch.BEFORE_IDENTITY
        return Stretch.AFTER_PREDICTION if unique_id in self._predicted else Stretch.BEFORE_PREDICTION

    def _check(self, unique_id: str, node: Node) -> dg.AssetCheckSpec:
        parents = self._parents(unique_id)
        attached = node.get("attached_node")
        shown_at = attached if attached in parents else max(parents, key=self._depth)
        others = {self.assets[parent].key for parent in parents if parent != shown_at}
        return dg.AssetCheckSpec(
            name=node["name"],
            asset=self.assets[shown_at].key,
            description=node.get("description") or None,
            additional_deps=sorted(others - {self.assets[shown_at].key}),
            blocking=str(node["config"].get("severity") or "error").lower() == "error",
            metadata={"unique_id": unique_id},
        )

    def _depth(self, unique_id: str) -> tuple[int, str]:
        if unique_id not in self._depths:
            parents: Iterable[str] = self._manifest["parent_map"].get(unique_id, [])
            self._depths[unique_id] = 1 + max((self._depth(parent)[0] for parent in parents), default=0)
        return self._depths[unique_id], unique_id

    @cached_property
    def _depths(self) -> dict[str, int]:
        return {}


def is_asset(node: Node) -> bool:
    """Tell whether dbt writes a table or view for the node."""
    return node["resource_type"] in ASSET_TYPES and node["config"].get("materialized") != "ephemeral"


def is_before_identity(node: Node) -> bool:
    """Tell whether the identity step needs the node."""
    return BEFORE_IDENTITY in node["config"].get("tags", [])


def reading_predictions(manifest: Mapping[str, Any]) -> set[str]:
    """Return the unique ids of everything that reads what the prediction step writes, through however many models."""
    found: set[str] = set()
    waiting = deque(key for key, source in manifest["sources"].items() if source["source_name"] == PREDICTION)
    while waiting:
        children = set(manifest["child_map"].get(waiting.popleft(), [])) - found
        found |= children
        waiting.extend(children)
    return found


def _layer(node: Node) -> str:
    return "rules" if node["resource_type"] == "seed" else str(node["fqn"][1])


def _place(node: Node) -> str:
    """Return the area of a mart, else the layer."""
    return str(node["fqn"][2]) if _layer(node) == "marts" else _layer(node)
