"""The habits that keep the dbt project readable, held at 100 %: descriptions, grain, keys, contracts, layers, names."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from dbt_project.document import AREAS, data_dictionary, grain
from ingestion.connectors.registry import VENDOR_TABLES

ROOT = Path(__file__).resolve().parents[2]
NAMES = {
    "staging": r"stg_(?P<folder>\w+)__\w+",
    "intermediate": r"int_[a-z_]+?__[a-z_]+",
    "marts": r"(dim_|fct_|(?!stg_|int_))[a-z][a-z_]+",
}
AFFIXES = {
    "timestamp": r"\w+_(at|from|until)",
    "date": r"\w+_(date|month|week|since|until|from|on|to)",
    "boolean": r"(is|has|may)_\w+",
}
STEPS = {"identity", "prediction", "contact"}  # not landed: Evermart itself writes them

Node = dict[str, Any]


@pytest.fixture(scope="module")
def models(manifest: Node) -> list[Node]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


@pytest.fixture(scope="module")
def marts(models: list[Node]) -> list[Node]:
    return [model for model in models if layer(model) == "marts"]


@pytest.fixture(scope="module")
def tested(manifest: Node) -> dict[str, dict[str, list[tuple[str, ...]]]]:
    """By model, by name of the generic test: the columns of each."""
    found: dict[str, dict[str, list[tuple[str, ...]]]] = defaultdict(lambda: defaultdict(list))
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test" and node.get("test_metadata"):
            arguments = node["test_metadata"]["kwargs"]
            columns = tuple(arguments.get("columns") or [node["column_name"]])
            found[node["attached_node"]][node["test_metadata"]["name"]].append(columns)
    return found


def layer(model: Node) -> str:
    return str(model["fqn"][1])


def broken(names: list[str]) -> None:
    assert not names, "\n".join(sorted(names))


def test_every_model_says_what_one_row_is(models: list[Node]) -> None:
    broken([model["name"] for model in models if not grain(model)])


def test_every_model_has_its_yml_beside_it(models: list[Node]) -> None:
    expected = {model["name"]: model["original_file_path"].removesuffix(".sql") + ".yml" for model in models}
    broken([
        model["name"] for model in models
        if (model["patch_path"] or "").removeprefix("evermart://") != expected[model["name"]]
    ])  # fmt: skip


def test_every_seed_and_source_is_described(manifest: Node) -> None:
    seeds = [node for node in manifest["nodes"].values() if node["resource_type"] == "seed"]
    broken([node["name"] for node in [*seeds, *manifest["sources"].values()] if not node["description"].strip()])
    broken([f"{seed['name']}.{column}" for seed in seeds for column, spec in seed["columns"].items()
            if not spec["description"].strip()])  # fmt: skip


def test_every_column_of_every_mart_is_described_and_typed(marts: list[Node]) -> None:
    broken([
        f"{mart['name']}.{name}"
        for mart in marts
        for name, column in mart["columns"].items()
        if not column["description"].strip() or not column["data_type"]
    ])  # fmt: skip


def test_every_published_mart_is_public_and_keeps_a_contract(marts: list[Node]) -> None:
    broken([
        mart["name"] for mart in marts
        if mart["schema"] in AREAS and not (mart["access"] == "public" and mart["contract"]["enforced"])
    ])  # fmt: skip
    broken([mart["name"] for mart in marts if mart["schema"] not in AREAS and mart["access"] == "public"])


def test_nothing_else_is_public(models: list[Node]) -> None:
    broken([model["name"] for model in models if layer(model) != "marts" and model["access"] == "public"])


def test_every_mart_has_a_key_that_is_unique_and_never_null(marts: list[Node], tested: Any) -> None:
    def has_key(model: Node) -> bool:
        tests = tested[model["unique_id"]]
        keys = tests["unique"] + tests["unique_combination"]
        return any(all((column,) in tests["not_null"] for column in columns) for columns in keys)

    broken([mart["name"] for mart in marts if not has_key(mart)])


def test_every_staging_model_has_a_unique_key(models: list[Node], tested: Any) -> None:
    """Never null is what landing sees to. Logs have no key, and what identity writes is tested in the marts."""
    broken([
        model["name"]
        for model in models
        if layer(model) == "staging"
        and model["fqn"][2] not in {"lake", *STEPS}
        and not (tested[model["unique_id"]]["unique"] or tested[model["unique_id"]]["unique_combination"])
    ])  # fmt: skip


def test_every_unique_key_is_never_null(models: list[Node], tested: Any) -> None:
    broken([
        f"{model['name']}.{column}"
        for model in models
        for (column,) in tested[model["unique_id"]]["unique"]
        if (column,) not in tested[model["unique_id"]]["not_null"]
    ])  # fmt: skip


def test_only_staging_reads_sources(models: list[Node]) -> None:
    broken([model["name"] for model in models if layer(model) != "staging" and model["sources"]])


def test_staging_reads_the_sources_of_one_system_and_what_connectors_have_staged(models: list[Node]) -> None:
    """A vendor's staging reads that vendor and seeds; the contract's entities read one source and vendors' staging."""
    vendors = set(VENDOR_TABLES)
    seeds = {"connector_order_status", "connector_payment_method", "connector_question_metric", "currency"}
    seeds |= {"connector_message_metric", "connector_message_type", "connector_ticket_channel"}

    def allowed(model: Node) -> bool:
        systems, refs = {source[0] for source in model["sources"]}, {ref["name"] for ref in model["refs"]}
        if model["fqn"][2] in vendors:
            own = {ref for ref in refs if ref.startswith(f"stg_{model['fqn'][2]}__")}
            return systems == {model["fqn"][2]} and refs - own <= seeds
        return len(model["sources"]) == 1 and all(re.match(rf"stg_({'|'.join(vendors)})__", ref) for ref in refs)

    broken([model["name"] for model in models if layer(model) == "staging" and not allowed(model)])


