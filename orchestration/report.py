"""What a person sees of a night: lines while it works, and the summary at its end.

On a terminal the running steps are shown with their progress; elsewhere (a log, CI) there are lines alone.
Belongs here: text. Does not belong here: running anything, and any figure that is not in the outcome or the snapshot.
"""

from __future__ import annotations

import datetime as dt
import time
from typing import Final

import dagster as dg
from rich.console import Console
from rich.status import Status

from ingestion.settings import Settings
from orchestration import night
from orchestration.landing import REPLAY_TAG
from orchestration.night import Outcome
from orchestration.summary import print_failure, print_summary

PARTITION_START: Final = "dagster/asset_partition_range_start"
PARTITION_END: Final = "dagster/asset_partition_range_end"
TITLES: Final = {
    "stage": "stage: the newest version of every record",
    "resolve_identity": "identify: one customer",
    "build_marts": "build: orders, points, answers, predictions, marts",
    "audit_marts": "audit of what would be published",
    "published__snapshot": "publish",
}
_STEP: Final = dg.DagsterEventType


class Report:
    """Tells a run on the console."""

    def __init__(self, settings: Settings, console: Console | None = None) -> None:
        self._settings = settings
        self._console = console or Console(highlight=False)
        self._began = time.monotonic()
        self._started: dict[str, float] = {}
        self._status: Status | None = None
        self._done = 0

    def tell(self, line: str) -> None:
        """Print one line with the seconds since the beginning."""
        self._console.print(f"[dim]{self._elapsed():>6.1f} s[/dim]  {line}")

    def watch(self, job: str, *, days: tuple[dt.date, dt.date] | None = None, replay: bool = False) -> Outcome:
        """Run a job, tell it, and print its summary or what failed.

        Args:
            job: `nightly`, `build` or `backfill`.
            days: First and last day of a backfill.
            replay: Read the files again that have quarantined rows.
        """
        tags = {REPLAY_TAG: "yes"} if replay else {}
        if days:
            tags |= {PARTITION_START: days[0].isoformat(), PARTITION_END: days[1].isoformat()}
        if self._console.is_terminal:
            self._status = self._console.status("starting")
            self._status.start()
        try:
            outcome = night.run_job(job, self._settings, self._on_event, tags)
        finally:
            if self._status:
                self._status.stop()
        if outcome.success:
            print_summary(self._console, self._settings, outcome, self._elapsed())
        else:
            print_failure(self._console, self._settings, outcome)
        return outcome

    def _on_event(self, event: dg.DagsterEvent, outcome: Outcome) -> None:
        step = event.step_key
        if step is None:
            return
        if event.event_type == _STEP.STEP_START:
            self._started[step] = time.monotonic()
        elif event.event_type == _STEP.ENGINE_EVENT and event.message and "blocked by limit" in event.message:
            self.tell(
                f"[yellow]{_title(step)}: waits for another run that has the warehouse[/yellow] (`make ui` shows it)"
            )
        elif event.event_type == _STEP.STEP_UP_FOR_RETRY:
            self.tell(f"[yellow]{_title(step)}: not now, tried again soon[/yellow]")
        elif event.event_type == _STEP.STEP_SUCCESS:
            self._finish(step, "[green]done[/green]")
        elif event.event_type == _STEP.STEP_FAILURE:
            self._finish(step, "[red]failed[/red]")
        if self._status:
            done = f"{len(outcome.assets)} tables, {outcome.passed + len(outcome.failed)} checks"
            self._status.update(f"{', '.join(_title(running) for running in self._started) or 'waiting'} ({done})")

    def _finish(self, step: str, how: str) -> None:
        seconds = time.monotonic() - self._started.pop(step, time.monotonic())
        self.tell(f"{how} {_title(step)} [dim]({seconds:.1f} s)[/dim]")

    def _elapsed(self) -> float:
        return time.monotonic() - self._began


def _title(step: str) -> str:
    if step in TITLES:
        return TITLES[step]
    if step.startswith("land_"):
        return f"land {step.removeprefix('land_')}"
    return f"audit of what {step.removeprefix('audit_')} has landed"
