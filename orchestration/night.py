"""One night: Dagster's own job, run from this process on the persistent instance, and its outcome.

Belongs here: starting a job and folding its events into an outcome. Does not belong here: what the job consists
of (`jobs`), and how the outcome is printed (`report`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import dagster as dg
from dagster import AssetCheckEvaluation
from dagster._core.definitions.reconstruct import ReconstructableRepository
from dagster._core.errors import DagsterAssetCheckFailedError
from dagster._core.execution.api import execute_run_iterator
from dagster_shared.error import SerializableErrorInfo

from ingestion.settings import Settings
from orchestration.instance import close_killed_runs


@dataclass(frozen=True)
class FailedCheck:
    """A check that did not pass, with what its metadata says."""

    name: str
    asset: str
    holds_back: bool
    description: str
    metadata: Mapping[str, Any]


@dataclass
class Outcome:
    """What has happened in a run so far. Metadata is plain values, by asset key."""

    run_id: str
    success: bool = False
    assets: dict[tuple[str, ...], Mapping[str, Any]] = field(default_factory=dict)
    passed: int = 0
    failed: list[FailedCheck] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def blocking(self) -> list[FailedCheck]:
        """The checks that hold the night back."""
        return [check for check in self.failed if check.holds_back]

    def add(self, event: dg.DagsterEvent) -> None:
        """Fold one event in."""
        if event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION:
            materialization = event.step_materialization_data.materialization
            self.assets[tuple(materialization.asset_key.path)] = _plain(materialization.metadata)
        elif event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._add_check(event.asset_check_evaluation_data)
        elif event.event_type == dg.DagsterEventType.STEP_FAILURE and event.step_key:
            error = event.step_failure_data.error
            # A step that ends because its own check blocks has that check to say so.
            if error is None or error.cls_name != DagsterAssetCheckFailedError.__name__:
                self.errors[event.step_key] = _root_message(error) if error else "failed without an error"
        elif event.event_type == dg.DagsterEventType.RUN_SUCCESS:
            self.success = True

    def _add_check(self, check: AssetCheckEvaluation) -> None:
        if check.passed:
            self.passed += 1
            return
        holds_back = bool(check.blocking) and check.severity == dg.AssetCheckSeverity.ERROR
        self.failed.append(
            FailedCheck(
                name=check.check_name,
                asset="/".join(check.asset_key.path),
                holds_back=holds_back,
                description=check.description or "",
                metadata=_plain(check.metadata),
            )
        )


DEFINITIONS: Final = "orchestration.definitions"
# The event log has every line; the console belongs to the report.
QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}

Listener = Callable[[dg.DagsterEvent, Outcome], None]


def run_job(
    job: str,
    settings: Settings,
    listen: Listener = lambda event, outcome: None,
    tags: Mapping[str, str] | None = None,
) -> Outcome:
    """Run a job to its end on the persistent instance and return what happened. Hold the lock of the night meanwhile.

    Args:
        job: Name of a job of `orchestration.definitions`.
        settings: The settings, whose environment is applied.
        listen: Called with every event, after it is in the outcome.
        tags: Tags of the run, such as a range of partitions.
    """
    settings.apply_environment()
    repository = ReconstructableRepository.for_module(DEFINITIONS, "defs", working_directory=None)
    reconstructable = repository.get_reconstructable_job(job)
    with dg.DagsterInstance.get() as instance:
        close_killed_runs(instance)
        run = instance.create_run_for_job(
            job_def=reconstructable.get_definition(),
            run_config=QUIET,
            tags=tags,
            job_code_origin=reconstructable.get_python_origin(),
        )
        outcome = Outcome(run.run_id)
        for event in execute_run_iterator(reconstructable, run, instance):
            outcome.add(event)
            listen(event, outcome)
    return outcome


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    # The value of a table is the table itself; what can be printed are its records.
    return {
        name: value.records if isinstance(value, dg.TableMetadataValue) else getattr(value, "value", value)
        for name, value in metadata.items()
    }


def _root_message(error: SerializableErrorInfo) -> str:
    while error.cause is not None:
        error = error.cause
    # Dagster puts the class in front of the message; a person needs the message.
    return str(error.message).partition(f"{error.cls_name}: ")[2].strip() or str(error.message).strip()