def test_names_follow_their_layer(models: list[Node]) -> None:
    broken(
        [f"{layer(model)}: {model['name']}" for model in models if not re.fullmatch(NAMES[layer(model)], model["name"])]
    )
    staging = [model for model in models if layer(model) == "staging"]
    broken([model["name"] for model in staging if not model["name"].startswith(f"stg_{model['fqn'][2]}__")])


def test_names_of_columns_say_what_they_hold(marts: list[Node]) -> None:
    broken([
        f"{mart['name']}.{name}: {column['data_type']}"
        for mart in marts
        for name, column in mart["columns"].items()
        if column["data_type"] in AFFIXES and not re.fullmatch(AFFIXES[column["data_type"]], name)
    ])  # fmt: skip


def test_every_source_says_how_fresh_it_has_to_be(manifest: Node) -> None:
    broken([
        f"{source['source_name']}.{source['name']}"
        for source in manifest["sources"].values()
        if source["source_name"] not in STEPS
        and not (source["freshness"] or {}).get("warn_after", {}).get("count")
    ])  # fmt: skip


def test_every_exposure_has_an_owner_and_reads_marts_alone(manifest: Node) -> None:
    exposures = list(manifest["exposures"].values())
    assert exposures
    broken([exposure["name"] for exposure in exposures if not (exposure["owner"]["name"] and exposure["description"])])
    broken([
        f"{exposure['name']} reads {parent}"
        for exposure in exposures
        for parent in exposure["depends_on"]["nodes"]
        if layer(manifest["nodes"][parent]) != "marts"
    ])  # fmt: skip


def test_every_singular_test_is_a_sentence(manifest: Node) -> None:
    singular = [
        node for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and not node.get("test_metadata")
    ]  # fmt: skip
    broken([node["name"] for node in singular if node["name"].count("_") < 3])


def test_the_data_dictionary_is_up_to_date(manifest: Node) -> None:
    page = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert page == data_dictionary(manifest), "docs/data-dictionary.md is out of date; run: make docs"
