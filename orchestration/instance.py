"""Dagster's own storage in the data folder: its configuration, the lock of the night, and what a killed run leaves.

Belongs here: preparing `DAGSTER_HOME`. Does not belong here: definitions and running them.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg
import psutil
import yaml

from ingestion.settings import Settings

_CONFIG: Final[dict[str, Any]] = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},  # no newsletter dialog before the first screen
    "python_logs": {"python_log_level": "WARNING"},  # of the console; events are kept whatever this says
    # What a step prints is not kept: four processes per step would watch it, and what matters is an event.
    "compute_logs": {"module": "dagster._core.storage.noop_compute_log_manager", "class": "NoOpComputeLogManager"},
    "concurrency": {
        # One run at a time from the UI. A pool has one slot, across runs: `warehouse` is DuckDB's single writer.
        "runs": {"max_concurrent_runs": 1},
        "pools": {"granularity": "op", "default_limit": 1},
    },
    "run_monitoring": {"enabled": True, "free_slots_after_run_end_seconds": 60},
}
_UNFINISHED: Final = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
STEPS_END_SECONDS: Final = 20  # a step that is killed gives gigabytes back to the system first
CLOCK_SECONDS: Final = 60  # by which the start of a process and the clock of the log may disagree


class NightIsRunningError(Exception):
    """Another night holds the lock."""


def prepare_instance(settings: Settings) -> None:
    """Write `dagster.yaml`, and read it back only when it differs, so that a running UI is not disturbed."""
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    path = settings.dagster_home / "dagster.yaml"
    history = str(settings.dagster_home / "history" / "runs")
    event_log = {"module": "orchestration.event_log", "class": "PooledEventLog", "config": {"base_dir": history}}
    config = {**_CONFIG, "event_log_storage": event_log}
    text = "# Written by Evermart from its settings; changes are lost.\n" + yaml.safe_dump(config, sort_keys=False)
    if not path.is_file() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


@contextmanager
def night_lock(settings: Settings) -> Iterator[None]:
    """Hold the lock of the night; the system gives it back even when the process is killed.

    Raises:
        NightIsRunningError: Another process holds it; the message names the process.
    """
    settings.data_path.mkdir(parents=True, exist_ok=True)
    path = settings.data_path / "night.lock"
    with path.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            handle.seek(0)
            raise NightIsRunningError(
                f"A night is already running (process {handle.read().strip()}). Wait for its end, or stop it."
            ) from error
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def close_killed_runs(instance: dg.DagsterInstance) -> int:
    """Mark runs whose process is gone as failed, and free what runs that have ended still hold of the pools.

    A run that was killed leaves both behind, and nobody else may be there to tidy up. Returns how many runs there were.

    Raises:
        NightIsRunningError: A run was killed, and one of its steps lives on; the message names its process.
    """
    killed = [run for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)) if _is_killed(instance, run)]
    for run in killed:
        instance.report_run_failed(run, "The process of this run is gone; it was killed.")
    storage = instance.event_log_storage
    # A slot may be claimed by a step, or be promised to one that has not claimed it yet.
    for run_id in storage.get_concurrency_run_ids():
        holder = instance.get_run_by_id(run_id)
        if holder is None or holder.is_finished:
            storage.free_concurrency_slots_for_run(run_id)
    return len(killed)


def _is_killed(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Tell by the processes that Dagster has written into the run's log: first the run's own, then its steps'.

    Steps die with their run, but not in the same moment, and not at all where the system cannot see to it.
    """
    processes = _processes(instance, run)
    if not processes or processes[0].lives():
        return False
    until = time.monotonic() + STEPS_END_SECONDS
    while steps := [process for process in processes if process.lives()]:
        if time.monotonic() > until:
            pids = " ".join(str(step.pid) for step in steps)
            raise NightIsRunningError(
                f"Run {run.run_id} was killed, but steps of it are still running (processes {pids}). "
                f"Wait for their end, or stop them: kill {pids}"
            )
        time.sleep(0.1)
    return True


@dataclass(frozen=True)
class _Process:
    """A process, and when it was seen at work (seconds since 1970)."""

    pid: int
    seen: float

    def lives(self) -> bool:
        """Tell whether the process lives; one that has ended and waits for its parent to notice does not."""
        try:
            process = psutil.Process(self.pid)
            # The system gives numbers of ended processes to new ones.
            is_another = process.create_time() > self.seen + CLOCK_SECONDS
            return not is_another and process.status() != psutil.STATUS_ZOMBIE and self.pid != os.getpid()
        except psutil.NoSuchProcess:
            return False


def _processes(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[_Process]:
    seen: dict[int, float] = {}
    for entry in instance.all_logs(run.run_id):
        metadata = getattr(entry.dagster_event and entry.dagster_event.event_specific_data, "metadata", None) or {}
        if "pid" in metadata:
            seen.setdefault(int(str(metadata["pid"].value)), entry.timestamp)
    return [_Process(pid, at) for pid, at in seen.items()]
