"""The process that every step is forked from: it imports dbt, dlt and Great Expectations once, for all of them.

Belongs here: starting it early, and ending it with its parent. Does not belong here: Dagster itself, whose import
this is there to overlap.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
import sys
from multiprocessing import forkserver
from typing import Final

PRELOADED: Final = "orchestration.preload"
_PR_SET_PDEATHSIG: Final = 1


def start_step_server() -> None:
    """Start the process now, so that it imports while this one does. The settings' environment must be applied."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["dagster._core.executor.multiprocess", PRELOADED])
    forkserver.ensure_running()


def die_with_parent() -> None:
    """Ask the system to kill this process when its parent ends, however it ends. Linux alone can do so."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
