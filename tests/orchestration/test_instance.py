"""Dagster's storage: a run that was killed is closed and gives its slot back, and no event is lost in the pool."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import EngineEventData

from ingestion.settings import Settings
from orchestration.event_log import PooledEventLog
from orchestration.instance import NightIsRunningError, close_killed_runs, night_lock, prepare_instance
from orchestration.keys import landing_key
from orchestration.sensors import BACKFILL_TAG, RANGE_TAG, landed_days_alone

KILLED = """
import os, signal
import dagster as dg

@dg.op(pool="warehouse")
def write():
    os.kill(os.getpid(), signal.SIGKILL)

@dg.job(executor_def=dg.in_process_executor)
def killed():
    write()

if __name__ == "__main__":
    with dg.DagsterInstance.get() as instance:
        killed.execute_in_process(instance=instance)
"""

# The hook that is registered first runs first in a child: this child is held until its parent has ended.
ORPHANED = """
import os, time
from orchestration.step_server import die_with_parent

os.register_at_fork(after_in_child=lambda: time.sleep(1))
die_with_parent()
if os.fork():
    os.write(1, b"forked\\n")
    os._exit(0)
os.write(1, b"alive\\n")
"""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "evermart.toml").touch()
    monkeypatch.setenv("EVERMART_CONFIG", str(tmp_path / "evermart.toml"))
    made = Settings(root=tmp_path)
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    prepare_instance(made)
    return made


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.get() as opened:
        yield opened


def test_events_of_many_runs_are_all_kept(instance: dg.DagsterInstance) -> None:
    @dg.multi_asset(specs=[dg.AssetSpec("table")], check_specs=[dg.AssetCheckSpec("holds", asset="table")])
    def table() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        yield dg.MaterializeResult("table")
        yield dg.AssetCheckResult(asset_key="table", check_name="holds", passed=True)

    assert isinstance(instance.event_log_storage, PooledEventLog)
    runs = [dg.materialize([table], instance=instance) for _ in range(12)]
    assert all(run.success for run in runs)
    for run in runs:
        kinds = [entry.dagster_event_type for entry in instance.all_logs(run.run_id)]
        assert kinds.count(dg.DagsterEventType.ASSET_MATERIALIZATION) == 1
        assert kinds.count(dg.DagsterEventType.ASSET_CHECK_EVALUATION) == 1
    assert len(instance.fetch_materializations(dg.AssetKey("table"), limit=100).records) == 12


def test_a_killed_run_is_closed_and_gives_its_slot_back(instance: dg.DagsterInstance) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL
    (run,) = instance.get_runs()
    assert run.status == dg.DagsterRunStatus.STARTED
    # An in-process run writes no process id; the executor of a night does, and so does this.
    instance.report_engine_event("executor", run, _process(done_process()))
    assert close_killed_runs(instance) == 1
    (run,) = instance.get_runs()
    assert run.status == dg.DagsterRunStatus.FAILURE
    assert close_killed_runs(instance) == 0


def test_a_slot_that_was_promised_to_a_killed_run_is_given_back(instance: dg.DagsterInstance) -> None:
    @dg.job
    def killed() -> None: ...

    storage = instance.event_log_storage
    storage.initialize_concurrency_limit_to_default("warehouse")
    run = instance.create_run_for_job(killed, status=dg.DagsterRunStatus.STARTED)
    instance.report_engine_event("executor", run, _process(done_process()))
    assert storage.claim_concurrency_slot("warehouse", run.run_id, "first").is_claimed
    assert not storage.claim_concurrency_slot("warehouse", run.run_id, "second").is_claimed
    storage.free_concurrency_slot_for_step(run.run_id, "first")  # and the run is killed before `second` claims it
    assert not storage.claim_concurrency_slot("warehouse", "next night", "first").is_claimed
    assert close_killed_runs(instance) == 1
    assert storage.claim_concurrency_slot("warehouse", "next night", "first").is_claimed


def test_a_step_that_outlives_its_killed_run_is_named(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dg.job
    def killed() -> None: ...

    run = instance.create_run_for_job(killed, status=dg.DagsterRunStatus.STARTED)
    instance.report_engine_event("executor", run, _process(done_process()))
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as step:
        instance.report_engine_event("step", run, _process(step.pid))
        monkeypatch.setattr("orchestration.instance.STEPS_END_SECONDS", 0.2)
        with pytest.raises(NightIsRunningError, match=f"stop them: kill {step.pid}$"):
            close_killed_runs(instance)
    assert close_killed_runs(instance) == 1


def test_a_process_that_came_later_by_the_same_number_is_another(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    @dg.job
    def killed() -> None: ...

    run = instance.create_run_for_job(killed, status=dg.DagsterRunStatus.STARTED)
    instance.report_engine_event("executor", run, _process(os.getppid()))
    monkeypatch.setattr("orchestration.instance.CLOCK_SECONDS", -time.time())  # as if the line were from 1970
    assert close_killed_runs(instance) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell a process of its parent's end")
def test_a_child_whose_parent_ends_in_the_moment_of_the_fork_ends_too() -> None:
    done = subprocess.run([sys.executable, "-c", ORPHANED], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "forked\n"


def test_a_living_run_is_left_alone(instance: dg.DagsterInstance) -> None:
    @dg.job
    def waiting() -> None: ...

    run = instance.create_run_for_job(waiting, status=dg.DagsterRunStatus.STARTED)
    instance.report_engine_event("executor", run, _process(os.getppid()))
    assert close_killed_runs(instance) == 0


def test_one_night_at_a_time(settings: Settings) -> None:
    with (
        night_lock(settings),
        pytest.raises(NightIsRunningError, match=f"process {os.getpid()}"),
        night_lock(settings),
    ):
        pass
    with night_lock(settings):
        pass


def test_only_a_backfill_of_landing_alone_asks_for_a_build(instance: dg.DagsterInstance) -> None:
    landing, model = landing_key("tills", "sales"), dg.AssetKey(["staging", "stg_pos__sales"])

    def run(tags: dict[str, str], *keys: dg.AssetKey) -> dg.DagsterRun:
        return dg.DagsterRun("__ASSET_JOB", asset_selection=frozenset(keys) or None, tags=tags)

    days = {RANGE_TAG: "2026-10-01"}
    assert landed_days_alone(run(days, landing), instance)
    assert landed_days_alone(run({"dagster/partition": "2026-10-01", BACKFILL_TAG: "unknown"}, landing), instance)
    assert not landed_days_alone(run(days, landing, model), instance)
    assert not landed_days_alone(run(days), instance)
    assert not landed_days_alone(run({}, landing), instance)


def done_process() -> int:
    """Return the id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def _process(pid: int) -> EngineEventData:
    return EngineEventData(metadata={"pid": dg.MetadataValue.text(str(pid))})
