"""The asset graph: it loads fast, every asset is joined to the others, and whoever writes the warehouse claims it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from ingestion.mapping import load_systems
from ingestion.settings import Settings, load_settings
from orchestration.keys import LOG_TABLES, SNAPSHOT_KEY, WAREHOUSE_POOL
from tests.shop import Shop

# Which identifiers the guards have dropped, and why: for whoever asks why two records are not one customer.
LOOKED_AT_BY_PEOPLE = dg.AssetKey(["intermediate", "int_customer_identifier__dropped"])
HEAVY = ("great_expectations", "dlt", "dbt.cli.main", "pandas")
LOAD = f"""
import json, sys, time
began = time.process_time()
from orchestration.definitions import defs
defs.get_repository_def().get_all_jobs()
print(json.dumps([time.process_time() - began, [name for name in {HEAVY!r} if name in sys.modules]]))
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    folder = tmp_path_factory.mktemp("definitions")
    Shop.create(folder, [])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVERMART_CONFIG", str(folder / "evermart.toml"))
        patch.setenv("EVERMART_STORAGE__DATA", str(folder / "data"))
        loaded = load_settings()
        for name, value in loaded.environment().items():
            patch.setenv(name, value)
        yield loaded


@pytest.fixture(scope="module")
def definitions(settings: Settings) -> dg.Definitions:
    from orchestration.definitions import build_definitions

    return build_definitions(settings)


@pytest.fixture(scope="module")
def graph(definitions: dg.Definitions) -> dg.AssetGraph:
    return definitions.resolve_asset_graph()


@pytest.mark.slow
def test_the_definitions_load_fast_and_leave_heavy_imports_to_the_steps(
    definitions: dg.Definitions, settings: Settings
) -> None:
    done = subprocess.run([sys.executable, "-c", LOAD], cwd=settings.root, capture_output=True, text=True, check=True)
    seconds, heavy = json.loads(done.stdout)
    assert heavy == []
    assert seconds < 10, "CPU seconds on a busy machine; about 3 on an idle one, and never more than 5"


def test_no_asset_hangs_loose(graph: dg.AssetGraph) -> None:
    assert not graph.external_asset_keys
    loose = [
        key.to_user_string()
        for key in graph.get_all_asset_keys()
        if key != SNAPSHOT_KEY and not graph.get(key).child_keys and _is_upstream_of_something(key)
    ]
    assert loose == []


def test_the_snapshot_comes_after_everything_that_it_holds(graph: dg.AssetGraph) -> None:
    parents = {key.path[0] for key in graph.get(SNAPSHOT_KEY).parent_keys}
    assert parents == {"customer", "loyalty", "feedback", "growth", "audit"}
    marts = {key for key in graph.get_all_asset_keys() if key.path[0] in parents}
    assert graph.get(SNAPSHOT_KEY).parent_keys == marts


def test_every_entity_of_every_system_is_an_asset_in_the_system_s_group(
    graph: dg.AssetGraph, settings: Settings
) -> None:
    for system in load_systems(settings):
        for table in (*system.entities, *LOG_TABLES):
            node = graph.get(dg.AssetKey(["landing", system.name, table]))
            assert node.group_name == f"land_{system.name}"
            assert node.description


def test_groups_are_the_parts_of_the_design_s_picture(graph: dg.AssetGraph) -> None:
    groups = {graph.get(key).group_name for key in graph.get_all_asset_keys()}
    assert groups >= {"stage_eshop", "stage_pos", "stage_survey", "identify", "build", "rules", "publish"}
    assert groups >= {"mart_customer", "mart_loyalty", "mart_feedback", "mart_growth", "mart_audit"}
    assert "default" not in groups


def test_identity_stands_between_the_two_halves(graph: dg.AssetGraph) -> None:
    record_map = dg.AssetKey(["identity", "customer_record_map"])
    assert {key.path[0] for key in graph.get_ancestor_asset_keys(record_map)} >= {"landing", "staging"}
    assert SNAPSHOT_KEY in _descendants(graph, record_map)


def test_prediction_stands_between_what_is_counted_and_what_is_kept(graph: dg.AssetGraph) -> None:
    predicted = dg.AssetKey(["prediction", "customer_prediction"])
    assert dg.AssetKey(["intermediate", "int_customer_history__summarise"]) in graph.get_ancestor_asset_keys(predicted)
    assert {dg.AssetKey(["growth", "customer_value"]), SNAPSHOT_KEY} <= _descendants(graph, predicted)


def test_every_step_that_opens_the_warehouse_claims_it(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("nightly")
    pools = {node.name: node.definition.pool for node in job.nodes if isinstance(node.definition, dg.OpDefinition)}
    writers = {"stage", "resolve_identity", "build_marts", "audit_marts", "published__snapshot"}
    assert {name for name, pool in pools.items() if pool == WAREHOUSE_POOL} == writers


def test_checks_of_landing_and_of_errors_block(graph: dg.AssetGraph, settings: Settings) -> None:
    for system in load_systems(settings):
        for entity in system.entities:
            key = dg.AssetKey(["landing", system.name, entity])
            names = {check.name for check in graph.get_check_keys_for_assets([key])}
            assert names >= {"files_accepted", "rows_reconcile", "quarantine_share", "audit"}
            assert all(graph.get(check).blocking for check in graph.get_check_keys_for_assets([key]))
        log = dg.AssetKey(["landing", system.name, "landing_log"])
        assert not graph.get(dg.AssetCheckKey(log, "source_reachable")).blocking


def test_the_schedule_is_in_the_retailer_s_time_zone_and_starts_stopped(
    definitions: dg.Definitions, settings: Settings
) -> None:
    schedule = definitions.resolve_schedule_def("every_night")
    assert isinstance(schedule, dg.ScheduleDefinition)
    assert schedule.cron_schedule == "0 2 * * *"
    assert ZoneInfo(str(schedule.execution_timezone)) == settings.zone
    assert schedule.default_status == dg.DefaultScheduleStatus.STOPPED


def test_days_can_be_backfilled_as_one_run(graph: dg.AssetGraph, definitions: dg.Definitions) -> None:
    node = graph.get(dg.AssetKey(["landing", "tills", "sales"]))
    assert isinstance(node.partitions_def, dg.DailyPartitionsDefinition)
    assert node.backfill_policy == dg.BackfillPolicy.single_run()
    assert definitions.resolve_job_def("backfill").partitions_def == node.partitions_def


def _is_upstream_of_something(key: dg.AssetKey) -> bool:
    """Seeds, sources and models serve others; what is published serves people."""
    return key != LOOKED_AT_BY_PEOPLE and key.path[0] in {"landing", "staging", "intermediate", "identity", "rules"}


def _descendants(graph: dg.AssetGraph, key: dg.AssetKey) -> set[dg.AssetKey]:
    found: set[dg.AssetKey] = set()
    waiting = [key]
    while waiting:
        for child in graph.get(waiting.pop()).child_keys - found:
            found.add(child)
            waiting.append(child)
    return found


def test_the_workspace_names_the_definitions() -> None:
    text = (Path(__file__).parents[2] / "workspace.yaml").read_text(encoding="utf-8")
    assert "orchestration.definitions" in text
