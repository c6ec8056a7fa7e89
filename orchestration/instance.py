"""Dagster's own storage in the data folder: its configuration, the lock of the night, and what a killed run leaves.

Belongs here: preparing `DAGSTER_HOME`. Does not belong here: definitions and running them.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import dagster as dg
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
    """Mark runs whose processes are all gone as failed, and free the slots of runs that have ended.

    A run that was killed leaves both behind, and nobody else may be there to tidy up. Returns how many runs there were.
    """
    killed = [run for run in instance.get_runs(dg.RunsFilter(statuses=_UNFINISHED)) if _is_killed(instance, run)]
    for run in killed:
        instance.report_run_failed(run, "Every process of this run is gone; it was killed.")
    storage = instance.event_log_storage
    for pool in storage.get_concurrency_keys():
        for run_id in storage.get_concurrency_info(pool).active_run_ids:
            holder = instance.get_run_by_id(run_id)
            if holder is None or holder.is_finished:
                storage.free_concurrency_slots_for_run(run_id)
    return len(killed)


def _is_killed(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    """Tell by the process ids that Dagster has written into the run's log."""
    entries = (entry.dagster_event for entry in instance.all_logs(run.run_id))
    metadata = (getattr(entry.event_specific_data, "metadata", None) or {} for entry in entries if entry)
    processes = {int(str(values["pid"].value)) for values in metadata if "pid" in values}
    return bool(processes) and not any(_is_alive(process) for process in processes)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process != os.getpid() and not _is_zombie(process)


def _is_zombie(process: int) -> bool:
    """Tell whether a process has ended and only waits for its parent to notice, which an orphan's may never do."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] == "Z"
