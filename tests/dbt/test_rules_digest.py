"""What makes remembered rows be made anew, against dbt's own graph: all that they are made of, and nothing else."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ingestion.rules_digest import project_digest, remembered_nodes, rules_digest
from ingestion.settings import load_settings

Node = Mapping[str, Any]
ROOT = load_settings().dbt_project_path
KEPT_BY_HAND = {"identity_must_link", "identity_cannot_link", "identity_accepted_change"}
DIGEST = {"macro.evermart.input_digest", "macro.evermart.changed_keys", "macro.evermart.forget_changed_keys"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the project, to be edited."""
    return Path(shutil.copytree(ROOT, tmp_path / "dbt_project", ignore=shutil.ignore_patterns("__pycache__", "target")))


@pytest.fixture(scope="module")
def remembered(manifest: Node) -> dict[str, Node]:
    """By unique id: the nodes that remember rows, and all that is upstream of them, by dbt's graph."""
    nodes = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in ("model", "seed")}
    waiting = [key for key, node in nodes.items() if DIGEST.intersection(node["depends_on"]["macros"])]
    found: dict[str, Node] = {}
    while waiting:
        key = waiting.pop()
        if key in nodes and key not in found:
            found[key] = nodes[key]
            waiting += nodes[key]["depends_on"].get("nodes", [])
    return found


def edits(root: Path, nodes: Iterator[Node]) -> Iterator[tuple[str, Path]]:
    return ((node["unique_id"], root / node["original_file_path"]) for node in nodes)


@contextmanager
def appended(path: Path, text: str) -> Iterator[None]:
    """Append to a file, and take it back."""
    content = path.read_bytes()
    path.write_bytes(content + text.encode())
    yield
    path.write_bytes(content)


def test_dbt_and_the_digest_agree_on_what_remembered_rows_are_made_of(remembered: dict[str, Node]) -> None:
    assert remembered_nodes(ROOT) == {node["name"] for node in remembered.values()}
    assert len(remembered) > 50


def test_every_incremental_model_that_reads_the_rules_is_among_them(
    manifest: Node, remembered: dict[str, Node]
) -> None:
    readers = {key for key, node in manifest["nodes"].items() if "rules_digest" in node.get("raw_code", "")}
    assert readers <= remembered.keys()
    for key, node in manifest["nodes"].items():
        if node["config"].get("materialized") == "incremental" and "input_digest" in node["raw_code"]:
            assert key in remembered


def test_a_change_of_any_of_them_alone_is_a_change_of_the_rules(project: Path, remembered: dict[str, Node]) -> None:
    before = rules_digest(project)
    known = {before}
    for key, path in edits(project, iter(remembered.values())):
        with appended(path, "\n" if path.suffix == ".csv" else "\n-- another rule"):
            known.add(after := rules_digest(project))
        assert after != before, f"{key} was changed, and nothing would be made anew"
    assert len(known) == len(remembered) + 1
    assert rules_digest(project) == before


def test_a_change_of_a_macro_a_file_of_settings_or_the_engine_is_one_too(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rules_digest(project)
    for path in [*project.rglob("macros/**/*.sql"), project / "dbt_project.yml", project / "profiles.yml"]:
        with appended(path, "\n"):
            assert rules_digest(project) != before, path
    monkeypatch.setattr("ingestion.rules_digest.version", lambda _: "another")
    assert rules_digest(project) != before


def test_what_an_analyst_keeps_by_hand_changes_no_rule(
    project: Path, manifest: Node, remembered: dict[str, Node]
) -> None:
    others = [
        node
        for key, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "seed", "test") and key not in remembered and node["original_file_path"]
    ]
    before = rules_digest(project)
    whole = {project_digest(project)}
    for _, path in edits(project, iter(others)):
        if path.suffix != ".yml":
            path.write_bytes(path.read_bytes() + b"\n")
        if path.stem in KEPT_BY_HAND:
            whole.add(project_digest(project))
    assert rules_digest(project) == before
    assert len(whole) == 1 + len(KEPT_BY_HAND), "dbt is to parse again, whatever is changed"


def test_no_description_and_no_test_changes_a_rule(project: Path) -> None:
    before, whole = rules_digest(project), project_digest(project)
    for path in [*project.rglob("*.yml"), *project.rglob("*.md")]:
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"^( +(?:- )?)description: >-$", r"\1description: >-\n\1  Another text.", text, flags=re.M)
        text = re.sub(r"^( +(?:- )?)description: ([\"']?)(?=\w)", r"\1description: \2Another text. ", text, flags=re.M)
        text = re.sub(r"data_tests: \[unique, not_null\]", "data_tests: [not_null]", text)
        path.write_text(text, encoding="utf-8")
    assert project_digest(project) != whole
    assert rules_digest(project) == before


def test_a_new_description_of_a_column_is_none_and_a_type_of_it_is(project: Path) -> None:
    before = rules_digest(project)
    path = project / "models/intermediate/customer_record/int_customer_name__standardise.yml"
    text = path.read_text(encoding="utf-8")
    for said, is_rule in (("description: The language.", False), ("data_type: string", True)):
        column = f"    columns:\n      - name: language_code\n        {said}\n"
        path.write_text(text.replace("    columns:\n", column, 1), encoding="utf-8")
        assert (rules_digest(project) != before) == is_rule
    path.write_text(text.replace("    columns:\n", "    config: {alias: other}\n    columns:\n", 1), encoding="utf-8")
    assert rules_digest(project) != before


def test_the_column_types_of_every_seed_that_is_read_are_rules(project: Path, remembered: dict[str, Node]) -> None:
    before = rules_digest(project)
    for node in remembered.values():
        if node["resource_type"] != "seed":
            continue
        path = project / node["patch_path"].partition("://")[2]
        text = path.read_text(encoding="utf-8")
        head, name, tail = text.partition(f"- name: {node['name']}\n")
        assert name, f"{path} does not say what {node['name']} is in the usual form"
        path.write_text(head + name + re.sub(r": (string|integer|double|boolean|date)\b", ": other", tail, count=1))
        assert rules_digest(project) != before, node["name"]
        path.write_text(text, encoding="utf-8")


def test_settings_that_cannot_be_read_count_as_they_stand(project: Path) -> None:
    before = rules_digest(project)
    path = project / "models/intermediate/customer_record/int_customer_name__standardise.yml"
    broken = set()
    for text in (
        "- name: int_customer_name__standardise\n",
        "models:\n  - name: int_customer_name__standardise\n  x: [\n",
    ):
        path.write_text(text, encoding="utf-8")
        broken.add(rules_digest(project))
    assert len(broken | {before}) == 3
