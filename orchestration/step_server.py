"""The process that every step is forked from: it imports dbt, dlt and Great Expectations once, for all of them.

Belongs here: starting it early. Does not belong here: Dagster itself, whose import this is there to overlap.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver
from typing import Final

PRELOADED: Final = "orchestration.preload"


def start_step_server() -> None:
    """Start the process now, so that it imports while this one does. The settings' environment must be applied."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dagster._core.executor.multiprocess", PRELOADED])
    forkserver.ensure_running()
